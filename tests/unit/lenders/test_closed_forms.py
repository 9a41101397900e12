"""The schedules beside formulas of their own: the annuity formula, day counts a day at a time, roots by scipy."""

from __future__ import annotations

from calendar import isleap
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import brentq

from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.kernel.errors import InvalidInput
from lenders.pricing.apr import monthly_irr, true_cost
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming, fee_by_month, monthly_balances
from lenders.pricing.overdue import Owed, PenaltyPolicy, penalty_interest
from lenders.pricing.revolving import Movement, settlements
from lenders.pricing.running import Keep, Prepayment, RateChange, accrued_interest, running_schedule
from lenders.pricing.schedule import (
    MAX_PAYMENTS,
    DayCount,
    DueShift,
    LoanTerms,
    RepaymentMethod,
    Rounding,
    RoundingMode,
    days_360,
    periods_of,
    repayment_schedule,
    year_fraction,
)

PPM = 1_000_000
START = date(2026, 1, 31)
EQUAL = RepaymentMethod.EQUAL_INSTALMENT

amounts = st.integers(10_000, 10**12)
rates = st.integers(1, 360_000)
terms_in_months = st.integers(1, 120)
starts = st.dates(date(2023, 1, 1), date(2028, 12, 31))


def terms(method=EQUAL, **changed):
    usual = {"principal_fen": 10_000_000, "rate_ppm": 43_500, "term_months": 12, "start": date(2026, 1, 15)}
    return LoanTerms(method=method, **usual | changed)


def payments(found):
    return [row.payment_fen for row in found.instalments]


# ---- what others publish ----

PUBLISHED = [  # principal, rate, months, monthly payment
    ("1,000,000 yuan at the base rate of 2015 for 30 years", 100_000_000, 49_000, 360, 530_727),
    ("cfpb/amortize: $180,000 at 4.25% for 30 years", 18_000_000, 42_500, 360, 88_549),
    ("$100,000 at 6% for 30 years", 10_000_000, 60_000, 360, 59_955),
    ("cloudAndMonkey/kcode LoanTest.rb: 1,200 at 12% for a year", 120_000, 120_000, 12, 10_662),
    ("30,000 at 3% for 48 months", 3_000_000, 30_000, 48, 66_403),
]


@pytest.mark.parametrize(("source", "principal", "rate", "months", "payment"), PUBLISHED)
def test_published_payments(source, principal, rate, months, payment):
    found = repayment_schedule(terms(principal_fen=principal, rate_ppm=rate, term_months=months))
    assert abs(found.instalments[0].payment_fen - payment) <= 1, source
    assert sum(row.principal_fen for row in found.instalments) == principal


def test_five_years_of_interest_that_an_agency_publishes():
    """cfpb/amortize: in the first 60 of 360 months $180,000 at 4.25% bears $36,583.36 of interest."""
    found = repayment_schedule(terms(principal_fen=18_000_000, rate_ppm=42_500, term_months=360))
    assert abs(sum(row.interest_fen for row in found.instalments[:60]) - 3_658_336) <= 60


def test_the_example_of_isda_across_a_leap_year():
    """ISDA, "EMU and market conventions" (1998): 1 November 2003 to 1 May 2004 is 61/365 + 121/366."""
    numerator, denominator = year_fraction(
        DayCount.ACT_ACT_ISDA, date(2003, 11, 1), date(2004, 5, 1), months=6
    )
    assert Fraction(numerator, denominator) == Fraction(61, 365) + Fraction(121, 366)


# ---- the annuity formula ----


@given(amounts, rates, terms_in_months)
def test_the_level_payment_is_the_annuity_formulas(principal, rate, months):
    growth = (1 + Fraction(rate, 12 * PPM)) ** months
    exact = principal * Fraction(rate, 12 * PPM) * growth / (growth - 1)
    found = payments(repayment_schedule(terms(principal_fen=principal, rate_ppm=rate, term_months=months)))
    assert all(abs(payment - exact) <= 1 + Fraction(months, 2 * max(months, 1)) for payment in found[:-1])
    assert abs(found[-1] - exact) <= months + growth * months


@given(amounts, rates, st.integers(2, 120), st.data())
def test_what_is_left_is_the_balance_formulas(principal, rate, months, data):
    rows = repayment_schedule(terms(principal_fen=principal, rate_ppm=rate, term_months=months)).instalments
    place = data.draw(st.integers(1, months - 1))
    monthly, level = Fraction(rate, 12 * PPM), rows[0].payment_fen
    growth = (1 + monthly) ** place
    exact = principal * growth - level * (growth - 1) / monthly
    # Each month's interest is rounded by half a fen at most, which then bears interest itself.
    assert abs(rows[place - 1].balance_fen - exact) <= (growth - 1) / monthly / 2 + 1


@given(amounts, rates, terms_in_months)
def test_equal_principal_bears_the_arithmetic_series(principal, rate, months):
    found = repayment_schedule(
        terms(RepaymentMethod.EQUAL_PRINCIPAL, principal_fen=principal, rate_ppm=rate, term_months=months)
    )
    exact = Fraction(principal * rate * (months + 1), 2 * 12 * PPM)
    assert abs(found.interest_fen - exact) <= months * (1 + Fraction(rate * months, 24 * PPM))


@given(amounts, rates, terms_in_months)
def test_interest_first_bears_the_same_each_month_and_a_bullet_all_of_it_at_once(principal, rate, months):
    asked = {"principal_fen": principal, "rate_ppm": rate, "term_months": months}
    monthly = Fraction(principal * rate, 12 * PPM)
    first = repayment_schedule(terms(RepaymentMethod.INTEREST_THEN_BULLET, **asked)).instalments
    assert all(abs(row.interest_fen - monthly) <= Fraction(1, 2) for row in first)
    (all_at_once,) = repayment_schedule(terms(RepaymentMethod.BULLET, **asked)).instalments
    assert abs(all_at_once.interest_fen - monthly * months) <= Fraction(1, 2)


# ---- day counts, a day at a time ----


def nights(start, end):
    """Each night by the day it begins on."""
    return [start + timedelta(days=n) for n in range((end - start).days)]


def by_the_day(day_count, start, end):
    """A stretch's length in years, added up night by night."""
    if day_count is DayCount.ACT_ACT:  # a night belongs to the year it ends in
        return sum(
            Fraction(1, 366 if isleap((n + timedelta(days=1)).year) else 365) for n in nights(start, end)
        )
    if day_count is DayCount.ACT_ACT_ISDA:  # and by ISDA to the year it begins in
        return sum(Fraction(1, 366 if isleap(n.year) else 365) for n in nights(start, end))
    return Fraction(len(nights(start, end)), 365 if day_count is DayCount.ACT_365 else 360)


ACTUAL = [count for count in DayCount if count is not DayCount.THIRTY_360]


@given(st.sampled_from(ACTUAL), starts, st.integers(0, 1500))
def test_a_year_fraction_is_its_nights(day_count, start, days):
    end = start + timedelta(days=days)
    assert Fraction(*year_fraction(day_count, start, end, months=1)) == by_the_day(day_count, start, end)


@given(starts, st.integers(0, 700), st.integers(0, 700))
def test_stretches_of_a_year_add_up(start, days, more):
    middle = start + timedelta(days=days)
    end = middle + timedelta(days=more)
    for day_count in ACTUAL:
        parts = [
            Fraction(*year_fraction(day_count, *both, months=0)) for both in ((start, middle), (middle, end))
        ]
        assert sum(parts) == Fraction(*year_fraction(day_count, start, end, months=0))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [  # 30E/360 (ISDA 2006, 4.16(g)): the 31st counts as the 30th at both ends; February is left as it is
        (date(2026, 1, 31), date(2026, 2, 28), 28),
        (date(2026, 2, 28), date(2026, 3, 31), 32),
        (date(2024, 2, 29), date(2025, 2, 28), 359),
        (date(2026, 1, 30), date(2026, 1, 31), 0),
        (date(2026, 1, 1), date(2027, 1, 1), 360),
        (date(2026, 12, 15), date(2027, 1, 14), 29),
        (date(2026, 5, 31), date(2026, 8, 31), 90),
    ],
)
def test_days_between_dates_when_every_month_has_thirty(start, end, days):
    assert days_360(start, end) == days


@given(
    st.sampled_from(RepaymentMethod),
    st.sampled_from(DayCount),
    st.sampled_from(MonthEnd),
    st.sampled_from(DueShift),
    starts,
    amounts,
    rates,
    st.integers(1, 36),
    st.sampled_from([1, 2, 3, 6]),
)
def test_each_interest_is_the_balance_for_its_nights(
    method, day_count, month_end, shift, start, principal, rate, months, interval
):
    loan = terms(
        method,
        principal_fen=principal,
        rate_ppm=rate,
        term_months=months,
        start=start,
        interval_months=interval,
        day_count=day_count,
        month_end=month_end,
        due_shift=shift,
    )
    before, balance, month = start, principal, 0
    for row in repayment_schedule(loan).instalments:
        share = Fraction(row.month - month, 12)
        if day_count is not DayCount.THIRTY_360:
            share = by_the_day(day_count, before, row.due)
        assert abs(row.interest_fen - balance * Fraction(rate, PPM) * share) <= Fraction(1, 2)
        balance -= row.principal_fen
        assert row.balance_fen == balance
        before, month = row.due, row.month
    assert balance == 0


@given(st.sampled_from(ACTUAL), starts, st.lists(st.integers(1, 60), min_size=1, max_size=12), amounts, rates)
def test_dates_of_their_own_bear_interest_for_their_nights(day_count, start, gaps, principal, rate):
    dues = [start + timedelta(days=sum(gaps[: n + 1])) for n in range(len(gaps))]
    loan = terms(
        principal_fen=principal,
        rate_ppm=rate,
        start=start,
        dues=tuple(dues),
        day_count=day_count,
        term_months=-(-sum(gaps) // 28) + 1,
    )
    balance = principal
    for (before, due), row in zip(
        pairwise([start, *dues]), repayment_schedule(loan).instalments, strict=True
    ):
        exact = balance * Fraction(rate, PPM) * by_the_day(day_count, before, due)
        assert abs(row.interest_fen - exact) <= Fraction(1, 2)
        assert row.due == due
        balance -= row.principal_fen
    assert balance == 0


def test_dates_of_their_own_count_thirty_days_a_month_by_the_european_rule():
    dues = (date(2026, 2, 28), date(2026, 3, 31), date(2026, 5, 2))
    loan = terms(RepaymentMethod.INTEREST_THEN_BULLET, start=START, dues=dues, term_months=4, rate_ppm=36_000)
    rows = repayment_schedule(loan).instalments
    assert [row.interest_fen for row in rows] == [28_000, 32_000, 32_000]
    assert [row.month for row in rows] == [1, 2, 4]
    assert [(p.start, p.due) for p in periods_of(loan)] == list(pairwise((START, *dues)))


# ---- rounding, grace, month ends ----


@pytest.mark.parametrize(
    ("mode", "numerator", "denominator", "whole"),
    [
        (RoundingMode.HALF_UP, 1, 2, 1),
        (RoundingMode.HALF_UP, 49, 100, 0),
        (RoundingMode.HALF_UP, 3, 2, 2),
        (RoundingMode.HALF_EVEN, 1, 2, 0),
        (RoundingMode.HALF_EVEN, 3, 2, 2),
        (RoundingMode.HALF_EVEN, 51, 100, 1),
        (RoundingMode.DOWN, 99, 100, 0),
        (RoundingMode.DOWN, 2, 1, 2),
    ],
)
def test_a_fraction_becomes_whole_as_the_policy_says(mode, numerator, denominator, whole):
    assert Rounding(mode).whole(numerator, denominator) == whole


@given(st.sampled_from(RoundingMode), st.integers(1, 10**6), st.integers(0, 10**9), st.integers(1, 1000))
def test_payments_are_multiples_of_their_unit(mode, unit, numerator, denominator):
    found = Rounding(mode, unit).payment(numerator, denominator)
    assert found % unit == 0
    assert abs(found - Fraction(numerator, denominator)) < unit


@pytest.mark.parametrize("unit", [0, -1, 1_000_001, 10**9])
def test_a_unit_that_cannot_be_is_refused(unit):
    with pytest.raises(InvalidInput) as caught:
        Rounding(payment_unit_fen=unit)
    assert list(caught.value.fields) == ["payment_unit_fen"]


def test_the_largest_unit_is_ten_thousand_yuan():
    assert Rounding(payment_unit_fen=1_000_000).payment(1_499_999, 1) == 1_000_000


@given(st.sampled_from(RoundingMode), st.sampled_from([1, 10, 100, 10_000]), amounts, rates, terms_in_months)
def test_every_rounding_repays_the_loan_to_the_fen(mode, unit, principal, rate, months):
    for method in RepaymentMethod:
        rows = repayment_schedule(
            terms(
                method,
                principal_fen=principal,
                rate_ppm=rate,
                term_months=months,
                rounding=Rounding(mode, unit),
            )
        ).instalments
        assert sum(row.principal_fen for row in rows) == principal
        assert all(row.interest_fen >= 0 <= row.principal_fen for row in rows)
        if method is EQUAL and unit > 1:
            assert all(
                row.payment_fen % unit == 0 or row.balance_fen == 0
                for row in rows[:-1]
                if row.interest_fen < row.payment_fen
            )


@given(
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(7, 36),
    st.sampled_from([EQUAL, RepaymentMethod.EQUAL_PRINCIPAL]),
)
def test_grace_leaves_principal_and_interest_for_later(principal_free, interest_free, months, method):
    loan = terms(method, term_months=months, grace_principal=principal_free, grace_interest=interest_free)
    rows = repayment_schedule(loan).instalments
    assert [row.principal_fen for row in rows[:principal_free]] == [0] * principal_free
    assert [row.interest_fen for row in rows[:interest_free]] == [0] * interest_free
    assert all(row.principal_fen > 0 for row in rows[principal_free:])
    assert sum(row.principal_fen for row in rows) == loan.principal_fen
    without = repayment_schedule(replace(loan, grace_interest=0))
    assert sum(row.interest_fen for row in rows) == without.interest_fen
    full = Fraction(loan.principal_fen * loan.rate_ppm, 12 * PPM)
    assert all(
        abs(row.interest_fen - full) <= Fraction(1, 2) for row in without.instalments[: principal_free + 1]
    )


@pytest.mark.parametrize(
    ("policy", "days"),
    [
        (MonthEnd.LAST_DAY, [(2, 28), (3, 31), (4, 30), (5, 31)]),
        (MonthEnd.NEXT_DAY, [(3, 1), (3, 31), (5, 1), (5, 31)]),
    ],
)
def test_the_31st_comes_back_after_february(policy, days):
    rows = repayment_schedule(terms(start=START, term_months=4, month_end=policy)).instalments
    assert [(row.due.month, row.due.day) for row in rows] == days


def test_a_moved_due_date_moves_interest_by_day_and_leaves_thirty_days_alone():
    asked = {
        "start": date(2026, 9, 1),
        "term_months": 2,
        "due_shift": DueShift.NEXT_WORKING_DAY,
        "rate_ppm": 36_000,
    }
    by_day = repayment_schedule(
        terms(RepaymentMethod.INTEREST_THEN_BULLET, day_count=DayCount.ACT_360, **asked)
    )
    by_month = repayment_schedule(terms(RepaymentMethod.INTEREST_THEN_BULLET, **asked))
    assert [row.interest_fen for row in by_day.instalments] == [37_000, 25_000]
    assert [row.interest_fen for row in by_month.instalments] == [30_000, 30_000]


# ---- agreed payments ----


def _balances(principal, rate, payment, months):
    """What is left after each month when so much is paid, none below nought."""
    left, found = principal, []
    for _ in range(months):
        left = max(left + (left * rate + 6 * PPM) // (12 * PPM) - payment, 0)
        found.append(left)
    return found


@given(amounts, rates, st.integers(2, 60), st.data())
def test_an_agreed_payment_repays_the_loan_or_is_refused(principal, rate, months, data):
    loan = terms(principal_fen=principal, rate_ppm=rate, term_months=months)
    level = repayment_schedule(loan).highest_payment_fen
    payment = data.draw(st.integers(1, 2 * level))
    asked = replace(loan, agreed_payment_fen=payment)
    interest = Rounding().whole(principal * rate, 12 * PPM)
    rows = _balances(principal, rate, payment, months)
    if payment <= interest or rows[-1] > 0:
        with pytest.raises(InvalidInput) as refused:
            repayment_schedule(asked)
        assert refused.value.code == ("never_amortises" if payment <= interest else "not_repaid_in_term")
        assert list(refused.value.fields) == ["agreed_payment_fen"]
        return
    rows = repayment_schedule(asked).instalments
    assert {row.payment_fen for row in rows[:-1]} <= {payment}
    assert 0 < rows[-1].payment_fen <= payment
    assert rows[-1].balance_fen == 0


# ---- the yearly cost ----


@given(
    st.integers(1, 10**9),
    st.lists(st.integers(0, 10**8), min_size=1, max_size=60),
)
def test_the_internal_rate_is_the_root_scipy_finds(received, paid):
    assume(sum(paid) >= received)
    found = monthly_irr(received, paid)

    def worth(rate):
        return sum(fen / (1 + rate) ** month for month, fen in enumerate(paid, start=1)) - received

    if sum(paid) == received:
        assert found == pytest.approx(0, abs=1e-9)
        return
    top = 1.0
    while worth(top) > 0:
        top *= 2
    assert found == pytest.approx(
        brentq(worth, -1e-12, top, xtol=1e-14, rtol=1e-14, maxiter=500), rel=1e-6, abs=1e-10
    )


@pytest.mark.parametrize(("received", "paid"), [(0, [1]), (-1, [5]), (100, [50, 49]), (1, [])])
def test_no_rate_where_nothing_came_or_less_went_back(received, paid):
    with pytest.raises(ValueError, match="cost"):
        monthly_irr(received, paid)


@given(
    st.sampled_from(RepaymentMethod),
    st.sampled_from(DayCount),
    st.integers(0, 240_000),
    st.integers(1, 60),
    st.integers(0, 80_000),
    st.sampled_from(FeeTiming),
)
def test_the_cost_discounts_all_that_is_paid_to_what_was_received(method, day_count, rate, months, fee, when):
    loan = terms(method, rate_ppm=rate, term_months=months, day_count=day_count)
    line = FeeLine(FeeKind.GUARANTEE, FeePayer.FIRM, when, rate_ppm=fee)
    cost = true_cost(loan, [line])
    charges = fee_by_month(line, cost.schedule)
    assert cost.received_fen == loan.principal_fen - charges[0]
    v = 1 / (1 + cost.monthly_rate)
    worth = sum(row.payment_fen * v**row.month for row in cost.schedule.instalments)
    worth += sum(fen * v**month for month, fen in enumerate(charges) if month)
    assert worth == pytest.approx(cost.received_fen, rel=1e-9)
    assert cost.total_fen == cost.schedule.interest_fen + sum(charges)


@given(terms_in_months, st.sampled_from([1, 3, 5]), st.sampled_from(RepaymentMethod))
def test_balances_by_month_are_what_is_outstanding(months, interval, method):
    schedule = repayment_schedule(terms(method, term_months=months, interval_months=interval))
    for month, fen in enumerate(monthly_balances(schedule)):
        paid = sum(row.principal_fen for row in schedule.instalments if row.month <= month)
        assert fen == schedule.terms.principal_fen - paid


# ---- while it runs ----


@given(
    st.sampled_from(ACTUAL), st.integers(1, 360), st.integers(1, 9_999_999), rates, st.integers(0, 360_000)
)
def test_a_rate_and_a_prepayment_split_the_nights(day_count, day, fen, rate, new_rate):
    start = date(2026, 1, 15)
    loan = terms(RepaymentMethod.BULLET, day_count=day_count, rate_ppm=rate, start=start)
    on = start + timedelta(days=day)
    end = add_months(start, 12)
    (early, last) = running_schedule(loan, [RateChange(on, new_rate), Prepayment(on, fen)])
    first = loan.principal_fen * Fraction(rate, PPM) * by_the_day(day_count, start, on)
    rest = (loan.principal_fen - fen) * Fraction(new_rate, PPM) * by_the_day(day_count, on, end)
    assert abs(early.interest_fen - first) <= Fraction(1, 2)
    assert abs(last.interest_fen - rest) <= Fraction(1, 2)
    assert (early.due, last.due, last.balance_fen) == (on, end, 0)


@given(st.integers(1, 364), st.integers(0, 360_000), st.integers(1, 364), st.sampled_from(ACTUAL))
def test_accrued_interest_is_that_of_its_nights(change_day, new_rate, on_day, day_count):
    start = date(2026, 1, 15)
    loan = terms(RepaymentMethod.BULLET, day_count=day_count, start=start)
    change, on = start + timedelta(days=change_day), start + timedelta(days=on_day)
    balance, found = accrued_interest(loan, [RateChange(change, new_rate)], on)
    exact = Fraction(0)
    for night in nights(start, on):
        rate = new_rate if night >= change else loan.rate_ppm
        exact += (
            loan.principal_fen * Fraction(rate, PPM) * by_the_day(day_count, night, night + timedelta(days=1))
        )
    assert balance == loan.principal_fen
    assert abs(found - exact) <= Fraction(1, 2)


@given(st.integers(1, 11), st.integers(100_000, 3_000_000), st.sampled_from(Keep))
def test_a_prepayment_on_a_due_date_is_a_new_loan_from_there(months, fen, keep):
    loan = terms()
    on = add_months(loan.start, months)
    plain = repayment_schedule(loan).instalments
    left = plain[months - 1].balance_fen - fen
    assume(left > 0)
    rows = [row for row in running_schedule(loan, [Prepayment(on, fen, keep)]) if row.due > on]
    if keep is Keep.TERM:
        again = repayment_schedule(replace(loan, principal_fen=left, start=on, term_months=12 - months))
        pairs = zip(rows, again.instalments, strict=True)
        assert all(row.due == new.due for row, new in zip(rows, again.instalments, strict=True))
        assert all(abs(row.payment_fen - new.payment_fen) <= 12 for row, new in pairs)
    else:
        assert {row.payment_fen for row in rows[:-1]} <= {plain[0].payment_fen}
        assert len(rows) <= 12 - months
    assert sum(row.principal_fen for row in rows) == left


@given(
    st.lists(st.tuples(st.integers(0, 80), st.integers(1, 10**6)), min_size=1, max_size=6),
    st.sampled_from([DayCount.ACT_360, DayCount.ACT_365, DayCount.ACT_ACT]),
    st.integers(1, 80),
    rates,
    rates,
)
def test_revolving_interest_is_added_up_night_by_night(drawn, day_count, change_day, rate, later):
    first = date(2027, 12, 1) + timedelta(days=min(day for day, _ in drawn))
    moves = [Movement(date(2027, 12, 1) + timedelta(days=day), fen) for day, fen in drawn]
    changes = [RateChange(first, rate), RateChange(first + timedelta(days=change_day), later)]
    dues = [date(2028, 2, 21), date(2028, 3, 21)]
    found = settlements(moves, changes, dues, limit_fen=10**7, day_count=day_count)
    before = first
    for row, due in zip(found, dues, strict=True):
        exact = Fraction(0)
        for night in nights(before, due):
            at = later if night >= changes[1].on else rate
            balance = sum(move.fen for move in moves if move.on <= night)
            exact += balance * Fraction(at, PPM) * by_the_day(day_count, night, night + timedelta(days=1))
        assert abs(row.interest_fen - exact) <= Fraction(1, 2)
        assert row.balance_fen == sum(fen for _, fen in drawn)
        before = due


@given(amounts, st.integers(0, 10**6), rates, st.integers(0, 10**6), st.integers(1, 700), st.booleans())
def test_penalty_interest_is_simple_interest_at_the_raised_rate(
    principal, interest, rate, surcharge, days, compound
):
    policy = PenaltyPolicy(surcharge_ppm=surcharge, compound=compound, day_count=DayCount.ACT_365)
    due = date(2027, 6, 1)
    found = penalty_interest(
        Owed(interest_fen=interest, principal_fen=principal),
        rate,
        since=due,
        on=due + timedelta(days=days),
        policy=policy,
    )
    raised = Fraction(rate * (PPM + surcharge), PPM)
    base = principal + interest * compound
    exact = base * raised * days / (PPM * 365)
    assert abs(found - exact) <= Fraction(1, 2) + Fraction(base * days, 2 * PPM * 365)


# ---- what cannot be ----


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"term_months": 601}, "term_months"),
        ({"interval_months": 601}, "interval_months"),
        ({"interval_months": -1}, "interval_months"),
        ({"rate_ppm": 1.5}, "rate_ppm"),
        ({"principal_fen": True}, "principal_fen"),
        ({"grace_principal": -1}, "grace_principal"),
        ({"grace_interest": 12}, "grace_interest"),
        ({"start": date(9997, 12, 1)}, "start"),
        ({"agreed_payment_fen": 10**13 + 1}, "agreed_payment_fen"),
        ({"dues": (date(2026, 1, 15),)}, "dues"),
        ({"dues": (date(2026, 3, 1), date(2026, 3, 1))}, "dues"),
        ({"dues": (date(2027, 1, 16),)}, "dues"),
    ],
)
def test_terms_that_cannot_be_name_their_field(changed, field):
    with pytest.raises(InvalidInput) as caught:
        terms(**changed)
    assert list(caught.value.fields) == [field]


def test_more_payments_than_anybody_makes_are_refused():
    days = tuple(date(2026, 1, 15) + timedelta(days=n) for n in range(1, MAX_PAYMENTS + 2))
    assert terms(term_months=200, dues=days[:-1]).payments == MAX_PAYMENTS
    with pytest.raises(InvalidInput) as caught:
        terms(term_months=200, dues=days)
    assert list(caught.value.fields) == ["dues"]


@pytest.mark.parametrize(
    "changed",
    [
        {"term_months": 600},
        {"interval_months": 600},
        {"rate_ppm": 1_000_000},
        {"principal_fen": 10**13},
        {"principal_fen": 1},
        {"grace_principal": 11},
        {"grace_interest": 11},
        {"dues": (date(2027, 1, 15),)},
    ],
)
def test_the_ends_of_what_is_allowed_are_allowed(changed):
    assert (
        sum(row.principal_fen for row in repayment_schedule(terms(**changed)).instalments)
        == terms(**changed).principal_fen
    )
