"""The true yearly cost of a loan 年化综合融资成本: interest and every fee the firm bears, on the money it really gets.

The monthly internal rate of return is the rate at which what the firm pays, month by month, is worth what it received
on the first day (the loan less what is taken from it at once). From it come two yearly figures:

* **nominal**: monthly rate x 12 (单利). This is the APR shown and ranked by. Chinese contract rates and LPR are simple
  yearly rates, so that a loan of monthly payments without fees costs exactly its contract rate, and a difference
  between the two is what fees add.
* **effective**: (1 + monthly rate)^12 - 1 (复利), shown beside it.

People's Bank of China announcement 〔2021〕 No. 3 lets a lender state either, over all costs directly tied to the loan,
and asks that a simple rate be called one: pages say 单利 beside the APR.

Payments are timed in whole months from the first day. A rate that is not published has no APR
(:data:`~lenders.pricing.rates.UNPUBLISHED`), and a range counts by its upper end, the only rate a firm can rely on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import floor

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import PPM, PPM_PER_BASIS_POINT, divide_half_up, format_rate
from creditbridge.kernel.words import Words
from lenders.pricing.fees import (
    FeeLine,
    FeePayer,
    Subsidy,
    SubsidyKind,
    fee_by_month,
    interest_by_month,
    subsidised_kind,
    subsidy_by_month,
)
from lenders.pricing.rates import UNPUBLISHED, RateStructure
from lenders.pricing.schedule import LoanTerms, Schedule, repayment_schedule

_FEES_TOO_HIGH = Words(
    "放款时收取的费用不能达到或超过贷款金额。",
    "The fees taken when the loan is paid out cannot reach the amount of the loan.",
)


@dataclass(frozen=True, slots=True)
class TrueCost:
    """What a loan costs the firm.

    Attributes:
        schedule: the payments to the lender without fees.
        received_fen: what the firm has in hand on the first day.
        interest_fen: all interest.
        fees: each fee the firm pays, with its sum over the loan in fen.
        subsidies: each subsidy, with its sum over the loan in fen.
        monthly_rate: the internal rate of return a month.
    """

    schedule: Schedule
    received_fen: int
    interest_fen: int
    fees: tuple[tuple[FeeLine, int], ...]
    subsidies: tuple[tuple[Subsidy, int], ...]
    monthly_rate: float

    @property
    def total_fen(self) -> int:
        """Interest and fees less subsidies."""
        return self.interest_fen + sum(fen for _, fen in self.fees) - sum(fen for _, fen in self.subsidies)

    @property
    def nominal_ppm(self) -> int:
        """The APR: monthly rate x 12, in ppm, half up."""
        return floor(self.monthly_rate * 12 * PPM + 0.5)

    @property
    def effective_ppm(self) -> int:
        """With compound interest, in ppm, half up."""
        growth = 1.0
        for _ in range(12):
            growth *= 1 + self.monthly_rate
        return floor((growth - 1) * PPM + 0.5)

    @property
    def apr_ppm(self) -> int:
        """The APR as it is shown and kept: to the basis point."""
        return _to_basis_point(self.nominal_ppm)

    @property
    def effective_apr_ppm(self) -> int:
        """The same with compound interest."""
        return _to_basis_point(self.effective_ppm)


def _to_basis_point(ppm: int) -> int:
    return divide_half_up(ppm, PPM_PER_BASIS_POINT) * PPM_PER_BASIS_POINT


@dataclass(frozen=True, slots=True)
class ProductCost:
    """A product's true cost at the lowest and the highest rate it publishes; None for an end it does not."""

    low: TrueCost | None
    high: TrueCost | None

    @property
    def apr_ppm(self) -> int | None:
        """What the product is ranked by: the upper end, or None where a firm cannot rely on any rate."""
        return self.high.apr_ppm if self.high else None

    def describe(self) -> Words:
        """``4.12%``, ``3.85%–4.12%``, or that the bank decides where the upper end is not published."""
        if self.high is None:
            return UNPUBLISHED
        high = format_rate(self.high.apr_ppm)
        if self.low is None:
            return Words("不超过 {high}", "up to {high}").fill(high=high)
        low = format_rate(self.low.apr_ppm)
        return Words(high, high) if low == high else Words(f"{low}–{high}", f"{low}–{high}")


def monthly_irr(received: int, payments: Sequence[int]) -> float:
    """The monthly rate at which payments (none negative, the first after one month) are worth what was received.

    The present value is a polynomial in v = 1 / (1 + rate) without negative coefficients: it rises and is convex, so
    Newton's steps from v = 1 fall onto its only root and cannot miss it.

    Raises:
        ValueError: if nothing was received, or less is paid back than was received.
    """
    if received <= 0 or sum(payments) < received:
        raise ValueError("a cost needs an amount received, and at least that amount paid back")
    v = 1.0
    while True:
        worth = slope = 0.0
        for payment in reversed(payments):
            slope = slope * v + worth
            worth = worth * v + payment
        lower = v - (worth * v - received) / (worth + slope * v)
        if lower >= v:
            return 1 / v - 1
        v = lower


def true_cost(terms: LoanTerms, fees: Sequence[FeeLine] = (), subsidies: Sequence[Subsidy] = ()) -> TrueCost:
    """What a loan of these terms costs the firm.

    Raises:
        InvalidInput: if the fees taken on the first day reach the amount lent.
    """
    schedule = repayment_schedule(terms)
    paid = [(line, fee_by_month(line, schedule)) for line in fees if line.payer is FeePayer.FIRM]
    costs = {kind: [0] * (terms.term_months + 1) for kind in SubsidyKind}
    costs[SubsidyKind.INTEREST] = interest_by_month(schedule)
    for line, charges in paid:
        kind = subsidised_kind(line.kind)
        costs[kind] = _added(costs[kind], charges)
    left = {kind: list(cost) for kind, cost in costs.items()}
    given: list[tuple[Subsidy, int]] = []
    for subsidy in subsidies:
        back = subsidy_by_month(subsidy, costs[subsidy.kind], left[subsidy.kind], terms.rate_ppm)
        left[subsidy.kind] = [rest - part for rest, part in zip(left[subsidy.kind], back, strict=True)]
        given.append((subsidy, sum(back)))
    outlay = _added(*left.values())
    for row in schedule.instalments:
        outlay[row.month] += row.principal_fen
    received = terms.principal_fen - outlay[0]
    if received <= 0:
        raise InvalidInput({"fees": [_FEES_TOO_HIGH]})
    return TrueCost(
        schedule=schedule,
        received_fen=received,
        interest_fen=schedule.interest_fen,
        fees=tuple((line, sum(charges)) for line, charges in paid),
        subsidies=tuple(given),
        monthly_rate=monthly_irr(received, outlay[1:]),
    )


def _added(*series: Sequence[int]) -> list[int]:
    return [sum(values) for values in zip(*series, strict=True)]


def product_cost(
    rate: RateStructure,
    on: date,
    terms: LoanTerms,
    fees: Sequence[FeeLine] = (),
    subsidies: Sequence[Subsidy] = (),
) -> ProductCost:
    """The true cost of a product on a date, for a loan of these terms (whose own rate is not looked at)."""
    bounds = rate.bounds(on)
    high = (
        None
        if bounds.high_ppm is None
        else true_cost(replace(terms, rate_ppm=bounds.high_ppm), fees, subsidies)
    )
    if bounds.low_ppm == bounds.high_ppm:
        return ProductCost(high, high)
    low = (
        None
        if bounds.low_ppm is None
        else true_cost(replace(terms, rate_ppm=bounds.low_ppm), fees, subsidies)
    )
    return ProductCost(low, high)
