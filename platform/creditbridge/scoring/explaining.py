"""Why a firm has its score: each indicator's value, points and share, the records behind it, and what would raise it.

Pure. Every figure here can be worked out by hand from the others: points come from the bins, the score from
``10 × Σ(weight × points) ÷ Σ weight``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from creditbridge.records.catalogue import items as credit_items
from creditbridge.records.columns import NO_VALUE, RecordColumns, day_number
from creditbridge.scoring.columns import IndicatorTable
from creditbridge.scoring.indicators import (
    Bins,
    Category,
    Indicator,
    IndicatorCatalogue,
    catalogue,
)
from creditbridge.scoring.language import By, Expression, Filter, Measure, Status, measures_of
from creditbridge.scoring.program import Items, chosen_items
from creditbridge.scoring.scorecards import Cap, Scorecard
from creditbridge.scoring.scores import NO_CAP, NOT_COUNTED, Scores
from creditbridge.scoring.windows import bounds

TENTHS = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator of one firm. ``share_tenths`` is what it brings to the score, in tenths, rounded down.

    ``lost_tenths`` is what it would bring besides with full points. ``better_from`` and ``better_to`` bound the
    values of the next better bin (None: open), ``gain`` is the score it would give; nought where none is better.
    """

    indicator: Indicator
    value: int | None
    bins: Bins
    points: int
    weight: int
    share_tenths: int
    lost_tenths: int
    better_from: int | None
    better_to: int | None
    gain: int


@dataclass(frozen=True, slots=True)
class CategorySum:
    category: Category
    earned: int
    weight: int

    @property
    def points(self) -> int:
        """Of 100, rounded down."""
        return self.earned // self.weight if self.weight else 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """All of it for one firm. ``left_out`` are indicators that would count but for an unknown value."""

    score: int
    uncapped: int
    cap: Cap | None
    grade: str
    type: int
    level: int
    earned: int
    weight: int
    lines: tuple[Line, ...]
    left_out: tuple[Indicator, ...]
    categories: tuple[CategorySum, ...]

    def weighs_most(self, most: int = 5) -> tuple[Line, ...]:
        """The indicators that take most from a full score, the heaviest first."""
        lost = [line for line in self.lines if line.lost_tenths]
        return tuple(sorted(lost, key=lambda line: (-line.lost_tenths, line.indicator.code))[:most])

    def could_raise(self, most: int = 5) -> tuple[Line, ...]:
        """What the firm can do something about and would raise its score by the next bin, the most first."""
        lines = [line for line in self.lines if line.gain > 0 and line.indicator.advice]
        return tuple(sorted(lines, key=lambda line: (-line.gain, line.indicator.code))[:most])


def explain(
    table: IndicatorTable,
    scores: Scores,
    row: int,
    card: Scorecard,
    known: IndicatorCatalogue | None = None,
) -> Explanation:
    """One firm's score, taken apart."""
    against = known or catalogue()
    weight = int(scores.weight[row])
    earned = 0
    counted: list[tuple[Indicator, int, int]] = []
    left_out: list[Indicator] = []
    for position, code in enumerate(table.codes):
        share, points = card.weights.get(code, 0), int(scores.points[row, position])
        indicator = against.indicators[code]
        if share and points != NOT_COUNTED:
            counted.append((indicator, points, share))
            earned += points * share
        elif share and table.applies[row, table.parts.index(indicator.part)]:
            left_out.append(indicator)
    values = table.of_firm(row)
    total = _Sum(earned, weight)
    lines = tuple(
        total.line(indicator, values[indicator.code], card.bins_of(indicator.code, against), points, share)
        for indicator, points, share in counted
    )
    cap = int(scores.cap[row])
    return Explanation(
        int(scores.score[row]), int(scores.uncapped[row]), None if cap == NO_CAP else card.caps[cap],
        scores.grade_of(row), int(scores.type[row]), int(scores.level[row]), earned, weight,
        lines, tuple(left_out), _by_category(lines),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sum:
    """What a firm earned of what it could have."""

    earned: int
    weight: int

    def line(self, indicator: Indicator, value: int | None, bins: Bins, points: int, share: int) -> Line:
        better = _better_bin(bins, value, points)
        gain, low, high = 0, None, None
        if better is not None:
            low = bins.edges[better - 1] if better else None
            high = bins.edges[better] - 1 if better < len(bins.edges) else None
            after = self.earned + (bins.points[better] - points) * share
            gain = 10 * after // self.weight - 10 * self.earned // self.weight
        brings, lost = (
            10 * TENTHS * share * some // self.weight for some in (points, max(bins.points) - points)
        )
        return Line(indicator, value, bins, points, share, brings, lost, low, high, gain)


def _better_bin(bins: Bins, value: int | None, points: int) -> int | None:
    """The nearest bin with more points on the way to the better; for an unknown value the best one."""
    best = bins.points.index(max(bins.points))
    if value is None:
        return best if bins.points[best] > points else None
    here = bins.place(value)
    step = 1 if best > here else -1
    for place in range(here + step, best + step, step):
        if bins.points[place] > points:
            return place
    return None


def _by_category(lines: Sequence[Line]) -> tuple[CategorySum, ...]:
    return tuple(
        CategorySum(
            category,
            sum(line.points * line.weight for line in lines if line.indicator.category is category),
            sum(line.weight for line in lines if line.indicator.category is category),
        )
        for category in Category
    )


def records_behind(
    records: RecordColumns, expression: Expression, on: date, items: Items | None = None
) -> NDArray[np.int64]:
    """The places of one firm's records that an expression looks at on a day."""
    seen = np.zeros(len(records), dtype=np.bool_)
    for measure in measures_of(expression):
        seen |= _looked_at(records, measure, day_number(on), items or credit_items())
    return np.flatnonzero(seen).astype(np.int64)


def measures_in(expressions: Sequence[Expression]) -> tuple[Measure, ...]:
    """Every different measure of some expressions, in the order in which they are named."""
    return tuple(dict.fromkeys(one for expression in expressions for one in measures_of(expression)))


def _looked_at(records: RecordColumns, measure: Measure, on: int, items: Items) -> NDArray[np.bool_]:
    numbers = [item.number for item in chosen_items(measure.filter, items)]
    low, high = (int(edge[0]) for edge in bounds(measure.window, np.array([on])))
    ended = records.ends_on <= on
    by_end = measure.window.by is By.ENDED
    day = records.ends_on if by_end else records.occurred_on
    seen = np.isin(records.item, numbers) & (records.occurred_on <= on) & (day > low) & (day <= high)
    if by_end:
        seen &= ended
    return seen & _filtered(records, measure.filter, ended)


def _filtered(records: RecordColumns, chosen: Filter, ended: NDArray[np.bool_]) -> NDArray[np.bool_]:
    seen = np.ones(len(records), dtype=np.bool_)
    if chosen.severities:
        seen &= np.isin(records.severity, [severity.number for severity in chosen.severities])
    if chosen.status is not Status.ANY:
        seen &= ended if chosen.status is Status.ENDED else ~ended
    if chosen.at_least is not None or chosen.at_most is not None:
        seen &= records.value != NO_VALUE
    if chosen.at_least is not None:
        seen &= records.value >= chosen.at_least
    if chosen.at_most is not None:
        seen &= records.value <= chosen.at_most
    return seen
