"""A loan while it runs: repaid before it is due, in part or in full, its rate set anew, its term extended.

Policies:

* A prepayment on a day pays the interest of the running period up to that day, and then principal. What was due that
  day was paid before it.
* ``Keep.TERM`` spreads what is left over the remaining payments (减少每期还款); ``Keep.PAYMENT`` keeps the payment and ends
  sooner (缩短期限).
* A new rate (LPR 重定价) holds from its day on: the nights before it bear the old one. Equal instalments are set anew
  over what is left. Where an earlier prepayment keeps the payment, it stays, and a rate at which it no longer repays
  the loan is refused.
* An extension (展期) adds months after the old end; equal payments are set anew over what is then left, and what was due
  at the old end is due at the new one.
* Interest of a period that is split is added up exactly and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from fractions import Fraction

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, MAX_RATE_PPM, PPM
from creditbridge.kernel.words import Words
from lenders.pricing.schedule import (
    MAX_TERM_MONTHS,
    DayCount,
    LoanTerms,
    Period,
    RepaymentMethod,
    days_360,
    equal_part,
    periods_of,
    repayment_schedule,
    year_fraction,
)


class Keep(StrEnum):
    """What a partial prepayment leaves as it was: the term, or the payment."""

    TERM = "term"
    PAYMENT = "payment"


class RowKind(StrEnum):
    INSTALMENT = "instalment"
    PREPAYMENT = "prepayment"


@dataclass(frozen=True, slots=True)
class Prepayment:
    """Principal repaid on a day; with all that is outstanding the loan ends."""

    on: date
    principal_fen: int
    keep: Keep = Keep.TERM


@dataclass(frozen=True, slots=True)
class RateChange:
    """The yearly rate from a day on."""

    on: date
    rate_ppm: int


@dataclass(frozen=True, slots=True)
class Extension:
    """More months, agreed on a day before the old end."""

    on: date
    months: int


Change = Prepayment | RateChange | Extension


@dataclass(frozen=True, slots=True)
class RunningRow:
    """A payment that is due, or was made before it was; ``number`` counts the instalments."""

    number: int
    kind: RowKind
    due: date
    principal_fen: int
    interest_fen: int
    balance_fen: int

    @property
    def payment_fen(self) -> int:
        return self.principal_fen + self.interest_fen


_NEVER_REPAID = Words(
    "按新利率，原还款额不足以支付利息，本金永远还不清。",
    "At this rate the payment no longer covers the interest: the loan would never be repaid.",
)


def running_schedule(terms: LoanTerms, changes: Sequence[Change] = ()) -> tuple[RunningRow, ...]:
    """The payments of a loan with what happened to it.

    Raises:
        InvalidInput: a change lies outside the loan, or prepays more than is outstanding, or leaves a payment that
            never repays it.
    """
    ordered = sorted(changes, key=lambda change: change.on)
    end = periods_of(terms)[-1].due
    longest = terms
    for change in ordered:
        _check(change, terms.start, end)
        if isinstance(change, Extension):
            longest = _extended(longest, change.months)
            end = periods_of(longest)[-1].due
    periods = periods_of(longest)
    first = repayment_schedule(terms).instalments
    level = first[terms.grace_principal].payment_fen
    loan = _Loan(terms, terms.principal_fen, terms.rate_ppm, level, terms.payments)
    place = 0
    while loan.balance and place < loan.payments:
        period = periods[place]
        mine = [change for change in ordered if period.start <= change.on < period.due]
        loan.run_period(place + 1, periods[place:], mine)
        place += 1
    return tuple(loan.rows)


def end_of(terms: LoanTerms, changes: Sequence[Change]) -> date:
    """The day the last payment is due, with every extension."""
    for change in changes:
        if isinstance(change, Extension):
            terms = _extended(terms, change.months)
    return periods_of(terms)[-1].due


def _extended(terms: LoanTerms, months: int) -> LoanTerms:
    if terms.dues:
        words = Words("按约定还款日的贷款不能展期。", "A loan with dates of its own cannot be extended.")
        raise InvalidInput({"months": [words]})
    return replace(terms, term_months=terms.term_months + months)


def accrued_interest(terms: LoanTerms, changes: Sequence[Change], on: date) -> tuple[int, int]:
    """Principal outstanding on a day and the interest accrued since the last due date, if everything due was paid."""
    start, balance, rate = terms.start, terms.principal_fen, terms.rate_ppm
    for row in running_schedule(terms, changes):
        if row.due <= on:
            start, balance = row.due, row.balance_fen
    for change in sorted(changes, key=lambda change: change.on):
        if isinstance(change, RateChange) and change.on <= start:
            rate = change.rate_ppm
    accrued, cursor = Fraction(0), start
    for change in sorted(changes, key=lambda change: change.on):
        if isinstance(change, RateChange) and start < change.on < on:
            accrued += _interest(balance, rate, terms.day_count, cursor, change.on)
            cursor, rate = change.on, change.rate_ppm
    accrued += _interest(balance, rate, terms.day_count, cursor, on)
    return balance, terms.rounding.whole(accrued.numerator, accrued.denominator)


@dataclass(slots=True)
class _Loan:
    """The loan as it runs, period by period."""

    terms: LoanTerms
    balance: int
    rate: int
    level: int
    payments: int
    keeps_payment: bool = False
    deferred: int = 0
    rows: list[RunningRow] = field(default_factory=list)
    part: int = 0

    def __post_init__(self) -> None:
        self.part = equal_part(self.terms)

    def run_period(self, number: int, periods: Sequence[Period], changes: Sequence[Change]) -> None:
        period = periods[0]
        accrued, used, anew = Fraction(0), Fraction(0), False
        for change in changes:
            share = _share(period, self.terms.day_count, change.on)
            accrued += self.balance * Fraction(self.rate, PPM) * (share - used)
            used = share
            if isinstance(change, RateChange):
                self.rate, anew = change.rate_ppm, True
            elif isinstance(change, Extension):
                self._extend(change.months)
                anew = True
            else:
                self._prepay(number, change, accrued)
                accrued, anew = Fraction(0), anew or not self.keeps_payment
            if self.balance == 0:
                return
        whole = Fraction(period.numerator, period.denominator)
        accrued += self.balance * Fraction(self.rate, PPM) * (whole - used)
        ahead = periods[: self.payments - number + 1]
        if anew and not self.keeps_payment:
            self._set_anew(number, ahead, accrued)
        self._pay(number, ahead, accrued)

    def _extend(self, months: int) -> None:
        self.terms = _extended(self.terms, months)
        self.payments = self.terms.payments

    def _prepay(self, number: int, change: Prepayment, accrued: Fraction) -> None:
        if change.principal_fen > self.balance:
            words = Words("提前还款不能超过剩余本金。", "A prepayment cannot exceed what is outstanding.")
            raise InvalidInput({"principal_fen": [words]})
        interest = self.terms.rounding.whole(accrued.numerator, accrued.denominator) + self.deferred
        self.deferred = 0
        self.balance -= change.principal_fen
        self.keeps_payment = change.keep is Keep.PAYMENT
        self.rows.append(
            RunningRow(
                number - 1, RowKind.PREPAYMENT, change.on, change.principal_fen, interest, self.balance
            )
        )

    def _set_anew(self, number: int, ahead: Sequence[Period], accrued: Fraction) -> None:
        grace = max(self.terms.grace_principal - number + 1, 0)
        worth = Fraction(0)
        for period in reversed(ahead[max(grace, 1) :]):
            worth = _rounded(
                (1 + worth) / (1 + Fraction(self.rate * period.numerator, PPM * period.denominator))
            )
        level = (self.balance + accrued) / (1 + worth) if grace == 0 else self.balance / worth
        self.level = self.terms.rounding.payment(level.numerator, level.denominator)
        if self.terms.method is RepaymentMethod.EQUAL_PRINCIPAL:
            self.part = self.terms.rounding.payment(self.balance, len(ahead) - grace)

    def _pay(self, number: int, ahead: Sequence[Period], accrued: Fraction) -> None:
        interest = self.terms.rounding.whole(accrued.numerator, accrued.denominator)
        level_method = self.terms.method is RepaymentMethod.EQUAL_INSTALMENT
        if level_method and self.keeps_payment and self.level <= interest:
            raise InvalidInput({"rate_ppm": [_NEVER_REPAID]}, _NEVER_REPAID, "never_amortises")
        wanted = self.level - interest if level_method else self.part
        principal = min(max(wanted, 0), self.balance) if number > self.terms.grace_principal else 0
        if len(ahead) == 1:
            principal = self.balance
        if number <= self.terms.grace_interest:
            self.deferred, interest = self.deferred + interest, 0
        else:
            self.deferred, interest = 0, self.deferred + interest
        self.balance -= principal
        self.rows.append(
            RunningRow(number, RowKind.INSTALMENT, ahead[0].due, principal, interest, self.balance)
        )


def _rounded(value: Fraction) -> Fraction:
    """Forty digits are enough, and keep long loans quick."""
    scale = 10**40
    return Fraction(value.numerator * scale // value.denominator, scale)


def _share(period: Period, day_count: DayCount, on: date) -> Fraction:
    """The part of a year from the start of a period to a day within it."""
    if day_count is DayCount.THIRTY_360:
        days = min(max(days_360(period.start, on), 0), period.numerator)
        return Fraction(days, period.denominator)
    return Fraction(*year_fraction(day_count, period.start, on, months=0))


def _interest(balance: int, rate: int, day_count: DayCount, start: date, end: date) -> Fraction:
    if day_count is DayCount.THIRTY_360:
        share = Fraction(max(days_360(start, end), 0), 360)
    else:
        share = Fraction(*year_fraction(day_count, start, end, months=0))
    return balance * Fraction(rate, PPM) * share


def _check(change: Change, start: date, end: date) -> None:
    problems: dict[str, list[Words]] = {}
    if not start <= change.on < end:
        words = Words(
            "日期应自 {start} 起、在 {end} 之前。", "The date must lie from {start} to before {end}."
        )
        problems["on"] = [words.fill(start=start.isoformat(), end=end.isoformat())]
    if isinstance(change, Prepayment) and not 0 < change.principal_fen <= MAX_FEN:
        problems["principal_fen"] = [Words("还款金额应大于 0。", "The amount must be above 0.")]
    if isinstance(change, Extension) and not 1 <= change.months <= MAX_TERM_MONTHS:
        problems["months"] = [Words("展期月数超出范围。", "The number of months is out of range.")]
    if isinstance(change, RateChange) and not 0 <= change.rate_ppm <= MAX_RATE_PPM:
        problems["rate_ppm"] = [Words("年利率应在 0 至 100% 之间。", "A rate lies between 0 and 100%.")]
    if problems:
        raise InvalidInput(problems)
