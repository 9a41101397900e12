"""What a loan costs besides interest, who pays it and when, and what the government gives back.

A fee is a sum in fen or a rate in ppm:

* **upfront**: once, when the loan is paid out; a rate is of the amount lent;
* **annual**: at the beginning of each loan year; a rate is yearly, of the balance then outstanding, and a last year
  that is shorter counts by its months; a sum is due in full for each year begun;
* **monthly**: at the end of each month; a rate is yearly, a twelfth of it each month on the balance outstanding.

Only fees the firm pays enter its true cost. Subsidies are set against the cost they belong to, in the month it falls
due and never beyond it (they usually arrive later, which a page should say).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import (
    MAX_FEN,
    MAX_RATE_PPM,
    PPM,
    amount_words,
    apply_rate,
    divide_half_up,
    format_rate,
)
from creditbridge.kernel.words import Words
from lenders.pricing.schedule import Schedule


class FeeKind(StrEnum):
    GUARANTEE = "guarantee"
    INSURANCE = "insurance"
    VALUATION = "valuation"
    SERVICE = "service"


class FeePayer(StrEnum):
    FIRM = "firm"
    LENDER = "lender"
    GOVERNMENT = "government"


class FeeTiming(StrEnum):
    UPFRONT = "upfront"
    MONTHLY = "monthly"
    ANNUAL = "annual"


class SubsidyKind(StrEnum):
    """What is subsidised: interest 贴息, fees other than insurance 贴费, or insurance premiums 保费补贴."""

    INTEREST = "interest"
    FEE = "fee"
    PREMIUM = "premium"


class SubsidyMeasure(StrEnum):
    """A share of the cost, or points off the yearly rate (interest only)."""

    SHARE = "share"
    POINTS = "points"


FEE_KIND_WORDS = {
    FeeKind.GUARANTEE: Words("担保费", "Guarantee fee"),
    FeeKind.INSURANCE: Words("保险费", "Insurance premium"),
    FeeKind.VALUATION: Words("评估费", "Valuation fee"),
    FeeKind.SERVICE: Words("服务费", "Service fee"),
}
FEE_PAYER_WORDS = {
    FeePayer.FIRM: Words("企业承担", "paid by the firm"),
    FeePayer.LENDER: Words("金融机构承担", "paid by the lender"),
    FeePayer.GOVERNMENT: Words("财政承担", "paid by the government"),
}
FEE_TIMING_WORDS = {
    FeeTiming.UPFRONT: Words("放款时一次性收取", "once, when the loan is paid out"),
    FeeTiming.MONTHLY: Words("按月收取", "monthly"),
    FeeTiming.ANNUAL: Words("按年收取", "yearly"),
}
SUBSIDY_KIND_WORDS = {
    SubsidyKind.INTEREST: Words("贴息", "Interest subsidy"),
    SubsidyKind.FEE: Words("费用补贴", "Fee subsidy"),
    SubsidyKind.PREMIUM: Words("保费补贴", "Premium subsidy"),
}

_LIMITS = Words("超出允许范围。", "Out of range.")


@dataclass(frozen=True, slots=True)
class FeeLine:
    """One fee; exactly one of ``rate_ppm`` and ``sum_fen`` is given.

    Raises:
        InvalidInput: if both or neither is given, or one is out of range.
    """

    kind: FeeKind
    payer: FeePayer
    when: FeeTiming
    rate_ppm: int | None = None
    sum_fen: int | None = None

    def __post_init__(self) -> None:
        if (self.rate_ppm is None) == (self.sum_fen is None):
            words = Words("费率和金额请填写其中一项。", "Enter either a rate or an amount.")
            raise InvalidInput({"rate_ppm": [words]})
        if self.rate_ppm is not None and not 0 <= self.rate_ppm <= MAX_RATE_PPM:
            raise InvalidInput({"rate_ppm": [_LIMITS]})
        if self.sum_fen is not None and not 0 <= self.sum_fen <= MAX_FEN:
            raise InvalidInput({"sum_fen": [_LIMITS]})

    def describe(self) -> Words:
        """``担保费 1.00%，按年收取，企业承担``."""
        cost = amount_words(self.sum_fen or 0)
        if self.rate_ppm is not None:
            cost = Words(format_rate(self.rate_ppm), format_rate(self.rate_ppm))
        return Words("{kind} {cost}，{when}，{payer}", "{kind} {cost}, {when}; {payer}").fill(
            kind=FEE_KIND_WORDS[self.kind],
            cost=cost,
            when=FEE_TIMING_WORDS[self.when],
            payer=FEE_PAYER_WORDS[self.payer],
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "payer": self.payer.value,
            "when": self.when.value,
            "rate_ppm": self.rate_ppm,
            "sum_fen": self.sum_fen,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> FeeLine:
        return cls(
            FeeKind(value["kind"]),
            FeePayer(value["payer"]),
            FeeTiming(value["when"]),
            value.get("rate_ppm"),
            value.get("sum_fen"),
        )


@dataclass(frozen=True, slots=True)
class Subsidy:
    """Part of a cost that comes back: ``ppm`` of it, or ppm a year off the rate; ``most_fen`` caps it over the loan.

    Raises:
        InvalidInput: if a number is out of range, or points are asked for anything but interest.
    """

    kind: SubsidyKind
    measure: SubsidyMeasure
    ppm: int
    most_fen: int | None = None

    def __post_init__(self) -> None:
        if self.measure is SubsidyMeasure.POINTS and self.kind is not SubsidyKind.INTEREST:
            words = Words(
                "只有贴息可以按利率点数填写。", "Only an interest subsidy can be given in rate points."
            )
            raise InvalidInput({"measure": [words]})
        if not 0 <= self.ppm <= PPM:
            raise InvalidInput({"ppm": [_LIMITS]})
        if self.most_fen is not None and not 0 <= self.most_fen <= MAX_FEN:
            raise InvalidInput({"most_fen": [_LIMITS]})

    def describe(self) -> Words:
        """``保费补贴 70.00%，最高 5 万元``; points read ``贴息 1.00 个百分点``."""
        percent = format_rate(self.ppm)
        how_much = Words(percent, f"{percent} of it")
        if self.measure is SubsidyMeasure.POINTS:
            points = percent.removesuffix("%")
            how_much = Words(f"{points} 个百分点", f"{points} percentage points")
        kind = SUBSIDY_KIND_WORDS[self.kind]
        if self.most_fen is None:
            return Words("{kind} {how_much}", "{kind} {how_much}").fill(kind=kind, how_much=how_much)
        return Words("{kind} {how_much}，最高 {most}", "{kind} {how_much}, up to {most}").fill(
            kind=kind, how_much=how_much, most=amount_words(self.most_fen)
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind.value,
            "measure": self.measure.value,
            "ppm": self.ppm,
            "most_fen": self.most_fen,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Subsidy:
        return cls(
            SubsidyKind(value["kind"]), SubsidyMeasure(value["measure"]), value["ppm"], value.get("most_fen")
        )


def monthly_balances(schedule: Schedule) -> list[int]:
    """What is outstanding at the beginning of each month of the loan, in fen."""
    balances = [schedule.terms.principal_fen] * schedule.terms.term_months
    for row in schedule.instalments:
        balances[row.month :] = [row.balance_fen] * (len(balances) - row.month)
    return balances


def fee_by_month(line: FeeLine, schedule: Schedule) -> list[int]:
    """A fee's charges in fen, whoever pays: at index 0 when the loan is paid out, at index m at the end of month m."""
    term, balances = schedule.terms.term_months, monthly_balances(schedule)
    charges = [0] * (term + 1)
    if line.when is FeeTiming.UPFRONT:
        charges[0] = _charge(line, schedule.terms.principal_fen)
    elif line.when is FeeTiming.MONTHLY:
        charges[1:] = [_charge(line, balance, months=1) for balance in balances]
    else:
        for month in range(0, term, 12):
            charges[month] = _charge(line, balances[month], months=min(12, term - month))
    return charges


def _charge(line: FeeLine, base: int, months: int = 12) -> int:
    if line.rate_ppm is None:
        return line.sum_fen or 0
    if months == 12:
        return apply_rate(base, line.rate_ppm)
    return divide_half_up(base * line.rate_ppm * months, 12 * PPM)


def interest_by_month(schedule: Schedule) -> list[int]:
    """Interest in fen at the end of each month, indexed as :func:`fee_by_month`."""
    interest = [0] * (schedule.terms.term_months + 1)
    for row in schedule.instalments:
        interest[row.month] += row.interest_fen
    return interest


def subsidised_kind(kind: FeeKind) -> SubsidyKind:
    """Which kind of subsidy bears a fee."""
    return SubsidyKind.PREMIUM if kind is FeeKind.INSURANCE else SubsidyKind.FEE


def subsidy_by_month(subsidy: Subsidy, costs: Sequence[int], left: Sequence[int], rate_ppm: int) -> list[int]:
    """What a subsidy gives back each month.

    Args:
        subsidy: its share is of ``costs``.
        costs: the whole cost of its kind by month, in fen.
        left: what earlier subsidies left of it.
        rate_ppm: the loan's rate, of which points are a part.
    """
    part, whole = subsidy.ppm, PPM
    if subsidy.measure is SubsidyMeasure.POINTS:
        part, whole = min(subsidy.ppm, rate_ppm), max(rate_ppm, 1)
    given: list[int] = []
    most = subsidy.most_fen
    for cost, rest in zip(costs, left, strict=True):
        back = min(divide_half_up(cost * part, whole), rest)
        if most is not None:
            back = min(back, most - sum(given))
        given.append(back)
    return given
