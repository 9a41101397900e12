"""Hiding small cells of a table of several dimensions so that none can be worked out from what is shown. Pure.

The table is a list of counts and the sums that hold between them. Counts from 1 to below the threshold are hidden; then
others, smallest first, until each of these could be at least the threshold for all that a reader knows: the counts
shown, the sums, and that nothing hidden is nought. What a reader can know at most is found by linear programming.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from creditbridge.kernel.suppressing import THRESHOLD

Floats: TypeAlias = npt.NDArray[np.float64]

_FAR = 1_000.0
_SLACK = 1e-6
_TRIED = 12


@dataclass(frozen=True, slots=True)
class Total:
    """The cell ``total`` is the sum of the cells ``parts``."""

    total: int
    parts: tuple[int, ...]


def protect(values: Sequence[int], totals: Sequence[Total], threshold: int = THRESHOLD) -> frozenset[int]:
    """The places of the cells that must not be shown."""
    small = [place for place, value in enumerate(values) if 0 < value < threshold]
    hidden = set(small)
    while exposed := _exposed(values, totals, hidden, small, threshold):
        place = _next_to_hide(values, totals, hidden, exposed[0])
        if place is None:
            break
        hidden.add(place)
    return frozenset(hidden)


def most_of(
    values: Sequence[int], totals: Sequence[Total], hidden: Iterable[int], wanted: Sequence[int]
) -> list[float]:
    """The most that each of the wanted cells can be, told together, for one who knows what is shown."""
    from scipy.optimize import linprog  # takes a second to load, which pages do without

    columns = {place: number for number, place in enumerate(sorted(hidden))}
    goal = np.zeros(len(columns))
    goal[[columns[place] for place in wanted]] = -1.0
    rows, right = _equations(values, totals, columns)
    found = linprog(goal, A_eq=rows, b_eq=right, bounds=(1.0, _FAR + max(values, default=0)), method="highs")
    if found.x is None:
        raise ArithmeticError("the table contradicts its sums")
    return [float(found.x[columns[place]]) for place in wanted]


def _exposed(
    values: Sequence[int], totals: Sequence[Total], hidden: set[int], small: Sequence[int], threshold: int
) -> list[int]:
    """The small cells that cannot be as large as the threshold. Many are cleared by one question together."""
    left = list(small)
    while left:
        reached = most_of(values, totals, hidden, left)
        rest = [place for place, most in zip(left, reached, strict=True) if most < threshold - _SLACK]
        if len(rest) == len(left):
            break
        left = rest
    return [place for place in left if most_of(values, totals, hidden, [place])[0] < threshold - _SLACK]


def _equations(
    values: Sequence[int], totals: Sequence[Total], columns: dict[int, int]
) -> tuple[Floats, Floats]:
    """The sums with the shown counts put in: what is left speaks of hidden cells alone."""
    rows: list[Floats] = []
    right: list[float] = []
    for one in totals:
        signed = [(one.total, 1.0), *((part, -1.0) for part in one.parts)]
        if any(place in columns for place, _sign in signed):
            row = np.zeros(len(columns))
            for place, sign in signed:
                if place in columns:
                    row[columns[place]] += sign
            rows.append(row)
            right.append(-sum(sign * values[place] for place, sign in signed if place not in columns))
    return np.array(rows).reshape(len(rows), len(columns)), np.array(right)


def _next_to_hide(
    values: Sequence[int], totals: Sequence[Total], hidden: set[int], exposed: int
) -> int | None:
    """The smallest count shown that, once hidden, leaves the exposed cell more room; else the smallest nearby."""
    known = most_of(values, totals, hidden, [exposed])[0]
    near = _beside(values, totals, hidden, _connected(totals, hidden, exposed))
    for place in near[:_TRIED]:
        if most_of(values, totals, hidden | {place}, [exposed])[0] > known + _SLACK:
            return place
    return near[0] if near else None


def _beside(values: Sequence[int], totals: Sequence[Total], hidden: set[int], inside: set[int]) -> list[int]:
    """The counts shown in sums with these hidden cells, smallest first."""
    shown = {
        cell
        for one in totals
        if not inside.isdisjoint((one.total, *one.parts))
        for cell in (one.total, *one.parts)
        if cell not in hidden and values[cell] > 0
    }
    return sorted(shown, key=lambda cell: (values[cell], cell))


def _connected(totals: Sequence[Total], hidden: set[int], place: int) -> set[int]:
    """The hidden cells that hang together with one by the sums they stand in."""
    found, grown = {place}, True
    while grown:
        before = len(found)
        for one in totals:
            cells = hidden.intersection((one.total, *one.parts))
            if not found.isdisjoint(cells):
                found |= cells
        grown = len(found) > before
    return found
