"""Each fact cut into cells by all the comparisons that ask for it: within a cell every comparison has one truth. Pure.

An axis is one column. Cell 0 is "not known"; after it come the places of the value, each as often as ages are asked
for: fresh enough for every bound on its age, too old for the shortest, and so on. Ordered facts are cut at the bounds
of every comparison, coded ones by the truths their codes have, sets by which of at most six codes they hold.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.facts.columns import NO, YES, Column, FactColumns, Kind
from creditbridge.facts.firm_facts import FactValue, FirmFacts, ListMembership
from lenders.admission.tree import Test
from matching.index.clauses import Literal
from matching.index.comparing import (
    Truths,
    column_key,
    interval,
    kind_of_test,
    oldest_day,
    truth_of_code,
    truths_of_codes,
)

Cells: TypeAlias = NDArray[np.uint16]
Found: TypeAlias = FactValue | ListMembership | None
Reader: TypeAlias = Callable[[int, int, Cells], None]
"""Takes the first firm, the one after the last, and where their cells are written."""
SETS_TOGETHER = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """One column's cells. ``truths`` has a row for each comparison and a column for each place of a value."""

    key: str
    kind: Kind
    tests: tuple[Test, ...]
    ages: tuple[int, ...]
    cuts: tuple[int, ...]
    patterns: Mapping[bytes, int]
    places: dict[str, int]
    codes: tuple[str, ...]
    truths: NDArray[np.int8]

    @property
    def cells(self) -> int:
        return 1 + int(self.truths.shape[1]) * (len(self.ages) + 1)

    def truths_of(self, literals: Sequence[Literal], rows: Sequence[int]) -> NDArray[np.int8]:
        """A row for each comparison: its truth in every cell, a value too old being unknown; as its clause means it."""
        steps = len(self.ages) + 1
        found = np.zeros((len(rows), self.cells), dtype=np.int8)
        found[:, 1:] = np.repeat(self.truths[list(rows)], steps, axis=1)
        if self.ages:
            bounds = np.array([self._bound(literal) for literal in literals])
            aged = np.arange(self.cells - 1) % steps
            found[:, 1:][aged[None, :] > bounds[:, None]] = 0
        told = np.array([MEANS[literal.missing.value] for literal in literals], dtype=np.int8)
        signs = np.array([-1 if literal.denied else 1 for literal in literals], dtype=np.int8)
        return np.where(found == 0, told[:, None], found) * signs[:, None]

    def _bound(self, literal: Literal) -> int:
        """Up to which step of ages a value counts."""
        return len(self.ages) if literal.max_age_days is None else self.ages.index(literal.max_age_days)

    def reader(self, city: FactColumns, on: date) -> Reader | None:
        """Writes the cells of some firms of a city; None where the city knows nothing of the fact.

        Raises:
            ValueError: the rules were compiled for other codes than the city's.
        """
        column = city.columns.get(self.key)
        if column is None:
            return None
        oldest = np.array([oldest_day(on, age) for age in self.ages], dtype=np.int64).astype(np.uint16)
        read, how = self._how(column)

        def cells(begin: int, end: int, found: Cells) -> None:
            read(column.values[begin:end], column.as_of[begin:end], how, oldest, found)

        return cells

    def _how(self, column: Column) -> tuple[Callable[..., None], NDArray[Any]]:
        """The loop that reads a column, and what it needs beside it."""
        from matching.index import cell_kernels  # loads the compiler, which most pages do without

        if self.kind is Kind.ORDERED:
            return cell_kernels.cells_of_ordered, cuts_of(column, self.cuts)
        if self.kind is Kind.SETS:
            return cell_kernels.cells_of_sets, self._bits_of(column)
        places = np.array([self.place_of(code) for code in column.codes], dtype=np.int64)
        if places.min(initial=0) < 0:
            raise ValueError(f"{self.key}: the city has codes the rules were not compiled for")
        return cell_kernels.cells_of_coded, places.astype(np.uint16)

    def place_of(self, code: str) -> int:
        """The place of a code; -1 where its truths are like those of no code known when the axis was made."""
        place = self.places.get(code)
        if place is None:
            pattern = bytes(truth_of_code(test, code) + 1 for test in self.tests)
            place = self.places[code] = self.patterns.get(pattern, -1)
        return place

    def _bits_of(self, column: Column) -> NDArray[np.int64]:
        """Where the column of sets has those codes; -1 for one that no firm has."""
        at = {code: place for place, code in enumerate(column.codes)}
        return np.array([at.get(code, -1) for code in self.codes], dtype=np.int64)


def cuts_of(column: Column, cuts: Sequence[int]) -> NDArray[Any]:
    """Ascending cuts as the column stores its values, so that equal kinds are compared.

    What lies below all it can store is reached by every value, what lies above by none.
    """
    kind = np.iinfo(column.values.dtype)
    return np.array([max(cut, int(kind.min)) for cut in cuts if cut <= kind.max], dtype=kind.dtype)


MEANS = {"tentative": 0, "pass": 1, "fail": -1}


class CellsOfFirm:
    """The cells of one firm on all axes, found with as few steps as Python allows."""

    def __init__(self, axes: Sequence[Axis], on: date) -> None:
        self._axes = len(axes)
        self._today = on.toordinal()
        self._plain = [(place, axis) for place, axis in enumerate(axes) if axis.kind is not Kind.SETS]
        self._sets: dict[str, tuple[list[tuple[int, Axis]], dict[str, tuple[int, int]]]] = {}
        for place, axis in enumerate(axes):
            if axis.kind is Kind.SETS:
                several, at = self._sets.setdefault(axis.key, ([], {}))
                several.append((place, axis))
                at.update({code: (place, 1 << bit) for bit, code in enumerate(axis.codes)})

    def of(self, known: FirmFacts, beside: Mapping[str, FactValue]) -> list[int]:
        """The cell on each axis; -1 for a code nobody had when the axis was made."""
        cells = [0] * self._axes
        values, lists, ordered = known.values, known.lists, Kind.ORDERED
        for place, axis in self._plain:
            key = axis.key
            found: Found = values.get(key)
            if found is None:
                found = lists.get(key[8:]) if key[7:8] == "/" else beside.get(key)
                if found is None:
                    continue
            value: Any = found.value if isinstance(found, FactValue) else found.member
            if axis.kind is ordered:
                at = bisect_right(axis.cuts, value if type(value) is int else value.toordinal())
            else:
                at = axis.place_of(value if type(value) is str else YES if value else NO)
                if at < 0:
                    cells[place] = -1
                    continue
            cells[place] = self._cell(axis, at, found)
        for key, (axes, at_codes) in self._sets.items():
            held = values.get(key)
            if held is not None:
                self._of_sets(held, axes, at_codes, cells)
        return cells

    def _of_sets(
        self,
        held: FactValue,
        axes: Sequence[tuple[int, Axis]],
        at_codes: Mapping[str, tuple[int, int]],
        cells: list[int],
    ) -> None:
        assert isinstance(held.value, frozenset), "facts of this kind are sets of codes"
        for code in held.value:
            if (found := at_codes.get(code)) is not None:
                cells[found[0]] |= found[1]
        for place, axis in axes:
            cells[place] = self._cell(axis, cells[place], held)

    def _cell(self, axis: Axis, place: int, found: FactValue | ListMembership) -> int:
        ages = axis.ages
        if not ages:
            return 1 + place
        return 1 + place * (len(ages) + 1) + bisect_left(ages, self._today - found.as_of.toordinal())


@dataclass(frozen=True, slots=True)
class Asked:
    """A comparison of a clause on its axis, with its truth in every cell."""

    literal: Literal
    axis: int
    truths: Truths


def make_axes(
    literals: Sequence[Literal], codes: Mapping[str, tuple[str, ...]], on: date
) -> tuple[list[Axis], list[Asked]]:
    """The axes of all comparisons, and each comparison on its own; ``codes`` are those of the city's columns."""
    by_column: dict[str, dict[Test, list[int]]] = {}
    for number, literal in enumerate(literals):
        tests = by_column.setdefault(column_key(literal.test), {})
        tests.setdefault(literal.test, []).append(number)
    axes: list[Axis] = []
    asked: dict[int, Asked] = {}
    for key, tests in by_column.items():
        ages = {literals[number].max_age_days for some in tests.values() for number in some} - {None}
        bounds = tuple(sorted(age for age in ages if age is not None))
        for axis in _axes_of(key, tuple(tests), bounds, codes.get(key, ()), on):
            numbers = [(number, row) for row, test in enumerate(axis.tests) for number in tests[test]]
            own = [literals[number] for number, _ in numbers]
            truths = axis.truths_of(own, [row for _, row in numbers])
            for (number, _), literal, held in zip(numbers, own, truths, strict=True):
                asked[number] = Asked(literal, len(axes), held)
            axes.append(axis)
    return axes, [asked[number] for number in range(len(literals))]


def _axes_of(
    key: str, tests: tuple[Test, ...], ages: tuple[int, ...], codes: tuple[str, ...], on: date
) -> Iterable[Axis]:
    kind = kind_of_test(tests[0])
    if kind is Kind.ORDERED:
        yield _ordered(key, tests, ages, on)
    elif kind is Kind.CODED:
        yield _coded(key, tests, ages, codes or _codes_of(key))
    else:
        for at in range(0, len(tests), SETS_TOGETHER):
            yield _of_sets(key, tests[at : at + SETS_TOGETHER], ages)


def _ordered(key: str, tests: tuple[Test, ...], ages: tuple[int, ...], on: date) -> Axis:
    bounds = np.array([interval(test, on) for test in tests], dtype=np.int64)
    cuts = np.unique(np.concatenate([bounds[:, 0], bounds[:, 1] + 1]))
    lowest = np.concatenate([cuts[:1] - 1, cuts])
    truths = np.where((lowest >= bounds[:, :1]) & (lowest <= bounds[:, 1:]), 1, -1).astype(np.int8)
    return Axis(key, Kind.ORDERED, tests, ages, tuple(cuts.tolist()), {}, {}, (), truths)


def _coded(key: str, tests: tuple[Test, ...], ages: tuple[int, ...], codes: tuple[str, ...]) -> Axis:
    patterns: dict[bytes, int] = {}
    places: dict[str, int] = {}
    rows: list[Truths] = []
    if codes:
        for row in np.stack([truths_of_codes(test, codes) for test in tests], axis=1):
            pattern = (row + 1).astype(np.uint8).tobytes()
            if pattern not in patterns:
                patterns[pattern] = len(rows)
                rows.append(row)
            places[codes[len(places)]] = patterns[pattern]
    truths = np.stack(rows, axis=1) if rows else np.zeros((len(tests), 0), dtype=np.int8)
    return Axis(key, Kind.CODED, tests, ages, (), patterns, places, codes, truths)


def _codes_of(key: str) -> tuple[str, ...]:
    """The codes a fact may have where the city has no column of it."""
    fact = catalogue().get(key)
    if fact is None or fact.type is FactType.BOOLEAN:
        return (NO, YES)
    return tuple(fact.scale.grades if fact.scale else fact.choices)


def _of_sets(key: str, tests: Sequence[Test], ages: tuple[int, ...]) -> Axis:
    held = np.arange(2 ** len(tests))
    truths = np.stack([np.where(held >> bit & 1, 1, -1) for bit in range(len(tests))]).astype(np.int8)
    codes = tuple(str(test.value[0]) for test in tests if isinstance(test.value, tuple))
    return Axis(key, Kind.SETS, tuple(tests), ages, (), {}, {}, codes, truths)
