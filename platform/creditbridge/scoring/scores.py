"""Indicators to points, score, grade and class: whole numbers, many firms at once.

    score = 10 × Σ(weight × points) ÷ Σ weight, rounded down, and no more than a cap that holds

over the indicators that count for the firm: those of the general part and of the specialised parts it belongs to,
without those whose value is not known and whose rule leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.scoring.columns import IndicatorTable
from creditbridge.scoring.indicators import Indicator, IndicatorCatalogue, catalogue
from creditbridge.scoring.scorecards import GRADES, MOST_SCORE, Condition, CreditType, Scorecard

NOT_COUNTED = 255
"""Points of an indicator that does not count for the firm."""
NO_CAP = 255


@dataclass(frozen=True, slots=True)
class Scores:
    """The outcome for each firm.

    Attributes:
        on: the day.
        firm_no: u4, the rows.
        score: i4, 0 to 1000; ``uncapped`` before any cap.
        cap: u1, the place of the cap that held in the scorecard; :data:`NO_CAP` for none.
        grade: u1, the place in :data:`GRADES`.
        type: u1, the place among the scorecard's types.
        level: u1, 1 to 5.
        codes: the indicators, columns of ``points``.
        points: u1 [firms, indicators], 0 to 100 or :data:`NOT_COUNTED`.
        weight: i8, the sum of the weights that count.
    """

    on: date
    firm_no: NDArray[np.uint32]
    score: NDArray[np.int32]
    uncapped: NDArray[np.int32]
    cap: NDArray[np.uint8]
    grade: NDArray[np.uint8]
    type: NDArray[np.uint8]
    level: NDArray[np.uint8]
    codes: tuple[str, ...]
    points: NDArray[np.uint8]
    weight: NDArray[np.int64]

    def __len__(self) -> int:
        return int(self.firm_no.shape[0])

    def grade_of(self, row: int) -> str:
        return GRADES[int(self.grade[row])]


def score(table: IndicatorTable, card: Scorecard, known: IndicatorCatalogue | None = None) -> Scores:
    """Every firm's points, score, grade and class under a scorecard."""
    against = known or catalogue()
    shape = (len(table), len(table.codes))
    points = np.full(shape, NOT_COUNTED, dtype=np.uint8, order="F")
    earned = np.zeros(len(table), dtype=np.int64)
    weight = np.zeros(len(table), dtype=np.int64)
    for position, code in enumerate(table.codes):
        share = card.weights.get(code, 0)
        if not share:
            continue
        counted, column = _points(table, position, against.indicators[code], card, against)
        points[:, position] = np.where(counted, column, NOT_COUNTED)
        earned += np.where(counted, column, 0) * share
        weight += counted * share
    uncapped = (10 * earned // np.maximum(weight, 1)).astype(np.int32)
    capped, cap = _capped(table, card, uncapped)
    kind, level = _classes(table, card, capped)
    edges = np.array(card.grades, dtype=np.int32)
    grade = np.sum(capped[:, None] < edges[None, :], axis=1).astype(np.uint8)
    return Scores(
        table.on, table.firm_no, capped, uncapped, cap, grade, kind, level, table.codes, points, weight
    )


def _points(
    table: IndicatorTable, position: int, indicator: Indicator, card: Scorecard, known: IndicatorCatalogue
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """For which firms an indicator counts, and its points."""
    bins = card.bins_of(indicator.code, known)
    worth = np.array(bins.points, dtype=np.int64)
    edges = np.array(bins.edges, dtype=np.int64)
    column = worth[np.searchsorted(edges, table.values[:, position], side="right")]
    is_known = table.known[:, position]
    when_missing = points_when_missing(indicator, card, known)
    counted = np.ones(len(table), dtype=np.bool_)
    if indicator.part in table.parts:
        counted &= table.applies[:, table.parts.index(indicator.part)]
    if when_missing is None:
        return counted & is_known, column
    return counted, np.where(is_known, column, when_missing)


def points_when_missing(indicator: Indicator, card: Scorecard, known: IndicatorCatalogue) -> int | None:
    """What an unknown value is worth under a scorecard's bins; None when its weight is left out."""
    return indicator.missing_points(card.bins_of(indicator.code, known))


def _capped(
    table: IndicatorTable, card: Scorecard, uncapped: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    lowest = np.full(len(table), MOST_SCORE, dtype=np.int32)
    which = np.full(len(table), NO_CAP, dtype=np.uint8)
    for place, cap in enumerate(card.caps):
        lower = _holds(table, cap.condition) & (lowest > cap.score)
        lowest[lower] = cap.score
        which[lower] = place
    which[uncapped <= lowest] = NO_CAP
    return np.minimum(uncapped, lowest), which


def _classes(
    table: IndicatorTable, card: Scorecard, scores: NDArray[np.int32]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    kind = np.full(len(table), len(card.types) - 1, dtype=np.uint8)
    level = _levels(card.types[-1], scores)
    for place in range(len(card.types) - 2, -1, -1):
        one = card.types[place]
        of_it: NDArray[Any] = np.zeros(len(table), dtype=np.bool_)
        for condition in one.any_of:
            of_it = of_it | _holds(table, condition)
        kind[of_it] = place
        level = np.where(of_it, _levels(one, scores), level)
    return kind, level


def _levels(one: CreditType, scores: NDArray[np.int32]) -> NDArray[np.uint8]:
    edges = np.array(one.levels, dtype=np.int32)
    below = np.sum(scores[:, None] < edges[None, :], axis=1)
    levels: NDArray[np.uint8] = (1 + below).astype(np.uint8)
    return levels


def _holds(table: IndicatorTable, condition: Condition) -> NDArray[np.bool_]:
    values, holds = table.column(condition.indicator)
    holds = holds.copy()
    if condition.at_least is not None:
        holds &= values >= condition.at_least
    if condition.at_most is not None:
        holds &= values <= condition.at_most
    return holds
