"""Repayment schedules in integer fen.

Policies, the same for every method:

* **Interest** of a period is balance x yearly rate x year fraction, rounded half up to the fen.
* **Day count.** ``30/360`` counts 30 days for each month of the period, whatever its due date (a monthly rate of a
  twelfth of the yearly one, as Chinese banks quote it); ``ACT/365`` and ``ACT/360`` count the days from one due date
  to the next; ``ACT/ACT`` counts the days of leap years over 366 and others over 365, each night with the date it ends on.
* **Equal instalments** are the amount that would repay the loan exactly at these period rates, rounded half up to the
  fen. **The last instalment absorbs** what rounding left. Where that is more fen than half the number of payments, the
  level moves once by its share of it, if this brings the last payment closer. No part of principal is negative or
  above the balance.
* **Due dates** are counted from the start date each time, so the 31st returns after February. Where a month lacks the
  day, :class:`~creditbridge.kernel.dates.MonthEnd` decides. ``DueShift`` may move a date off a day of rest.
* **Revolving** (随借随还) is shown as if fully drawn for the whole term, interest paid each period, principal at the end.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from enum import StrEnum

from creditbridge.kernel.dates import MonthEnd, add_months, next_working_day
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, MAX_RATE_PPM, PPM, divide_half_up
from creditbridge.kernel.words import Words

MAX_TERM_MONTHS = 600
_DIGITS = 50


class RepaymentMethod(StrEnum):
    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_THEN_BULLET = "interest_then_bullet"
    BULLET = "bullet"
    REVOLVING = "revolving"


REPAYMENT_METHOD_WORDS = {
    RepaymentMethod.EQUAL_INSTALMENT: Words("等额本息", "Equal instalments"),
    RepaymentMethod.EQUAL_PRINCIPAL: Words("等额本金", "Equal principal"),
    RepaymentMethod.INTEREST_THEN_BULLET: Words("先息后本", "Interest first, principal at the end"),
    RepaymentMethod.BULLET: Words("到期一次性还本付息", "All repaid at the end"),
    RepaymentMethod.REVOLVING: Words("随借随还", "Draw and repay as needed"),
}


class DayCount(StrEnum):
    THIRTY_360 = "30/360"
    ACT_365 = "ACT/365"
    ACT_360 = "ACT/360"
    ACT_ACT = "ACT/ACT"


class DueShift(StrEnum):
    """What becomes of a due date on a day of rest: left there, or moved to the next working day."""

    NONE = "none"
    NEXT_WORKING_DAY = "next_working_day"


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What a schedule is made from. ``interval_months`` is the time between two payments.

    A term that is no multiple of the interval ends with a shorter period.

    Raises:
        InvalidInput: if a number is out of range.
    """

    principal_fen: int
    rate_ppm: int
    term_months: int
    method: RepaymentMethod
    start: date
    interval_months: int = 1
    day_count: DayCount = DayCount.THIRTY_360
    month_end: MonthEnd = MonthEnd.LAST_DAY
    due_shift: DueShift = DueShift.NONE

    def __post_init__(self) -> None:
        limits = {
            "principal_fen": (self.principal_fen, 1, MAX_FEN),
            "rate_ppm": (self.rate_ppm, 0, MAX_RATE_PPM),
            "term_months": (self.term_months, 1, MAX_TERM_MONTHS),
            "interval_months": (self.interval_months, 1, MAX_TERM_MONTHS),
        }
        words = Words("应在 {low} 至 {high} 之间。", "Must lie between {low} and {high}.")
        problems = {
            field: [words.fill(low=low, high=high)]
            for field, (value, low, high) in limits.items()
            if not low <= value <= high
        }
        if problems:
            raise InvalidInput(problems)


@dataclass(frozen=True, slots=True)
class Instalment:
    """One payment: its number from 1, the loan's month it falls in, its date, and fen; balance is what is left after it."""

    number: int
    month: int
    due: date
    principal_fen: int
    interest_fen: int
    balance_fen: int

    @property
    def payment_fen(self) -> int:
        return self.principal_fen + self.interest_fen


@dataclass(frozen=True, slots=True)
class Schedule:
    terms: LoanTerms
    instalments: tuple[Instalment, ...]

    @property
    def interest_fen(self) -> int:
        """All interest of the loan."""
        return sum(row.interest_fen for row in self.instalments)

    @property
    def highest_payment_fen(self) -> int:
        return max(row.payment_fen for row in self.instalments)

    @property
    def assumes_fully_drawn(self) -> bool:
        """Whether a page must say that the figures assume the whole line drawn for the whole term."""
        return self.terms.method is RepaymentMethod.REVOLVING


@dataclass(frozen=True, slots=True)
class _Period:
    """A period's last month and day, and its length as a fraction of a year."""

    month: int
    due: date
    numerator: int
    denominator: int


def repayment_schedule(terms: LoanTerms) -> Schedule:
    """Every payment of a loan drawn in full on its start date."""
    periods = _periods(terms)
    if terms.method is RepaymentMethod.EQUAL_INSTALMENT:
        return Schedule(terms, _level_rows(terms, periods))
    part = (
        divide_half_up(terms.principal_fen, len(periods))
        if terms.method is RepaymentMethod.EQUAL_PRINCIPAL
        else 0
    )
    return Schedule(terms, _rows(terms, periods, lambda _interest: part))


def _level_rows(terms: LoanTerms, periods: list[_Period]) -> tuple[Instalment, ...]:
    """Rows of equal payments, moved once where rounding would pile up on the last one."""
    level = _instalment(terms, periods)
    rows = _rows(terms, periods, lambda interest: level - interest)
    excess = rows[-1].payment_fen - level
    if abs(excess) <= len(rows) // 2:
        return rows
    moved_level = level + divide_half_up(excess, len(rows))
    moved = _rows(terms, periods, lambda interest: moved_level - interest)
    return moved if abs(moved[-1].payment_fen - moved_level) < abs(excess) else rows


def _rows(terms: LoanTerms, periods: list[_Period], wanted: Callable[[int], int]) -> tuple[Instalment, ...]:
    """The payments, where ``wanted`` answers a period's principal from its interest; the last period takes the rest."""
    balance = terms.principal_fen
    rows: list[Instalment] = []
    for number, period in enumerate(periods, start=1):
        interest = divide_half_up(balance * terms.rate_ppm * period.numerator, PPM * period.denominator)
        principal = balance if number == len(periods) else min(max(wanted(interest), 0), balance)
        balance -= principal
        rows.append(Instalment(number, period.month, period.due, principal, interest, balance))
    return tuple(rows)


def _periods(terms: LoanTerms) -> list[_Period]:
    step = terms.term_months if terms.method is RepaymentMethod.BULLET else terms.interval_months
    months = [*range(step, terms.term_months, step), terms.term_months]
    periods: list[_Period] = []
    month_before, due_before = 0, terms.start
    for month in months:
        due = add_months(terms.start, month, terms.month_end)
        if terms.due_shift is DueShift.NEXT_WORKING_DAY:
            due = next_working_day(due)
        fraction = year_fraction(terms.day_count, due_before, due, month - month_before)
        periods.append(_Period(month, due, *fraction))
        month_before, due_before = month, due
    return periods


def year_fraction(day_count: DayCount, start: date, end: date, months: int) -> tuple[int, int]:
    """A period's length in years as numerator and denominator; ``months`` is its nominal length."""
    if day_count is DayCount.THIRTY_360:
        return 30 * months, 360
    if day_count is DayCount.ACT_ACT:
        leap = sum(
            (min(end, date(year, 12, 31)) - max(start, date(year - 1, 12, 31))).days
            for year in range(start.year, end.year + 1)
            if isleap(year)
        )
        return ((end - start).days - leap) * 366 + leap * 365, 365 * 366
    return (end - start).days, 365 if day_count is DayCount.ACT_365 else 360


def _instalment(terms: LoanTerms, periods: list[_Period]) -> int:
    """The level payment: principal over the present value of one fen each period, half up to the fen."""
    with localcontext() as context:
        context.prec = _DIGITS
        worth = Decimal(0)
        for period in reversed(periods):
            growth = 1 + Decimal(terms.rate_ppm * period.numerator) / (PPM * period.denominator)
            worth = (1 + worth) / growth
        return int(Decimal(terms.principal_fen) / worth + Decimal("0.5"))
