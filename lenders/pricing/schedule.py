"""Repayment schedules in integer fen.

Policies, the same for every method:

* **Interest** of a period is balance x yearly rate x year fraction, rounded to the fen as :class:`Rounding` says: half
  up unless the contract says otherwise.
* **Day count.** ``30/360`` counts 30 days for each month of the period, whatever its due date (a monthly rate of a
  twelfth of the yearly one, as Chinese banks quote it); ``ACT/365`` and ``ACT/360`` count the days from one due date
  to the next; ``ACT/ACT`` counts the days of leap years over 366 and others over 365, each night with the date it ends on,
  and ``ACT/ACT ISDA`` the same with the date it begins on (ISDA 2006 Definitions, 4.16(b)).
* **Equal instalments** are the amount that would repay the loan exactly at these period rates, rounded half up to the
  fen. **The last instalment absorbs** what rounding left. Where that is more fen than half the number of payments, the
  level moves once by its share of it, if this brings the last payment closer. No part of principal is negative or
  above the balance.
* **Due dates** are counted from the start date each time, so the 31st returns after February. Where a month lacks the
  day, :class:`~creditbridge.kernel.dates.MonthEnd` decides. ``DueShift`` may move a date off a day of rest.
* **Dates of their own** (weekly, daily, a fixed day of the month) may be given as ``dues``; ``30/360`` then counts by
  the European rule between the dates.
* **Grace.** In the first ``grace_principal`` periods no principal falls due; the interest of the first
  ``grace_interest`` periods is paid with the first payment after them, without interest on it.
* **An agreed payment** below or at the first interest never repays a loan, and one too small for the term does not
  repay it in time: both are refused.
* **Revolving** (随借随还) is shown as if fully drawn for the whole term, interest paid each period, principal at the end.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, localcontext
from enum import StrEnum
from itertools import pairwise

from creditbridge.kernel.dates import MonthEnd, add_months, next_working_day
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, MAX_RATE_PPM, PPM, divide_half_up
from creditbridge.kernel.words import Words

MAX_TERM_MONTHS = 600
MAX_PAYMENTS = 4000
_DIGITS = 50
_BETWEEN = Words("应在 {low} 至 {high} 之间。", "Must lie between {low} and {high}.")
_NEVER_REPAID = Words(
    "每期还款不足以支付利息，本金永远还不清。",
    "The payment does not even cover the interest: the loan would never be repaid.",
)
_NOT_IN_TERM = Words(
    "按约定的每期还款，到期时本金还不清。", "With the agreed payment the loan is not repaid within the term."
)


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
    ACT_ACT_ISDA = "ACT/ACT ISDA"


class RoundingMode(StrEnum):
    """How a fraction of a fen becomes whole: half away from zero, half to the even fen, or cut off."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Rounding:
    """``mode`` for interest and payments; payments come in multiples of ``payment_unit_fen``. The last payment absorbs.

    Raises:
        InvalidInput: the unit is not 1 fen to 10 000 yuan.
    """

    mode: RoundingMode = RoundingMode.HALF_UP
    payment_unit_fen: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.payment_unit_fen <= 10_000 * 100:
            raise InvalidInput({"payment_unit_fen": [_BETWEEN.fill(low=1, high=1_000_000)]})

    def whole(self, numerator: int, denominator: int) -> int:
        """The quotient of what is not negative, in whole fen."""
        quotient, remainder = divmod(numerator, denominator)
        if self.mode is RoundingMode.DOWN or 2 * remainder < denominator:
            return quotient
        if 2 * remainder == denominator and self.mode is RoundingMode.HALF_EVEN:
            return quotient + quotient % 2
        return quotient + 1

    def payment(self, numerator: int, denominator: int) -> int:
        """The quotient in whole units of payment."""
        return self.whole(numerator, denominator * self.payment_unit_fen) * self.payment_unit_fen


USUAL_ROUNDING = Rounding()
"""Half up, to the fen."""


class DueShift(StrEnum):
    """What becomes of a due date on a day of rest: left there, or moved to the next working day."""

    NONE = "none"
    NEXT_WORKING_DAY = "next_working_day"


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What a schedule is made from. ``interval_months`` is the time between two payments.

    A term that is no multiple of the interval ends with a shorter period. ``dues`` are due dates of their own, and
    ``agreed_payment_fen`` is an equal instalment the contract names.

    Raises:
        InvalidInput: if a number is out of range, or a due date out of order or past the term.
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
    grace_principal: int = 0
    grace_interest: int = 0
    rounding: Rounding = USUAL_ROUNDING
    agreed_payment_fen: int | None = None
    dues: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        limits = {
            "principal_fen": (self.principal_fen, 1, MAX_FEN),
            "rate_ppm": (self.rate_ppm, 0, MAX_RATE_PPM),
            "term_months": (self.term_months, 1, MAX_TERM_MONTHS),
            "interval_months": (self.interval_months, 1, MAX_TERM_MONTHS),
        }
        if self.agreed_payment_fen is not None:
            limits["agreed_payment_fen"] = (self.agreed_payment_fen, 1, MAX_FEN)
        problems = {
            field: [_BETWEEN.fill(low=low, high=high)]
            for field, (value, low, high) in limits.items()
            if type(value) is not int or not low <= value <= high
        }
        if not problems:
            problems = self._order_problems()
        if problems:
            raise InvalidInput(problems)

    @property
    def payments(self) -> int:
        """How many payments there are."""
        if self.method is RepaymentMethod.BULLET:
            return 1
        return len(self.dues) or -(-self.term_months // self.interval_months)

    def _order_problems(self) -> dict[str, list[Words]]:
        problems: dict[str, list[Words]] = {}
        if self.start.year + self.term_months // 12 + 2 > date.max.year:
            return {"start": [Words("日期过晚。", "This date is too late.")]}
        for field in ("grace_principal", "grace_interest"):
            most = self.payments - 1
            if not 0 <= getattr(self, field) <= most:
                problems[field] = [_BETWEEN.fill(low=0, high=most)]
        if self.dues:
            problems |= self._due_problems()
        return problems

    def _due_problems(self) -> dict[str, list[Words]]:
        end = add_months(self.start, self.term_months, self.month_end)
        days = [self.start, *self.dues]
        if any(later <= earlier for earlier, later in pairwise(days)):
            words = Words(
                "还款日应晚于放款日并依次递增。",
                "Due dates must follow the start, each after the one before.",
            )
        elif self.dues[-1] > end:
            words = Words(
                "还款日不能晚于到期日 {end}。", "No due date can lie past the end of the term, {end}."
            ).fill(end=end.isoformat())
        elif len(self.dues) > MAX_PAYMENTS:
            words = Words("还款期数过多。", "There are too many payments.")
        else:
            return {}
        return {"dues": [words]}


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
class Period:
    """A period: its last month, its days, and its length as a fraction of a year."""

    month: int
    start: date
    due: date
    numerator: int
    denominator: int


def repayment_schedule(terms: LoanTerms) -> Schedule:
    """Every payment of a loan drawn in full on its start date.

    Raises:
        InvalidInput: an agreed payment that never repays the loan, or not within the term.
    """
    periods = periods_of(terms)
    if terms.method is RepaymentMethod.EQUAL_INSTALMENT:
        if terms.agreed_payment_fen is not None:
            return Schedule(terms, _agreed_rows(terms, periods, terms.agreed_payment_fen))
        return Schedule(terms, _level_rows(terms, periods))
    return Schedule(terms, _rows(terms, periods, level=None))


def equal_part(terms: LoanTerms) -> int:
    """The principal of each payment after the grace, as the method has it; nought where it is paid at the end."""
    if terms.method is not RepaymentMethod.EQUAL_PRINCIPAL:
        return 0
    return terms.rounding.payment(terms.principal_fen, terms.payments - terms.grace_principal)


def _level_rows(terms: LoanTerms, periods: list[Period]) -> tuple[Instalment, ...]:
    """Rows of equal payments, moved once where rounding would pile up on the last one."""
    paying = periods[terms.grace_principal :]
    level = level_payment(terms.principal_fen, terms.rate_ppm, paying, terms.rounding)
    rows = _rows(terms, periods, level)
    excess = _excess(rows, level)
    if terms.rounding.payment_unit_fen > 1 or abs(excess) <= len(paying) // 2:
        return rows
    moved_level = level + divide_half_up(excess, len(paying))
    moved = _rows(terms, periods, moved_level)
    return moved if abs(_excess(moved, moved_level)) < abs(excess) else rows


def _excess(rows: tuple[Instalment, ...], level: int) -> int:
    return rows[-1].payment_fen - level


def _agreed_rows(terms: LoanTerms, periods: list[Period], level: int) -> tuple[Instalment, ...]:
    first = periods[terms.grace_principal]
    interest = terms.rounding.whole(
        terms.principal_fen * terms.rate_ppm * first.numerator, PPM * first.denominator
    )
    if level <= interest:
        raise InvalidInput({"agreed_payment_fen": [_NEVER_REPAID]}, _NEVER_REPAID, "never_amortises")
    rows = _rows(terms, periods, level)
    kept = [row for row in rows if row.payment_fen > 0]
    if kept[-1].payment_fen > level:
        raise InvalidInput({"agreed_payment_fen": [_NOT_IN_TERM]}, _NOT_IN_TERM, "not_repaid_in_term")
    return tuple(kept)


def _rows(terms: LoanTerms, periods: list[Period], level: int | None) -> tuple[Instalment, ...]:
    """The payments: the level less interest, or the method's part of principal; the last period takes the rest."""
    balance, deferred, part = terms.principal_fen, 0, equal_part(terms)
    rows: list[Instalment] = []
    for number, period in enumerate(periods, start=1):
        interest = terms.rounding.whole(balance * terms.rate_ppm * period.numerator, PPM * period.denominator)
        wanted = part if level is None else level - interest
        principal = 0 if number <= terms.grace_principal else min(max(wanted, 0), balance)
        if number == len(periods):
            principal = balance
        deferred, due = (
            (deferred + interest, 0) if number <= terms.grace_interest else (0, deferred + interest)
        )
        balance -= principal
        rows.append(Instalment(number, period.month, period.due, principal, due, balance))
    return tuple(rows)


def periods_of(terms: LoanTerms) -> list[Period]:
    """The periods between the payments, the first from the start date."""
    if terms.dues and terms.method is not RepaymentMethod.BULLET:
        return _dated_periods(terms)
    step = terms.term_months if terms.method is RepaymentMethod.BULLET else terms.interval_months
    months = [*range(step, terms.term_months, step), terms.term_months]
    periods: list[Period] = []
    month_before, due_before = 0, terms.start
    for month in months:
        due = add_months(terms.start, month, terms.month_end)
        if terms.due_shift is DueShift.NEXT_WORKING_DAY:
            due = next_working_day(due)
        fraction = year_fraction(terms.day_count, due_before, due, month - month_before)
        periods.append(Period(month, due_before, due, *fraction))
        month_before, due_before = month, due
    return periods


def _dated_periods(terms: LoanTerms) -> list[Period]:
    """Periods between dates of their own; each belongs to the loan month it ends in."""
    periods = []
    for start, due in pairwise((terms.start, *terms.dues)):
        month = (due.year - terms.start.year) * 12 + due.month - terms.start.month
        month += due > add_months(terms.start, month, terms.month_end)
        month -= due <= add_months(terms.start, month - 1, terms.month_end)  # the 1st may end a short month
        numerator, denominator = year_fraction(terms.day_count, start, due, months=0)
        if terms.day_count is DayCount.THIRTY_360:
            numerator = days_360(start, due)
        periods.append(Period(min(max(month, 1), terms.term_months), start, due, numerator, denominator))
    return periods


def days_360(start: date, end: date) -> int:
    """Days between two dates when every month has thirty (30E/360)."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return 30 * months + min(end.day, 30) - min(start.day, 30)


def year_fraction(day_count: DayCount, start: date, end: date, months: int) -> tuple[int, int]:
    """A period's length in years as numerator and denominator; ``months`` is its nominal length."""
    if day_count is DayCount.THIRTY_360:
        return 30 * months, 360
    if day_count in {DayCount.ACT_ACT, DayCount.ACT_ACT_ISDA}:
        # A night belongs to the year of the date it ends on, or by ISDA of the date it begins on.
        shift = timedelta(days=day_count is DayCount.ACT_ACT_ISDA)
        leap = sum(
            (min(end, date(year, 12, 31) + shift) - max(start, date(year - 1, 12, 31) + shift)).days
            for year in range(start.year - 1, end.year + 1)
            if isleap(year) and start < date(year, 12, 31) + shift and end > date(year - 1, 12, 31) + shift
        )
        return ((end - start).days - leap) * 366 + leap * 365, 365 * 366
    return (end - start).days, 365 if day_count is DayCount.ACT_365 else 360


def level_payment(principal_fen: int, rate_ppm: int, periods: Sequence[Period], rounding: Rounding) -> int:
    """The level payment: principal over the present value of one fen each period, in whole units of payment."""
    with localcontext() as context:
        context.prec = _DIGITS
        worth = Decimal(0)
        for period in reversed(periods):
            growth = 1 + Decimal(rate_ppm * period.numerator) / (PPM * period.denominator)
            worth = (1 + worth) / growth
        numerator, denominator = (Decimal(principal_fen) / worth).as_integer_ratio()
        return rounding.payment(numerator, denominator)
