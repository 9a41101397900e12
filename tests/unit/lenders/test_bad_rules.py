"""Rules that mean nothing any more, contradict themselves or are too large are told plainly and at once."""

import time

import pytest

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.registry import regions
from lenders.admission.tree import MAX_NODES, Mode, Tree
from lenders.admission.validation import Severity, validate
from lenders.products import criterion_rows


def _rule(*nodes):
    return {"language": 1, "all": list(nodes)}


def _asks(number, fact, operator, value, **more):
    return {"id": f"c{number}", "fact": fact, "operator": operator, "value": value, **more}


def _problems(*nodes):
    return [(p.path, p.code, p.severity) for p in validate(Tree.from_json(_rule(*nodes)), catalogue())]


def test_a_threshold_of_another_version_of_a_scale_is_refused():
    grade = _asks(1, "platform_grade", "at_least", "B")
    current = {"code": "platform_grade", "version": 1}
    assert _problems({**grade, "scale": current}) == []
    for other in ({"code": "platform_grade", "version": 2}, {"code": "tax_credit", "version": 1}):
        assert _problems({**grade, "scale": other}) == [("all.0.scale", "other_scale", Severity.ERROR)]
    staff = _asks(2, "employees", "at_least", 5, scale=current)
    assert _problems(staff) == [("all.0.scale", "other_scale", Severity.ERROR)]
    for broken in ("platform_grade", {"code": "platform_grade"}, {"code": 1, "version": 1}):
        with pytest.raises(InvalidInput):
            Tree.from_json(_rule({**grade, "scale": broken}))


def test_a_scale_survives_the_editor():
    tree = Tree.from_json(
        _rule(_asks(1, "platform_grade", "at_least", "B", scale={"code": "platform_grade", "version": 1}))
    )
    assert Tree.from_json(tree.to_json()) == tree
    assert "scale" in criterion_rows.rows_of(tree)[0]["json"]


def test_a_region_that_was_merged_is_told_with_its_successor():
    (problem,) = validate(
        Tree.from_json(_rule(_asks(1, "registered_region", "within", ["320584"]))), catalogue()
    )
    assert problem.severity is Severity.ERROR
    assert problem.words.zh == "区划“吴江市（320584）”已于 2012 年并入吴江区，请改用 320509。"
    assert problem.words.en.endswith("in 2012; use 320509.")
    with pytest.raises(InvalidInput) as refused:
        regions.normalise("320602")
    assert refused.value.code == "merged_region"


def test_every_merged_region_is_gone_and_what_it_became_part_of_is_there():
    for code, gone in regions.merged().items():
        assert regions.region(gone.into).code == gone.into
        with pytest.raises(InvalidInput) as refused:
            regions.normalise(code)
        assert (refused.value.code, str(gone.year) in refused.value.words.zh) == ("merged_region", True)
        assert gone.act == "" or str(gone.year) in gone.act
        assert regions.find_region(code) == gone.into, "a registration with the old code lies there now"


def test_a_former_name_is_read_as_the_region_of_today():
    assert regions.find_region("吴江市") == "320509"
    assert regions.find_region("吴江") == "320509"
    assert regions.find_region("金阊区") == "320508"
    assert regions.find_region("清河区") != "320812", "another region has this name today"
    row = {"fact": "registered_region", "operator": "within", "value": ["沧浪区，吴江市"]}
    read = criterion_rows.read_rows(Mode.ALL, [row])
    (criterion,) = read.tree.criteria()
    assert criterion.test.value == ("320508", "320509")


def test_an_unknown_fact_is_an_error():
    assert _problems(_asks(1, "horoscope", "at_least", 1)) == [("all.0.fact", "unknown_fact", Severity.ERROR)]


def test_alternatives_that_all_contradict_the_rest_are_warned_of():
    few = _asks(1, "employees", "at_most", 10)
    dead = {"any": [_asks(2, "employees", "at_least", 50), _asks(3, "employees", "between", [20, 30])]}
    assert _problems(few, dead) == [("all.1", "impossible", Severity.WARNING)]
    alive = {"any": [_asks(2, "employees", "at_least", 50), _asks(3, "annual_revenue", "at_least", 1)]}
    assert _problems(few, alive) == []


def test_a_rule_nobody_can_meet_says_which_conditions_exclude_each_other():
    rule = _rule(
        _asks(1, "employees", "at_most", 100),
        _asks(2, "employees", "at_least", 50),
        _asks(3, "employees", "at_most", 40),
    )
    (problem,) = validate(Tree.from_json(rule), catalogue())
    assert problem.severity is Severity.WARNING
    assert problem.words.zh == (
        "关于“从业人员”的条件互相矛盾，没有企业能够符合：从业人员不少于 50 人；从业人员不超过 40 人。"
    )
    assert "no firm can ever qualify" in problem.words.en
    assert "at least 50" in problem.words.en
    assert "40" in problem.words.en


def test_as_many_contradictions_as_there_may_be_are_found_at_once():
    many = [_asks(n, "employees", "at_most", 1_000 + n) for n in range(MAX_NODES - 2)]
    rule = Tree.from_json(_rule(*many, _asks(MAX_NODES, "employees", "at_least", 2_000)))
    begun = time.perf_counter()
    (problem,) = validate(rule, catalogue())
    assert time.perf_counter() - begun < 1
    assert problem.code == "impossible"


@pytest.mark.parametrize("nested", [False, True])
def test_thousands_of_criteria_are_refused_without_reading_them(nested):
    many = [_asks(n, "employees", "at_least", n) for n in range(50_000)]
    rule = _rule({"any": many}, *[{"any": many}] * 150) if nested else _rule(*many)
    begun = time.perf_counter()
    with pytest.raises(InvalidInput):
        Tree.from_json(rule)
    assert time.perf_counter() - begun < 0.1
    assert MAX_NODES == 200
