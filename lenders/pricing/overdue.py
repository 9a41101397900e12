"""What is owed: the order in which a payment is taken, and penalty interest on what was not paid in time.

Penalty interest (罚息) replaces the contract's rate from the due date: overdue principal bears the contract rate plus a
surcharge of 30% to 50% of it (PBOC 银发〔2003〕251号; the contract names the figure), day by day; overdue interest bears the
same rate (复利) where the contract says so. A payment within the days of grace counts as made in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, PPM
from creditbridge.kernel.words import Words
from lenders.pricing.schedule import USUAL_ROUNDING, DayCount, Rounding, year_fraction

MAX_GRACE_DAYS = 90


@dataclass(frozen=True, slots=True)
class PenaltyPolicy:
    """``surcharge_ppm`` is a share of the contract rate: 500 000 for a rate half as high again.

    Raises:
        InvalidInput: a number out of range.
    """

    surcharge_ppm: int = 500_000
    grace_days: int = 0
    compound: bool = True
    day_count: DayCount = DayCount.ACT_360
    rounding: Rounding = USUAL_ROUNDING

    def __post_init__(self) -> None:
        problems: dict[str, list[Words]] = {}
        if not 0 <= self.surcharge_ppm <= PPM:
            problems["surcharge_ppm"] = [Words("应在 0 至 100% 之间。", "Must lie between 0 and 100%.")]
        if not 0 <= self.grace_days <= MAX_GRACE_DAYS:
            words = Words("宽限期应在 0 至 {most} 天之间。", "The days of grace lie between 0 and {most}.")
            problems["grace_days"] = [words.fill(most=MAX_GRACE_DAYS)]
        if self.day_count is DayCount.THIRTY_360:
            problems["day_count"] = [Words("罚息按实际天数计算。", "Penalty interest counts actual days.")]
        if problems:
            raise InvalidInput(problems)

    def rate_ppm(self, contract_ppm: int) -> int:
        """The yearly rate of what is overdue."""
        return self.rounding.whole(contract_ppm * (PPM + self.surcharge_ppm), PPM)


class Part(StrEnum):
    """What a payment is made of."""

    PENALTY = "penalty"
    INTEREST = "interest"
    PRINCIPAL = "principal"


USUAL_ORDER = (Part.PENALTY, Part.INTEREST, Part.PRINCIPAL)
"""Costs before interest before principal (Civil Code, article 561)."""


@dataclass(frozen=True, slots=True)
class Owed:
    """Amounts by part, in fen; none is negative."""

    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0

    @property
    def total_fen(self) -> int:
        return self.penalty_fen + self.interest_fen + self.principal_fen

    def of(self, part: Part) -> int:
        amount: int = getattr(self, f"{part.value}_fen")
        return amount


def is_overdue(due: date, on: date, policy: PenaltyPolicy) -> bool:
    """Whether what was due is late on a day; the days of grace are not."""
    return (on - due).days > policy.grace_days


def penalty_interest(
    owed: Owed, rate_ppm: int, *, since: date, on: date, policy: PenaltyPolicy, due: date | None = None
) -> int:
    """Penalty interest on what is overdue from ``since`` to a day, in fen.

    ``due`` is when it fell due, where a payment in between moved ``since``; the days of grace run from there. Once
    they have passed, the penalty is for all days since the due date.
    """
    if on <= since or not is_overdue(due or since, on, policy):
        return 0
    base = owed.principal_fen + (owed.interest_fen if policy.compound else 0)
    share = Fraction(*year_fraction(policy.day_count, since, on, months=0))
    exact = base * Fraction(policy.rate_ppm(rate_ppm), PPM) * share
    return policy.rounding.whole(exact.numerator, exact.denominator)


def allocate(fen: int, owed: Owed, order: Sequence[Part] = USUAL_ORDER) -> Owed:
    """How a payment is taken: each part in its order, as far as it reaches.

    Raises:
        InvalidInput: nothing is paid, or more than is owed.
    """
    if not 0 < fen <= MAX_FEN:
        raise InvalidInput({"amount_fen": [Words("还款金额应大于 0。", "The amount must be above 0.")]})
    if fen > owed.total_fen:
        words = Words("还款金额超过应还总额。", "This is more than is owed.")
        raise InvalidInput({"amount_fen": [words]}, words, "more_than_owed")
    paid: dict[Part, int] = {}
    for part in order:
        paid[part] = min(fen, owed.of(part))
        fen -= paid[part]
    return Owed(paid[Part.PENALTY], paid[Part.INTEREST], paid[Part.PRINCIPAL])
