import json
from datetime import date
from importlib import resources

import pytest

from creditbridge.facts.catalogue import scales
from creditbridge.records import showing
from creditbridge.records.catalogue import (
    CatalogueError,
    Polarity,
    Publicity,
    Severity,
    ValueKind,
    items,
    items_on,
    load,
    loaded,
    numbered,
)

VOCABULARY = json.loads(
    resources.files("creditbridge.records").joinpath("data/vocabulary.json").read_text("utf-8")
)
ROW = {
    "number": "0", "code": "penalty.fine", "category": "penalty", "zh": "罚款", "en": "Fine", "department": "market",
    "polarity": "adverse", "severity": "general", "publicity": "public", "sharing": "society",
    "retention": "adverse_5y", "frequency": "on_event", "value": "fen", "unit": "", "valid_from": "2014-01-01",
    "valid_until": "",
}  # fmt: skip


def test_ten_categories_hold_at_least_270_items():
    assert len(loaded().categories) == 10
    assert len(items()) >= 270
    assert {item.category for item in items().values()} == set(loaded().categories)


def test_the_numbers_are_dense_and_in_order():
    assert [item.number for item in numbered()] == list(range(len(items())))


def test_no_two_items_share_a_name():
    assert (
        len({item.name.zh for item in numbered()})
        == len({item.name.en for item in numbered()})
        == len(items())
    )


def test_numbers_once_given_stay():
    # Stored records carry numbers: an item may be added at the end, never moved.
    assert [items()[code].number for code in ("registration.established", "tax.credit_grade", "penalty.fine")] == [
        0, 103, 204,
    ]  # fmt: skip
    assert items()["operation.fraud_warning"].number == 379


def test_the_abnormal_operations_list_has_its_four_causes():
    causes = [
        code for code in items() if code.startswith("penalty.abnormal_") and not code.endswith("_removed")
    ]
    assert len(causes) == 4
    assert all(items()[code].severity is Severity.GENERAL for code in causes)


def test_adverse_records_go_five_years_after_the_conduct_ended():
    for item in numbered():
        if item.polarity is Polarity.ADVERSE and item.retention.code != "personal_3y":
            assert (item.retention.years, item.retention.counted_from_end) == (5, True), item.code


def test_what_lenders_report_back_is_never_published():
    reported = [item for item in numbered() if item.department == "lenders"]
    assert len(reported) >= 8
    assert not any(item.publicity is Publicity.PUBLIC for item in reported)


def test_scales_shared_with_facts_have_the_same_grades():
    for item in numbered():
        if item.value is ValueKind.GRADE and item.unit in scales():
            assert item.grades == tuple(scales()[item.unit].grades), item.code


def test_items_are_taken_from_their_first_day():
    assert "registration.dormant" not in items_on(date(2022, 2, 28))
    assert "registration.dormant" in items_on(date(2022, 3, 1))


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "Fine"},
        {"code": "tax.fine"},
        {"department": "nobody"},
        {"zh": "Fine"},
        {"en": "罚款"},
        {"severity": "none"},
        {"polarity": "neutral"},
        {"value": "count"},
        {"value": "grade"},
        {"unit": "people"},
        {"publicity": "internal"},
        {"publicity": "authorised"},
        {"retention": "register"},
        {"retention": "for_ever"},
        {"valid_from": "2025-02-30"},
        {"valid_until": "2014-01-01"},
        {"number": "1"},
    ],
)
def test_a_row_that_contradicts_itself_is_refused(changes):
    with pytest.raises(CatalogueError):
        load(VOCABULARY, [{**ROW, **changes}])


def test_a_code_or_number_given_twice_is_refused():
    assert load(VOCABULARY, [ROW]).items["penalty.fine"].number == 0
    with pytest.raises(CatalogueError):
        load(VOCABULARY, [ROW, {**ROW, "code": "penalty.other"}])


def test_the_page_selects_by_words_and_choices():
    def codes(**asked):
        given = {"text": "", "category": "", "polarity": "", "publicity": "", "department": "", **asked}
        return [item.code for item in showing.chosen(loaded(), **given)]

    assert len(codes()) == len(items())
    assert codes(text="失信被执行人", polarity="adverse") == ["judicial.dishonest"]
    assert set(codes(category="tax", polarity="positive")) < {c for c in items() if c.startswith("tax.")}
    assert codes(category="nonsense") == codes()


def test_a_value_is_said_with_its_unit_or_grades():
    def said(code):
        return showing.value_words(items()[code], loaded()).en

    assert said("penalty.fine") == "Amount"
    assert said("social.insured_people") == "Count (people)"
    assert said("tax.credit_grade") == "Grade (A, B, M, C, D)"
