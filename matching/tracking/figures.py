"""The figures of a set of grants and the rules by which they are made. Pure.

Shares of first-time borrowers are of grants; shares of unsecured and of inclusive lending are of the amount granted.
The weighted rate weighs each grant's rate by its amount. All are worked out from whole numbers that add up, so a
figure of several sets is the figure of their sums.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from creditbridge.kernel.money import PPM_PER_BASIS_POINT, divide_half_up, share
from matching.applications.clocks import SECONDS_A_DAY


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of a set of grants. Firms do not add up: one may stand in several sets.

    ``rate_weight`` is the sum of amount × rate, in fen × ppm.
    """

    firms: int = 0
    grants: int = 0
    amount_fen: int = 0
    disbursed_fen: int = 0
    balance_fen: int = 0
    new: int = 0
    increase: int = 0
    renewal: int = 0
    first_time: int = 0
    unsecured_fen: int = 0
    inclusive_fen: int = 0
    rate_weight: int = 0

    @property
    def weighted_rate_ppm(self) -> int | None:
        """The rate weighted by amount, to the basis point."""
        if not self.amount_fen:
            return None
        return divide_half_up(self.rate_weight, self.amount_fen * PPM_PER_BASIS_POINT) * PPM_PER_BASIS_POINT

    @property
    def average_fen(self) -> int | None:
        """Amount granted a firm."""
        return divide_half_up(self.amount_fen, self.firms) if self.firms else None

    @property
    def first_time_ppm(self) -> int | None:
        return share(self.first_time, self.grants)

    @property
    def unsecured_ppm(self) -> int | None:
        return share(self.unsecured_fen, self.amount_fen)

    @property
    def inclusive_ppm(self) -> int | None:
        return share(self.inclusive_fen, self.amount_fen)


ADDITIVE = (
    "grants",
    "amount_fen",
    "disbursed_fen",
    "balance_fen",
    "new",
    "increase",
    "renewal",
    "first_time",
    "unsecured_fen",
    "inclusive_fen",
    "rate_weight",
)
"""The figures that add up; a total is the sum of its rows in each of them."""


@dataclass(frozen=True, slots=True)
class FunnelCounts:
    """How many applications of a period came how far; each step counts those that ever reached it."""

    applied: int = 0
    accepted: int = 0
    offered: int = 0
    offer_accepted: int = 0
    granted: int = 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long first decisions took, by the applications' clock, and what is past its target now."""

    decided: int = 0
    median_days: float | None = None
    open: int = 0
    overdue: int = 0


def median_in_days(seconds: Sequence[int]) -> float | None:
    """The median of what first decisions took, in days of 24 hours with one decimal; None of none."""
    return round(median(seconds) / SECONDS_A_DAY, 1) if seconds else None
