from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.facts.values import MAX_RATIO_PPM, value_from_json
from creditbridge.kernel.money import PPM
from creditbridge.records.buckets import BUCKETS
from creditbridge.records.catalogue import items
from creditbridge.runs import rules
from creditbridge.runs.derived import columns_of, derived_facts
from creditbridge.runs.publishing import changes_for
from creditbridge.runs.registrations import Coded, _packed, _unpacked
from creditbridge.runs.rules import LIFECYCLE, RunState
from creditbridge.scoring.columns import IndicatorTable

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


def table_of(*numbers, known=True):
    """Every derived fact with these numbers, one a firm."""
    codes = tuple(derived_facts())
    values = np.repeat(np.array(numbers, np.int64)[:, None], len(codes), axis=1)
    nothing = np.zeros((len(numbers), 0), np.bool_)
    days = np.zeros(len(numbers), np.int32)
    firms = np.arange(len(numbers), dtype=np.uint32)
    return IndicatorTable(ON, firms, codes, values, np.full(values.shape, known), (), nothing, days)


def test_a_ratio_of_1608_is_held_at_the_most_that_a_fact_can_be():
    table = numbers_only(table_of(1608 * PPM, -1608 * PPM, 999 * PPM))
    ratios = [read for one, read in columns_of(table) if one.fact.type is FactType.RATIO_PPM]
    assert ratios
    for read in ratios:
        assert read == [MAX_RATIO_PPM, -MAX_RATIO_PPM, 999 * PPM]


def numbers_only(table):
    """A table whose grades are not known: their numbers are places on a scale."""
    for position, code in enumerate(table.codes):
        table.known[:, position] &= derived_facts()[code].is_number
    return table


def test_whatever_records_say_a_derived_fact_is_one_that_can_be_stored():
    table = numbers_only(table_of(2**63 - 1, 10**16, 1608 * PPM, -1, -(10**16), -(2**63)))
    for one, read in columns_of(table):
        for value in read:
            if value is not None:
                assert value_from_json(one.fact, value) == value


def test_what_is_not_known_derives_nothing():
    for _, read in columns_of(table_of(1608 * PPM, known=False)):
        assert read == [None]


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
