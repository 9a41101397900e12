from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from creditbridge.kernel.errors import Conflict, InvalidInput
from lenders.pricing.overdue import PenaltyPolicy
from lenders.pricing.running import running_schedule
from lenders.pricing.schedule import DayCount, LoanTerms, RepaymentMethod
from matching.drawdowns.rules import (
    AMENDMENT,
    AMENDMENT_KIND_WORDS,
    AMENDMENT_STATE_TONES,
    DRAWDOWN,
    DRAWDOWN_STATE_TONES,
    STEPS,
    AmendmentKind,
    AmendmentState,
    DrawdownState,
    Paid,
    Request,
    check_request,
    days_late,
    late_by,
    penalty_by,
)

START = date(2026, 1, 1)
ROWS = running_schedule(
    LoanTerms(12_000_000, 60_000, 6, RepaymentMethod.INTEREST_THEN_BULLET, START, day_count=DayCount.ACT_360)
)
LEGAL = {
    ("requested", "approved"), ("requested", "rejected"), ("approved", "disbursed"), ("approved", "cancelled"),
    ("disbursed", "performing"), ("performing", "overdue"), ("overdue", "performing"), ("performing", "settled"),
    ("overdue", "settled"), ("overdue", "compensated"), ("overdue", "written_off"),
}  # fmt: skip


def test_the_life_cycle_is_the_domains_and_no_other():
    found = {(source.value, step.target.value) for step in DRAWDOWN.steps.values() for source in step.sources}
    assert found == LEGAL
    assert set(STEPS) == set(DRAWDOWN.steps)
    assert set(DRAWDOWN_STATE_TONES) == set(DrawdownState)


@pytest.mark.parametrize("cycle", [DRAWDOWN, AMENDMENT])
def test_every_illegal_step_is_refused(cycle):
    for name, step in cycle.steps.items():
        for state in set(cycle.words) - step.sources:
            with pytest.raises(Conflict):
                cycle.check(name, state)


def test_amendments_have_words():
    assert set(AMENDMENT_KIND_WORDS) == set(AmendmentKind)
    assert set(AMENDMENT_STATE_TONES) == set(AmendmentState)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Request(0, 1), "amount_fen"),
        (Request(-1, 1), "amount_fen"),
        (Request(10**13 + 1, 1), "amount_fen"),
        (Request(1.5, 1), "amount_fen"),
        (Request(1, 0), "term_months"),
        (Request(1, 13), "term_months"),
        (Request(1, 601), "term_months"),
        (Request(1, 1, "x" * 201), "purpose"),
    ],
)
def test_requests_that_cannot_be_are_refused(asked, field):
    with pytest.raises(InvalidInput) as caught:
        check_request(asked, today=START, line_ends_on=date(2027, 1, 1))
    assert list(caught.value.fields) == [field]


def test_a_request_up_to_the_lines_end_is_taken():
    check_request(Request(1, 12), today=START, line_ends_on=date(2027, 1, 1))


def test_what_is_late_and_since_when():
    assert days_late(ROWS, [], date(2026, 1, 31)) == 0
    assert days_late(ROWS, [], date(2026, 2, 11)) == 10
    assert late_by(ROWS, [], date(2026, 3, 1)).interest_fen == 62_000 + 56_000
    paid = [Paid(date(2026, 2, 1), 0, 62_000)]
    assert days_late(ROWS, paid, date(2026, 2, 28)) == 0
    assert days_late(ROWS, paid, date(2026, 3, 6)) == 5


def test_penalty_interest_is_the_same_whenever_it_is_counted():
    policy = PenaltyPolicy()
    day = round(62_000 * 0.09 / 360 + 0.0001)
    assert penalty_by(ROWS, [], 60_000, date(2026, 2, 1), policy) == 0
    assert penalty_by(ROWS, [], 60_000, date(2026, 2, 11), policy) == 10 * day
    counted = [penalty_by(ROWS, [], 60_000, date(2026, 2, 1) + timedelta(days=n), policy) for n in range(28)]
    assert {later - earlier for earlier, later in pairwise(counted)} == {day}


def test_what_is_paid_within_the_days_of_grace_bears_no_penalty():
    policy = PenaltyPolicy(grace_days=5)
    paid = [Paid(date(2026, 2, 5), 0, 62_000)]
    assert penalty_by(ROWS, paid, 60_000, date(2026, 2, 20), policy) == 0
    assert penalty_by(ROWS, [], 60_000, date(2026, 2, 6), policy) == 0
    assert penalty_by(ROWS, [], 60_000, date(2026, 2, 7), policy) == 6 * 16


def test_a_late_payment_ends_the_penalty():
    paid = [Paid(date(2026, 2, 11), 0, 62_000)]
    at_payment = penalty_by(ROWS, paid, 60_000, date(2026, 2, 11), PenaltyPolicy())
    assert penalty_by(ROWS, paid, 60_000, date(2026, 2, 28), PenaltyPolicy()) == at_payment > 0
