"""A part of the city, ready to be counted: its bitmaps, its profile, and the bins of curves over its values.

The city is one large part, or that and a small one of the firms changed since. Counts of parts add up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import Fact, FactType, catalogue
from creditbridge.facts.columns import Column, FactColumns, Kind
from lenders.admission.tree import Operator, Test
from matching.index.axes import cuts_of
from matching.index.comparing import HIGHEST, Words, interval, kind_of_test, truth_of_code
from matching.index.firm_bitsets import FirmBitsets
from matching.index.profile import Profile

CURVE_POINTS = 120
MOST_BINS = 6
_NO_AGE = np.zeros(0, dtype=np.uint16)
_CURVED = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN)


@dataclass(slots=True)
class Part:
    """Some firms of the city: their bitmaps and profile, and which of them count here."""

    bitsets: FirmBitsets
    profile: Profile
    among: Words
    _bins: dict[Test, NDArray[np.uint8]] = field(default_factory=dict)
    _thresholds: dict[Test, list[Test]] = field(default_factory=dict)

    def thresholds(self, test: Test) -> list[Test]:
        """The thresholds of a curve over this part's values."""
        key = replace(test, value=None)
        if key not in self._thresholds:
            self._thresholds[key] = curve_tests(self.bitsets.city, test)
        return self._thresholds[key]

    def bins(self, test: Test, tests: Sequence[Test]) -> NDArray[np.uint8]:
        """For each firm how its value stands to the thresholds of a curve; those asked for last are kept."""
        key = replace(test, value=None)
        with self.bitsets.lock:
            held = self._bins.get(key)
            if held is None:
                if len(self._bins) >= MOST_BINS:
                    self._bins.pop(next(iter(self._bins)))
                held = self._bins[key] = _bins(self.bitsets.city.columns[test.fact], tests, self.bitsets.on)
        return held


def curve_tests(city: FactColumns, test: Test) -> list[Test]:
    """The thresholds of a curve, in ascending order: the grades of a scale, or rounded values that firms have."""
    fact = catalogue()[test.fact]
    if test.operator not in _CURVED:
        return []
    if fact.scale is not None:
        return [replace(test, value=grade) for grade in reversed(list(fact.scale.grades))]
    if fact.type is FactType.YEARS:
        return [replace(test, value=years) for years in range(41)]
    if fact.type is FactType.DATE or kind_of_test(test) is not Kind.ORDERED:
        return []
    found = _thresholds(city, fact)
    return [replace(test, value=value) for value in found]


def _thresholds(city: FactColumns, fact: Fact) -> list[int]:
    """Values at even shares of the firms, rounded to two figures so that none tells one firm's own."""
    column = city.columns.get(fact.code)
    if column is None:
        return []
    step = max(1, len(column.values) // 50_000)
    sample = column.values[::step][column.known[::step]]
    if not len(sample):
        return []
    shares = np.quantile(sample, np.linspace(0, 1, CURVE_POINTS), method="lower")
    return sorted({_rounded(int(value)) for value in shares})


def _rounded(value: int) -> int:
    unit: int = 10 ** max(0, len(str(abs(value))) - 2)
    return value // unit * unit


def _cuts(tests: Sequence[Test], on: date) -> NDArray[np.int64]:
    """Where each threshold divides the stored values: from its lower bound on, or from just above its upper one."""
    bounds = [interval(test, on) for test in tests]
    return np.array([low if high == HIGHEST else high + 1 for low, high in bounds], dtype=np.int64)


def _bins(column: Column, tests: Sequence[Test], on: date) -> NDArray[np.uint8]:
    # There are few thresholds, so that a byte a firm is enough.
    from matching.index import cell_kernels  # loads the compiler, which most pages do without

    found = np.zeros(len(column.values), dtype=np.uint8)
    if column.kind is Kind.CODED:
        places = np.arange(len(column.codes), dtype=np.uint16)
        cell_kernels.cells_of_coded(column.values, column.as_of, places, _NO_AGE, found)
    else:
        cuts = cuts_of(column, np.unique(_cuts(tests, on)).tolist())
        cell_kernels.cells_of_ordered(column.values, column.as_of, cuts, _NO_AGE, found)
    return found


def passing_bins(column: Column, tests: Sequence[Test], on: date) -> NDArray[np.bool_]:
    """Which bins each threshold admits."""
    if column.kind is Kind.CODED:
        return np.array([[truth_of_code(test, code) > 0 for code in column.codes] for test in tests])
    cuts, every = _cuts(tests, on), np.unique(_cuts(tests, on))
    least = interval(tests[0], on)[1] == HIGHEST
    places, ranks = np.arange(len(every) + 1), np.searchsorted(every, cuts)
    admits: NDArray[np.bool_] = places[None, :] > ranks[:, None]
    return admits if least else ~admits
