"""Each fact cut into cells by all the comparisons that ask for it: within a cell every comparison has one truth. Pure.

An axis is one column read with one bound on its age. Cell 0 is "not known, or too old". Ordered facts are cut at the
bounds of every comparison; coded ones by the truths their codes have; the sets of a firm by which of at most six
comparisons they meet, so that a fact asked for in many ways takes several axes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import FactType, catalogue
from creditbridge.facts.columns import EPOCH, NO, YES, Column, FactColumns, Kind
from creditbridge.facts.firm_facts import FactValue, FirmFacts, ListMembership
from lenders.admission.tree import Test
from matching.index import kernels
from matching.index.comparing import (
    Truths,
    column_key,
    interval,
    kind_of_test,
    met_by_sets,
    set_holds,
    truth_of_code,
    truths_of_codes,
)

Cells: TypeAlias = NDArray[np.uint16]
AxisKey: TypeAlias = tuple[str, int | None]
SETS_TOGETHER = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """One column's cells. ``truths`` has a row for each comparison and a column for each cell."""

    key: str
    max_age_days: int | None
    kind: Kind
    tests: tuple[Test, ...]
    cuts: tuple[int, ...]
    patterns: Mapping[bytes, int]
    truths: NDArray[np.int8]

    @property
    def cells(self) -> int:
        return self.truths.shape[1]

    def of_city(self, city: FactColumns, on: date) -> Cells | None:
        """The cell of every firm; None where the city knows nothing of the fact."""
        column = city.columns.get(self.key)
        if column is None:
            return None
        oldest = 1 if self.max_age_days is None else max(on.toordinal() - EPOCH - self.max_age_days, 1)
        if self.kind is Kind.ORDERED:
            cuts = np.array(self.cuts, dtype=np.int64)
            return kernels.cells_of_ordered(column.values, column.as_of, cuts, np.uint16(oldest))
        if self.kind is Kind.CODED:
            return kernels.cells_of_coded(
                column.values, column.as_of, self._cells_of_codes(column), np.uint16(oldest)
            )
        met = np.ones(len(column.values), dtype=np.uint16)
        for place, test in enumerate(self.tests):
            met += met_by_sets(test, column).astype(np.uint16) << np.uint16(place)
        return np.where(column.as_of >= oldest, met, np.uint16(0))

    def of_firm(self, found: FactValue | ListMembership | None, on: date) -> int:
        """The cell of one value; -1 for a code whose truths no firm of the city had when the axis was made."""
        if found is None or (
            self.max_age_days is not None and found.as_of.toordinal() < on.toordinal() - self.max_age_days
        ):
            return 0
        value: Any = found.member if isinstance(found, ListMembership) else found.value
        if self.kind is Kind.ORDERED:
            return 1 + bisect_right(self.cuts, value.toordinal() if isinstance(value, date) else value)
        if self.kind is Kind.CODED:
            code = (YES if value else NO) if isinstance(value, bool) else value
            return self.patterns.get(bytes(truth_of_code(test, code) + 1 for test in self.tests), -1)
        return 1 + sum(set_holds(test, value) << place for place, test in enumerate(self.tests))

    def truths_of(self, found: FactValue | ListMembership) -> Truths:
        """The truth of each comparison for a value that has no cell."""
        value: Any = found.member if isinstance(found, ListMembership) else found.value
        code = (YES if value else NO) if isinstance(value, bool) else value
        return np.array([truth_of_code(test, code) for test in self.tests], dtype=np.int8)

    def _cells_of_codes(self, column: Column) -> Cells:
        rows = np.stack([truths_of_codes(test, column.codes) for test in self.tests], axis=1) + 1
        return np.array([self.patterns[row.tobytes()] for row in rows.astype(np.uint8)], dtype=np.uint16)


def find(axis: Axis, known: FirmFacts, beside: Mapping[str, FactValue]) -> FactValue | ListMembership | None:
    """What one firm has on an axis."""
    if "/" in axis.key:
        return known.lists.get(axis.key.partition("/")[2])
    found = known.values.get(axis.key)
    return found if found is not None else beside.get(axis.key)


def make_axes(
    tests: Mapping[AxisKey, Sequence[Test]], codes: Mapping[str, tuple[str, ...]], on: date
) -> list[Axis]:
    """The axes of all comparisons, by column and bound on age; ``codes`` are those of the city's coded columns."""
    made: list[Axis] = []
    for (key, max_age), asked in tests.items():
        kind = kind_of_test(asked[0])
        if kind is Kind.ORDERED:
            made.append(_ordered(key, max_age, asked, on))
        elif kind is Kind.CODED:
            made.append(_coded(key, max_age, asked, codes.get(key, ())))
        else:
            parts = (asked[at : at + SETS_TOGETHER] for at in range(0, len(asked), SETS_TOGETHER))
            made.extend(_of_sets(key, max_age, part) for part in parts)
    return made


def axis_key(test: Test, max_age_days: int | None) -> AxisKey:
    return column_key(test), max_age_days


def _ordered(key: str, max_age: int | None, tests: Sequence[Test], on: date) -> Axis:
    bounds = np.array([interval(test, on) for test in tests], dtype=np.int64)
    cuts = np.unique(np.concatenate([bounds[:, 0], bounds[:, 1] + 1]))
    lowest = np.concatenate([cuts[:1] - 1, cuts])
    truths = np.zeros((len(tests), len(cuts) + 2), dtype=np.int8)
    truths[:, 1:] = np.where((lowest >= bounds[:, :1]) & (lowest <= bounds[:, 1:]), 1, -1)
    return Axis(key, max_age, Kind.ORDERED, tuple(tests), tuple(cuts.tolist()), {}, truths)


def _coded(key: str, max_age: int | None, tests: Sequence[Test], codes: tuple[str, ...]) -> Axis:
    codes = codes or _codes_of(key)
    rows = [np.zeros(len(tests), dtype=np.int8)]
    patterns: dict[bytes, int] = {}
    if codes:
        table = np.stack([truths_of_codes(test, codes) for test in tests], axis=1)
        for row in table:
            pattern = (row + 1).astype(np.uint8).tobytes()
            if pattern not in patterns:
                patterns[pattern] = len(rows)
                rows.append(row)
    return Axis(key, max_age, Kind.CODED, tuple(tests), (), patterns, np.stack(rows, axis=1))


def _codes_of(key: str) -> tuple[str, ...]:
    """The codes a fact may have where the city has no column of it."""
    if "/" in key:
        return (NO, YES)
    fact = catalogue()[key]
    if fact.type is FactType.BOOLEAN:
        return (NO, YES)
    return tuple(fact.scale.grades if fact.scale else fact.choices)


def _of_sets(key: str, max_age: int | None, tests: Sequence[Test]) -> Axis:
    met = np.arange(2 ** len(tests))
    known = np.stack([np.where(met >> place & 1, 1, -1) for place in range(len(tests))])
    truths = np.concatenate([np.zeros((len(tests), 1)), known], axis=1).astype(np.int8)
    return Axis(key, max_age, Kind.SETS, tuple(tests), (), {}, truths)
