"""Revolving credit (随借随还): interest day by day on what is really outstanding, settled on fixed days.

A movement on a day counts from that night on: money drawn and repaid on the same day bears no interest. Interest of
a settlement period is added up exactly over its days and rounded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, MAX_RATE_PPM, PPM
from creditbridge.kernel.words import Words
from lenders.pricing.running import RateChange
from lenders.pricing.schedule import USUAL_ROUNDING, DayCount, Rounding, days_360, year_fraction


@dataclass(frozen=True, slots=True)
class Movement:
    """Money drawn (above nought) or principal repaid (below nought) on a day."""

    on: date
    fen: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Interest of the days since the last settlement, due on a day, and what is outstanding then."""

    due: date
    interest_fen: int
    balance_fen: int


def settlements(
    movements: Sequence[Movement],
    rates: Sequence[RateChange],
    dues: Sequence[date],
    *,
    limit_fen: int,
    day_count: DayCount = DayCount.ACT_360,
    rounding: Rounding = USUAL_ROUNDING,
) -> tuple[Settlement, ...]:
    """The interest due on each settlement day. The first rate must hold from the first movement on.

    Raises:
        InvalidInput: a movement of nought, a balance below nought or above the limit, a day past the last due, rates
            that leave days without one, or due days out of order.
    """
    moves = sorted(movements, key=lambda move: move.on)
    _check(moves, rates, dues, limit_fen)
    days = sorted({row.on for row in moves} | {row.on for row in rates if row.on > moves[0].on} | {*dues})
    found: list[Settlement] = []
    accrued = Fraction(0)
    for day, following in pairwise([moves[0].on, *days]):
        rate = max((row for row in rates if row.on <= day), key=lambda row: row.on).rate_ppm
        balance = sum(move.fen for move in moves if move.on <= day)
        accrued += balance * Fraction(rate, PPM) * _share(day_count, day, following)
        if following in dues:
            after = sum(move.fen for move in moves if move.on <= following)
            found.append(Settlement(following, rounding.whole(accrued.numerator, accrued.denominator), after))
            accrued = Fraction(0)
    return tuple(found)


def _share(day_count: DayCount, start: date, end: date) -> Fraction:
    if day_count is DayCount.THIRTY_360:
        return Fraction(max(days_360(start, end), 0), 360)
    return Fraction(*year_fraction(day_count, start, end, months=0))


def _check(
    moves: Sequence[Movement], rates: Sequence[RateChange], dues: Sequence[date], limit_fen: int
) -> None:
    problems: dict[str, list[Words]] = {}
    if not moves or any(move.fen == 0 or abs(move.fen) > MAX_FEN for move in moves):
        problems["movements"] = [Words("金额不能为 0 或过大。", "An amount cannot be nought or too large.")]
    elif not dues or list(dues) != sorted(set(dues)) or moves[0].on >= dues[0] or moves[-1].on > dues[-1]:
        words = Words(
            "结息日应依次递增，提款和还款不能晚于最后一个结息日。",
            "Settlement days follow each other, and no movement lies past the last.",
        )
        problems["dues"] = [words]
    elif any(not 0 <= rate.rate_ppm <= MAX_RATE_PPM for rate in rates) or not any(
        rate.on <= moves[0].on for rate in rates
    ):
        problems["rates"] = [
            Words("首次提款时应有利率。", "There must be a rate from the first movement on.")
        ]
    else:
        balance = 0
        for day in sorted({move.on for move in moves}):
            balance += sum(move.fen for move in moves if move.on == day)
            if not 0 <= balance <= limit_fen:
                problems["movements"] = [
                    Words("余额不能为负，也不能超过额度。", "The balance stays between nought and the limit.")
                ]
    if problems:
        raise InvalidInput(problems)
