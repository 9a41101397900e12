from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.records.buckets import BUCKETS
from creditbridge.records.catalogue import items
from creditbridge.runs import rules
from creditbridge.runs.derived import derived_facts
from creditbridge.runs.publishing import changes_for
from creditbridge.runs.registrations import Coded, _packed, _unpacked
from creditbridge.runs.rules import LIFECYCLE, RunState

ON = date(2026, 11, 23)


@pytest.mark.parametrize("firms", [0, 1, rules.SMALL_CITY, rules.SMALL_CITY + 1, 470_000])
def test_every_bucket_lies_in_one_part(firms):
    parts = rules.parts_for(firms)
    buckets = [bucket for part in range(parts) for bucket in rules.buckets_in(part, parts)]
    assert sorted(buckets) == list(range(BUCKETS))


def test_a_months_first_run_is_full():
    assert rules.is_full_due(ON, None)
    assert rules.is_full_due(ON, date(2026, 10, 31))
    assert not rules.is_full_due(ON, date(2026, 11, 1))
    assert rules.is_full_due(date(2027, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("text", ["", ".", "a.", ".b", "a", "a.b.c"])
def test_what_is_no_evaluation_id(text):
    assert rules.parse_evaluation_id(text) is None


def test_an_evaluation_id_is_read_back():
    assert rules.parse_evaluation_id(f" {rules.evaluation_id('run1', 'firm1')} ") == ("run1", "firm1")


def test_a_run_that_is_over_takes_no_step():
    for state in (RunState.FINISHED, RunState.STOPPED):
        assert LIFECYCLE.legal_steps(state) == []


def test_derived_facts_name_items_that_are_there():
    for one in derived_facts().values():
        assert one.fact.code in catalogue()
        for code in (*one.ends, *([one.adds] if one.adds else [])):
            assert code in items(), code


@given(st.sampled_from(["C", "17", "171", "1711", "0111", "S"]))
def test_an_industry_code_is_kept_in_a_number(code):
    assert _unpacked(_packed(code)) == code
    assert _unpacked(0) is None


def test_unknown_properties_are_the_number_nought():
    coded = Coded.of(["b", None, "a"])
    assert coded.mapped([10, 20], "i4").tolist() == [20, 0, 10]
    assert coded.column().known.tolist() == [True, False, True]


def facts(code="platform_score", value=700, as_of=ON, source=FactSource.PLATFORM_SCORE, confirmed=True):
    return FirmFacts(1, {code: FactValue(value, source, as_of, confirmed)})


def changes(known, value=700):
    return dict(changes_for({"platform_score": (value, FactSource.PLATFORM_SCORE)}, known, ON))


def test_a_value_that_holds_on_within_the_month_is_left_alone():
    assert changes(facts(as_of=date(2026, 11, 3))) == {}


def test_a_value_that_holds_on_is_confirmed_as_of_the_months_start():
    assert changes(facts(as_of=date(2026, 10, 3)))["platform_score"].as_of == date(2026, 11, 1)


def test_a_new_value_holds_as_of_the_day():
    assert changes(facts(value=650)) == {"platform_score": FactValue(700, FactSource.PLATFORM_SCORE, ON)}


def test_what_records_no_longer_tell_is_taken_away_and_what_others_tell_stays():
    assert dict(changes_for({}, facts("tax_paid_12m", 5, source=FactSource.TAX), ON)) == {
        "tax_paid_12m": None
    }
    told = facts("tax_paid_12m", 5, source=FactSource.SELF_REPORTED, confirmed=False)
    assert dict(changes_for({}, told, ON)) == {}


def test_records_stand_over_what_the_firm_said():
    told = facts(source=FactSource.SELF_REPORTED, confirmed=False)
    assert changes(told)["platform_score"].confirmed
