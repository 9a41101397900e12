"""Hiding small cells of a published table so that none can be worked out from its totals (domain 4.15). Pure.

First every count from 1 to below the threshold is hidden. What is left over when the published cells of a row are
taken from its total may still give a hidden one away: directly, by going round several rows and columns, or because
a count of firms is never below one. So further cells, totals among them, are hidden until every hidden cell could
just as well be another number. Nought is shown: it tells of nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

THRESHOLD = 5

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Suppressed:
    """What must not be shown. ``cells`` are by row and column; the totals' masks are by row, and by column."""

    cells: tuple[tuple[bool, ...], ...]
    row_totals: tuple[bool, ...]
    column_totals: tuple[bool, ...]
    total: bool


@dataclass(frozen=True, slots=True)
class SuppressedColumn:
    """The same of a table with one figure a row and its total at the foot."""

    cells: tuple[bool, ...]
    total: bool


def suppress(table: Sequence[Sequence[int]], threshold: int = THRESHOLD) -> Suppressed:
    """What to hide of a table of counts that is shown with the totals of its rows and columns.

    Raises:
        ValueError: the rows differ in length, or a count is negative.
    """
    if any(len(row) != len(table[0]) for row in table) or any(value < 0 for row in table for value in row):
        raise ValueError("a table of counts is a rectangle without negative numbers")
    if not table or not table[0]:
        return Suppressed(tuple(() for _ in table), tuple(False for _ in table), (), total=False)
    full = [[*row, sum(row)] for row in table]
    full.append([sum(column) for column in zip(*full, strict=True)])
    grid = _Grid(full, threshold)
    grid.protect()
    hidden = [[(r, c) in grid.hidden for c in range(len(full[0]))] for r in range(len(full))]
    return Suppressed(
        tuple(tuple(row[:-1]) for row in hidden[:-1]),
        tuple(row[-1] for row in hidden[:-1]),
        tuple(hidden[-1][:-1]),
        hidden[-1][-1],
    )


def suppress_column(
    counts: Sequence[int], threshold: int = THRESHOLD, *, sensitive: Sequence[bool] | None = None
) -> SuppressedColumn:
    """What to hide of counts that are shown with their sum.

    Args:
        counts: what is published and adds up, such as grants.
        threshold: what is below is hidden.
        sensitive: which rows are hidden to begin with, where another count than the one that adds up decides
            (firms, which may stand in several rows); by default those below the threshold.
    """
    small = sensitive if sensitive is not None else [0 < value < threshold for value in counts]
    hidden = {place for place, flag in enumerate(small) if flag}
    total_hidden = 0 < sum(counts) < threshold
    visible = sorted((value, place) for place, value in enumerate(counts) if place not in hidden and value)
    while hidden and not total_hidden and not _is_open([counts[place] for place in hidden], threshold):
        if not visible:
            total_hidden = True
            break
        hidden.add(visible.pop(0)[1])
    return SuppressedColumn(tuple(place in hidden for place in range(len(counts))), total_hidden)


def _is_open(values: Sequence[int], threshold: int) -> bool:
    """Whether one of several hidden counts, each at least 1, may be anything up to the threshold given their sum."""
    return len(values) > 1 and sum(values) - (len(values) - 1) >= threshold


class _Grid:
    """A table with its totals as one more row and column, and what of it is hidden.

    Each row and each column of interior cells less its total is nought. Hidden cells are edges between row and column
    nodes; a hidden cell can be another number just where it lies on a cycle along which one may be added and taken
    away in turn without any count falling below 1. A total counts the other way round: it falls when its cells fall.
    """

    def __init__(self, full: list[list[int]], threshold: int) -> None:
        self._full = full
        self._last = (len(full) - 1, len(full[0]) - 1)
        self._threshold = threshold
        self.hidden: set[Place] = {
            (r, c) for r, row in enumerate(full) for c, value in enumerate(row) if 0 < value < threshold
        }

    def protect(self) -> None:
        """Hide more until no hidden cell is given away."""
        while (given_away := self._given_away()) is not None:
            self.hidden.add(self._cheapest_beside(given_away))

    def _given_away(self) -> Place | None:
        """A hidden cell that can be worked out, first one that is alone in its row or column."""
        found = [place for place in sorted(self.hidden) if not self._can_move(place)]
        return next((place for place in found if self._lonely_lines(place)), found[0] if found else None)

    def _can_move(self, place: Place) -> bool:
        return self._cycle(place, up=True) or (self._may(place, up=False) and self._cycle(place, up=False))

    def _cycle(self, start: Place, *, up: bool) -> bool:
        """Whether a cycle through ``start`` moves it up (or down), signs alternating, back to its row."""
        if not self._may(start, up=up):
            return False
        seen: set[tuple[str, int]] = set()
        waiting = [("column", start[1])]
        while waiting:
            kind, index = node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if node == ("row", start[0]):
                return True
            along = up if kind == "row" else not up
            waiting += [
                self._other_end(each, kind)
                for each in self._edges(kind, index, start)
                if self._may(each, up=along)
            ]
        return False

    def _edges(self, kind: str, index: int, without: Place) -> list[Place]:
        at = 0 if kind == "row" else 1
        return [place for place in self.hidden if place[at] == index and place != without]

    @staticmethod
    def _other_end(place: Place, kind: str) -> tuple[str, int]:
        return ("column", place[1]) if kind == "row" else ("row", place[0])

    def _may(self, place: Place, *, up: bool) -> bool:
        """Whether a step along the cycle leaves the count at 1 or more."""
        is_margin = (place[0] == self._last[0]) != (place[1] == self._last[1])
        rises = up != is_margin
        return rises or self._value(place) > 1

    def _cheapest_beside(self, place: Place) -> Place:
        """The smallest shown count in the cell's row or column, first where the cell is the only hidden one.

        Totals come after cells, and a nought only when nothing else is left.
        """
        beside = set[Place]().union(*(self._lonely_lines(place) or self._lines(place))) - self.hidden
        everywhere = {(r, c) for r in range(len(self._full)) for c in range(len(self._full[0]))}
        return min(beside or everywhere - self.hidden, key=self._cost)

    def _lonely_lines(self, place: Place) -> list[set[Place]]:
        return [line for line in self._lines(place) if len(line & self.hidden) == 1]

    def _lines(self, place: Place) -> list[set[Place]]:
        row = {(place[0], c) for c in range(len(self._full[0]))}
        return [row, {(r, place[1]) for r in range(len(self._full))}]

    def _cost(self, place: Place) -> tuple[bool, bool, int, Place]:
        in_margin = place[0] == self._last[0] or place[1] == self._last[1]
        return self._value(place) == 0, in_margin, self._value(place), place

    def _value(self, place: Place) -> int:
        return self._full[place[0]][place[1]]
