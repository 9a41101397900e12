"""Two scorecards over the whole city: who moves up, who down, by how much, by size and division."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.scoring.columns import FirmColumns
from creditbridge.scoring.scorecards import GRADES
from creditbridge.scoring.scores import Scores

STEPS = (-100, -50, -20, 0, 1, 20, 50, 100)
"""Edges of the changes of score that are counted apart; from 0 to below 1 nothing changed."""


@dataclass(frozen=True, slots=True)
class Movement:
    """How some firms move: by grade and by score. ``total_change`` is the sum of their changes of score."""

    firms: int
    up: int
    down: int
    higher: int
    lower: int
    total_change: int

    @property
    def mean_tenths(self) -> int:
        """The mean change of score in tenths, rounded towards nought."""
        return int(10 * self.total_change / self.firms) if self.firms else 0

    def as_json(self) -> list[int]:
        return [self.firms, self.up, self.down, self.higher, self.lower, self.total_change]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``grades[old][new]`` counts firms; ``steps`` counts them by change of score; ``by_*`` go by code (0: unknown)."""

    whole: Movement
    grades: tuple[tuple[int, ...], ...]
    steps: tuple[int, ...]
    by_size: Mapping[int, Movement]
    by_division: Mapping[int, Movement]

    def as_json(self) -> dict[str, Any]:
        return {
            "whole": self.whole.as_json(),
            "grades": [list(row) for row in self.grades],
            "steps": list(self.steps),
            "by_size": {str(code): one.as_json() for code, one in self.by_size.items()},
            "by_division": {str(code): one.as_json() for code, one in self.by_division.items()},
        }

    @classmethod
    def from_json(cls, stated: Mapping[str, Any]) -> Comparison:
        return cls(
            Movement(*stated["whole"]),
            tuple(tuple(row) for row in stated["grades"]),
            tuple(stated["steps"]),
            {int(code): Movement(*row) for code, row in stated["by_size"].items()},
            {int(code): Movement(*row) for code, row in stated["by_division"].items()},
        )

    def plus(self, other: Comparison) -> Comparison:
        """Of two parts of the city together."""
        return Comparison(
            _sum(self.whole, other.whole),
            tuple(
                tuple(a + b for a, b in zip(mine, theirs, strict=True))
                for mine, theirs in zip(self.grades, other.grades, strict=True)
            ),
            tuple(a + b for a, b in zip(self.steps, other.steps, strict=True)),
            _merged(self.by_size, other.by_size),
            _merged(self.by_division, other.by_division),
        )


def nothing() -> Comparison:
    """Of no firms."""
    return Comparison(
        Movement(0, 0, 0, 0, 0, 0), ((0,) * len(GRADES),) * len(GRADES), (0,) * (len(STEPS) + 1), {}, {}
    )


def compare(champion: Scores, challenger: Scores, firms: FirmColumns) -> Comparison:
    """The challenger beside the champion for the same firms on the same day.

    Raises:
        ValueError: if they are of different firms or days.
    """
    if champion.on != challenger.on or not np.array_equal(champion.firm_no, challenger.firm_no):
        raise ValueError("the scores are of different firms or days")
    change = challenger.score.astype(np.int64) - champion.score
    ranks = champion.grade.astype(np.int64) - challenger.grade
    grades = np.zeros((len(GRADES), len(GRADES)), dtype=np.int64)
    np.add.at(grades, (champion.grade, challenger.grade), 1)
    steps = np.bincount(np.searchsorted(STEPS, change, side="right"), minlength=len(STEPS) + 1)
    everyone = np.ones(len(change), dtype=np.bool_)
    return Comparison(
        _movement(change, ranks, everyone),
        tuple(tuple(int(count) for count in row) for row in grades),
        tuple(int(count) for count in steps),
        dict(_movements(firms.size, change, ranks)),
        dict(_movements(firms.division, change, ranks)),
    )


def _movements(
    codes: NDArray[Any], change: NDArray[np.int64], ranks: NDArray[np.int64]
) -> Iterator[tuple[int, Movement]]:
    for code in np.unique(codes):
        yield int(code), _movement(change, ranks, codes == code)


def _movement(change: NDArray[np.int64], ranks: NDArray[np.int64], which: NDArray[np.bool_]) -> Movement:
    change, ranks = change[which], ranks[which]
    return Movement(
        len(change),
        int(np.sum(ranks > 0)),
        int(np.sum(ranks < 0)),
        int(np.sum(change > 0)),
        int(np.sum(change < 0)),
        int(np.sum(change)),
    )


def _sum(one: Movement, other: Movement) -> Movement:
    return Movement(*(a + b for a, b in zip(one.as_json(), other.as_json(), strict=True)))


def _merged(one: Mapping[int, Movement], other: Mapping[int, Movement]) -> dict[int, Movement]:
    none = Movement(0, 0, 0, 0, 0, 0)
    return {code: _sum(one.get(code, none), other.get(code, none)) for code in sorted({*one, *other})}
