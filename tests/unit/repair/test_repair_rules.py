from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.actions import ActionKind, Timing
from creditbridge.kernel.dates import add_months, is_working_day
from creditbridge.kernel.words import Words
from creditbridge.repair import rules
from creditbridge.repair.actions import RepairableRecord, earliest, record_actions
from creditbridge.repair.rules import AdverseRecord, Authority, UnknownClassError

ON = date(2026, 11, 23)
CITY, MARKET = Authority.CITY_CREDIT, Authority.MARKET_SUPERVISION


def adverse(kind, decided, done=None, authority=CITY):
    return AdverseRecord(authority, kind, decided, done)


def test_minor_dishonesty_is_not_published_and_repairable_at_once_when_duties_are_done():
    record = adverse("minor", date(2026, 11, 20), date(2026, 11, 21))
    told = rules.standing(record, ON)
    assert not told.published
    assert told.repairable_from == date(2026, 11, 21)
    assert told.repairable_on(ON)
    assert told.ends_on == date(2027, 2, 20)


@pytest.mark.parametrize(
    ("kind", "first", "last"),
    [
        ("general", date(2026, 9, 1), date(2027, 6, 1)),
        ("serious", date(2027, 6, 1), date(2029, 6, 1)),
    ],
)
def test_publication_runs_between_a_shortest_and_a_longest_period(kind, first, last):
    told = rules.standing(adverse(kind, date(2026, 6, 1), date(2026, 6, 10)), ON)
    assert (told.repairable_from, told.ends_on) == (first, last)
    assert told.published


def test_nothing_ends_while_duties_are_open():
    told = rules.standing(adverse("general", date(2020, 1, 1)), ON)
    assert told.needs_duties
    assert told.ends_on is None
    assert told.published
    assert not told.repairable_on(ON)


def test_the_rule_is_that_in_force_on_the_day_asked_about():
    record = adverse("general", date(2025, 6, 1), date(2025, 6, 2))
    assert rules.standing(record, date(2026, 3, 31)).ends_on == date(2028, 6, 1)
    assert rules.standing(record, date(2026, 4, 1)).ends_on == date(2026, 6, 1)


def test_a_warning_alone_is_never_published():
    record = adverse("warning_only", date(2026, 11, 20), date(2026, 11, 20), MARKET)
    assert not rules.standing(record, ON).published


def test_criticism_and_low_fines_stop_at_three_months_and_others_at_three_years():
    low = rules.standing(adverse("criticism_or_low_fine", date(2026, 8, 23), date(2026, 8, 24), MARKET), ON)
    other = rules.standing(adverse("other", date(2026, 8, 23), date(2026, 8, 24), MARKET), ON)
    assert not low.published
    assert other.ends_on == date(2029, 8, 23)
    assert other.repairable_from == date(2027, 2, 23)


def test_closure_orders_bans_and_revoked_licences_never_end_early():
    record = adverse("closure_ban_or_licence", date(2026, 1, 1), date(2026, 1, 2), MARKET)
    told = rules.standing(record, ON)
    assert told.repairable_from is None
    assert told.ends_on == date(2029, 1, 1)
    assert rules.earliest_end(record, ON) == date(2029, 1, 1)


@given(
    st.sampled_from([rule for rule in rules.publication_rules() if rule.valid_to is None]),
    st.dates(date(2021, 9, 1), date(2026, 11, 23)),
    st.none() | st.integers(0, 400),
)
def test_nothing_ends_before_its_shortest_period_nor_after_its_longest(rule, decided, after):
    done = None if after is None else min(decided + timedelta(days=after), ON)
    record = AdverseRecord(rule.authority, rule.kind, decided, done)
    end = rules.earliest_end(record, ON)
    assert end is not None
    least = rule.repairable_months if rule.early else rule.most_months
    assert end >= min(add_months(decided, least or 0), add_months(decided, rule.most_months))
    if rule.ends_by_itself:
        assert end <= max(add_months(decided, rule.most_months), done or ON)


def test_a_class_nobody_rules_is_told():
    with pytest.raises(UnknownClassError):
        rules.rule_for(Authority.COURT, "general", ON)


def test_every_rule_has_its_source_and_periods_of_one_class_do_not_overlap():
    found = rules.publication_rules()
    assert len({rule.code for rule in found}) == len(found)
    for rule in found:
        assert rule.reference.zh
        assert rule.reference.en
        again = [other for other in found if (other.authority, other.kind) == (rule.authority, rule.kind)]
        assert sum(other.holds_on(ON) for other in again) == 1


def test_removal_from_the_abnormal_list_is_within_five_working_days():
    assert rules.removal_on(date(2026, 11, 23)) == date(2026, 11, 30)
    assert len(rules.abnormal_causes()) == 4


@pytest.mark.parametrize(("on", "late"), [(date(2026, 6, 30), False), (date(2026, 7, 1), True)])
def test_annual_reports_run_from_january_to_june(on, late):
    window = rules.annual_report(on)
    assert (window.year, window.opens, window.closes, window.late) == (
        2025,
        date(2026, 1, 1),
        date(2026, 6, 30),
        late,
    )


def test_adverse_records_are_kept_five_years():
    assert rules.retained_until(date(2024, 2, 29)) == date(2029, 2, 28)


def test_each_record_that_can_end_is_an_action_with_its_date():
    named = Words("未按规定公示", "Not disclosed")
    rows = [
        RepairableRecord(1, named, adverse("general", date(2026, 6, 1)), frozenset({"penalties_12m"})),
        RepairableRecord(2, named, adverse("closure_ban_or_licence", date(2026, 6, 1), authority=MARKET)),
        RepairableRecord(3, named, adverse("no such class", date(2026, 6, 1))),
    ]
    first, second = record_actions(rows, ON)
    assert first.kind is ActionKind.REPAIR
    assert first.records == (1,)
    assert first.touches == {"penalties_12m"}
    assert is_working_day(first.earliest_on)
    assert "2026-11-23" in first.how.zh
    assert second.kind is ActionKind.WAIT
    assert second.earliest_on == date(2029, 6, 1)


def test_timings_count_days_working_days_months_and_days_of_the_year():
    assert earliest(Timing(days=10), ON, None) == date(2026, 12, 3)
    assert earliest(Timing(working_days=1), date(2026, 11, 27), None) == date(2026, 11, 30)
    assert earliest(Timing(months=1), ON, None) == date(2026, 12, 23)
    assert earliest(Timing(yearly="04-30"), ON, None) == date(2027, 4, 30)
    assert earliest(Timing(yearly="04-30"), date(2026, 4, 30), None) == date(2026, 4, 30)
    assert earliest(Timing(rule="serious_list"), ON, date(2026, 3, 1)) > date(2027, 3, 1)
