from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.dates import MonthEnd
from creditbridge.kernel.errors import InvalidInput
from lenders.pricing.schedule import (
    REPAYMENT_METHOD_WORDS,
    DayCount,
    DueShift,
    LoanTerms,
    RepaymentMethod,
    repayment_schedule,
    year_fraction,
)

CASES = json.loads((Path(__file__).parent / "schedule_cases.json").read_text(encoding="utf-8"))["cases"]
YEAR = date(2026, 1, 1)


def terms_of(case):
    return LoanTerms(
        case["principal_fen"],
        case["rate_ppm"],
        case["term_months"],
        RepaymentMethod(case["method"]),
        date.fromisoformat(case["start"]),
        case["interval_months"],
        DayCount(case["day_count"]),
        MonthEnd(case["month_end"]),
        DueShift(case["due_shift"]),
    )


def loan(method=RepaymentMethod.EQUAL_INSTALMENT, **changed):
    given_terms = {
        "principal_fen": 100_000_000,
        "rate_ppm": 60_000,
        "term_months": 12,
        "start": YEAR,
    } | changed
    return repayment_schedule(LoanTerms(method=method, **given_terms))


terms = st.builds(
    LoanTerms,
    principal_fen=st.integers(1, 10**13),
    rate_ppm=st.integers(0, 1_000_000),
    term_months=st.integers(1, 120),
    method=st.sampled_from(RepaymentMethod),
    start=st.dates(date(2020, 1, 1), date(2040, 12, 31)),
    interval_months=st.sampled_from([1, 2, 3, 6, 12]),
    day_count=st.sampled_from(DayCount),
    month_end=st.sampled_from(MonthEnd),
    due_shift=st.sampled_from(DueShift),
)


@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_published_schedules_are_reproduced_to_the_fen(case):
    rows = repayment_schedule(terms_of(case)).instalments
    found = [[row.due.isoformat(), row.principal_fen, row.interest_fen, row.balance_fen] for row in rows]
    assert found == case["rows"]


@given(terms)
def test_principal_is_repaid_exactly_and_never_backwards(loan_terms):
    rows = repayment_schedule(loan_terms).instalments
    assert sum(row.principal_fen for row in rows) == loan_terms.principal_fen
    assert rows[-1].balance_fen == 0
    assert rows[-1].month == loan_terms.term_months
    assert all(row.principal_fen >= 0 and row.interest_fen >= 0 and row.balance_fen >= 0 for row in rows)
    assert all(before.due < after.due for before, after in pairwise(rows))


@given(terms)
def test_without_interest_only_principal_is_paid(loan_terms):
    free = LoanTerms(loan_terms.principal_fen, 0, loan_terms.term_months, loan_terms.method, loan_terms.start)
    assert repayment_schedule(free).interest_fen == 0


@given(st.integers(10**6, 10**11), st.integers(1, 240_000), st.integers(2, 60))
def test_equal_instalments_are_equal_but_for_the_last(principal, rate, months):
    rows = loan(principal_fen=principal, rate_ppm=rate, term_months=months).instalments
    payments = {row.payment_fen for row in rows[:-1]}
    assert len(payments) == 1
    assert abs(rows[-1].payment_fen - payments.pop()) <= months


def test_the_level_stays_where_moving_it_brings_nothing():
    rows = loan(principal_fen=5, rate_ppm=0, term_months=4).instalments
    assert [row.payment_fen for row in rows] == [1, 1, 1, 2]


def test_the_level_is_kept_where_the_last_payment_would_end_no_closer():
    rows = loan(principal_fen=4, rate_ppm=1_000_000, term_months=60).instalments
    assert rows[-1].balance_fen == 0


def test_equal_principal_pays_the_same_part_each_month():
    rows = loan(RepaymentMethod.EQUAL_PRINCIPAL).instalments
    assert [row.principal_fen for row in rows] == [8_333_333] * 11 + [8_333_337]
    assert [row.interest_fen for row in rows[:3]] == [500_000, 458_333, 416_667]


@pytest.mark.parametrize("method", [RepaymentMethod.INTEREST_THEN_BULLET, RepaymentMethod.REVOLVING])
def test_interest_first_pays_principal_at_the_end(method):
    schedule = loan(method)
    assert [row.interest_fen for row in schedule.instalments] == [500_000] * 12
    assert [row.principal_fen for row in schedule.instalments] == [0] * 11 + [100_000_000]
    assert schedule.highest_payment_fen == 100_500_000
    assert schedule.assumes_fully_drawn is (method is RepaymentMethod.REVOLVING)


def test_a_bullet_is_one_payment():
    (row,) = loan(RepaymentMethod.BULLET, interval_months=3).instalments
    assert (row.month, row.due, row.payment_fen) == (12, date(2027, 1, 1), 106_000_000)


def test_a_term_that_is_no_multiple_of_the_interval_ends_with_a_shorter_period():
    rows = loan(RepaymentMethod.INTEREST_THEN_BULLET, term_months=8, interval_months=3).instalments
    assert [(row.month, row.interest_fen) for row in rows] == [(3, 1_500_000), (6, 1_500_000), (8, 1_000_000)]


def test_an_interval_beyond_the_term_is_one_payment():
    assert len(loan(term_months=6, interval_months=12).instalments) == 1


def test_due_dates_move_off_days_of_rest():
    rows = loan(start=date(2026, 9, 1), term_months=2, due_shift=DueShift.NEXT_WORKING_DAY).instalments
    assert [row.due for row in rows] == [date(2026, 10, 8), date(2026, 11, 2)]


@pytest.mark.parametrize(
    ("day_count", "start", "end", "expected"),
    [
        (DayCount.THIRTY_360, date(2026, 1, 31), date(2026, 2, 28), 30 / 360),
        (DayCount.ACT_365, date(2026, 1, 31), date(2026, 2, 28), 28 / 365),
        (DayCount.ACT_360, date(2026, 1, 31), date(2026, 2, 28), 28 / 360),
        (DayCount.ACT_ACT, date(2026, 1, 31), date(2026, 2, 28), 28 / 365),
        (DayCount.ACT_ACT, date(2024, 1, 31), date(2024, 2, 29), 29 / 366),
        (DayCount.ACT_ACT, date(2023, 12, 12), date(2024, 1, 12), 19 / 365 + 12 / 366),
        (DayCount.ACT_ACT, date(2024, 12, 12), date(2025, 1, 12), 19 / 366 + 12 / 365),
    ],
)
def test_year_fractions(day_count, start, end, expected):
    numerator, denominator = year_fraction(day_count, start, end, months=1)
    assert numerator / denominator == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("principal_fen", 0),
        ("principal_fen", 10**13 + 1),
        ("rate_ppm", -1),
        ("rate_ppm", 1_000_001),
        ("term_months", 0),
        ("term_months", 601),
        ("interval_months", 0),
    ],
)
def test_terms_out_of_range_name_the_field(field, value):
    with pytest.raises(InvalidInput) as caught:
        loan(**{field: value})
    assert list(caught.value.fields) == [field]


def test_every_method_has_words():
    assert set(REPAYMENT_METHOD_WORDS) == set(RepaymentMethod)
