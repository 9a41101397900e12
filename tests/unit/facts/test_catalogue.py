import json
from importlib import resources

import pytest

from creditbridge.facts.catalogue import (
    IN_LIST,
    CatalogueError,
    FactType,
    Sensitivity,
    Subject,
    catalogue,
    industry_sets,
    load,
    named_lists,
    scales,
)
from creditbridge.kernel.words import Words
from creditbridge.registry import industries


def _stored():
    return json.loads(
        resources.files("creditbridge.facts").joinpath("data/fact_catalogue.json").read_text("utf-8")
    )


def _with(**changes):
    """The stored catalogue, its first fact changed; None takes a key away."""
    data = _stored()
    row = {**data["facts"][0], **changes}
    data["facts"][0] = {key: value for key, value in row.items() if value is not None}
    return data


def test_every_fact_is_named_in_both_languages():
    for fact in catalogue().values():
        assert fact.name.zh
        assert fact.name.en
        assert not any("一" <= character <= "鿿" for character in fact.name.en)


def test_every_fact_a_firm_may_report_has_a_question():
    assert all(fact.question for fact in catalogue().values() if fact.self_reportable)


def test_internal_facts_are_never_matchable():
    internal = [fact for fact in catalogue().values() if fact.sensitivity is Sensitivity.INTERNAL]
    assert internal
    assert not any(fact.matchable for fact in internal)


def test_facts_of_persons_are_personal():
    persons = [fact for fact in catalogue().values() if fact.subject is Subject.PERSON]
    assert {fact.sensitivity for fact in persons} == {Sensitivity.PERSONAL}


def test_the_scales_run_from_best_to_worst():
    assert list(scales()["tax_credit"].grades) == ["A", "B", "M", "C", "D"]
    assert list(scales()["platform_grade"].grades) == ["A", "B", "C", "D", "E"]
    assert list(scales()["enterprise_risk"].grades) == ["A", "B", "C", "D"]


def test_a_rank_counts_from_the_best_grade():
    assert [scales()["tax_credit"].rank(grade) for grade in "ABMCD"] == [0, 1, 2, 3, 4]


def test_a_grade_the_scale_does_not_have_has_no_rank():
    with pytest.raises(ValueError, match="E"):
        scales()["tax_credit"].rank("E")


def test_one_fact_stands_for_all_named_lists():
    assert [fact.code for fact in catalogue().values() if fact.subject is Subject.FIRM_LIST] == [IN_LIST]
    assert named_lists()["sukedai_reserve"].name == Words("苏科贷备选企业库", "Sukedai reserve of firms")


def test_industry_sets_hold_codes_of_the_standard():
    for known in industry_sets().values():
        assert {industries.normalise(code) for code in known.industries} == known.industries


def test_the_catalogue_cannot_be_changed():
    with pytest.raises(TypeError):
        catalogue()["registered_region"] = None


def test_a_unit_says_one_and_many():
    people = catalogue()["employees"].unit
    assert (people.say(1).en, people.say(1200).en) == ("1 person", "1,200 people")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"type": "scale_grade"}, "names its scale"),
        ({"scale": {"code": "platform_grade", "version": 1}}, "names its scale"),
        ({"scale": {"code": "platform_grade", "version": 9}}, "unknown scale"),
        ({"scale": {"code": "stars", "version": 1}}, "unknown scale"),
        ({"type": "choice"}, "has choices"),
        ({"choices": [{"code": "a", "name": {"zh": "甲", "en": "A"}}]}, "has choices"),
        ({"type": "boolean"}, "words for both answers"),
        ({"type": "count"}, "have a unit"),
        ({"sensitivity": "internal"}, "never matchable"),
        ({"self_reportable": True, "question": None}, "has its question"),
    ],
)
def test_a_fact_that_lacks_what_its_type_needs_is_refused(changes, reason):
    with pytest.raises(CatalogueError, match=reason):
        load(_with(**changes))


def test_a_code_that_stands_twice_is_refused():
    data = _stored()
    data["facts"].append(data["facts"][0])
    with pytest.raises(CatalogueError, match="stands twice"):
        load(data)


def test_every_type_is_used():
    assert {fact.type for fact in catalogue().values()} == set(FactType)
