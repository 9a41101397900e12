"""What would be if a criterion were another, counted over the city: moved thresholds, curves, near misses. Pure.

A rule depends on each of its criteria in one direction only: a firm qualifies if it would with the criterion failed,
or if it would with the criterion met and meets it. So two bitmaps, kept for each criterion, answer every threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import Fact, FactType, catalogue
from creditbridge.facts.columns import Column, FactColumns, Kind
from lenders.admission.tree import Criterion, Operator, Test, Tree
from matching.index import kernels
from matching.index.axes import filled_up
from matching.index.comparing import HIGHEST, Words, interval, kind_of_test, truth_of_code
from matching.index.firm_bitsets import FirmBitsets, Pair
from matching.index.profile import NO_KEY, NOBODY, Cell, Profile, Tally, add_up

CURVE_POINTS = 120
_NO_AGE = np.zeros(0, dtype=np.int64)
_CURVED = (Operator.AT_LEAST, Operator.AT_MOST, Operator.MORE_THAN, Operator.LESS_THAN)


@dataclass(slots=True)
class Part:
    """Some firms of the city: their bitmaps and profile, and which of them count here."""

    bitsets: FirmBitsets
    profile: Profile
    among: Words
    _bins: dict[Test, NDArray[np.uint16]] = field(default_factory=dict)
    _thresholds: dict[Test, list[Test]] = field(default_factory=dict)

    def thresholds(self, test: Test) -> list[Test]:
        """The thresholds of a curve over this part's values."""
        key = replace(test, value=None)
        if key not in self._thresholds:
            self._thresholds[key] = curve_tests(self.bitsets.city, test)
        return self._thresholds[key]

    def bins(self, test: Test, tests: Sequence[Test]) -> NDArray[np.uint16]:
        """For each firm how its value stands to the thresholds of a curve; those asked for last are kept."""
        key = replace(test, value=None)
        if key not in self._bins:
            if len(self._bins) >= MOST_BINS:
                self._bins.pop(next(iter(self._bins)))
            self._bins[key] = _bins(self.bitsets.city.columns[test.fact], tests, self.bitsets.on)
        return self._bins[key]


MOST_BINS = 8


@dataclass(frozen=True, slots=True)
class NearMiss:
    """Firms one criterion alone keeps out: those that fail it, and those of which it cannot be told."""

    criterion: Criterion
    failing: Tally
    lacking: Tally


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A threshold and the firms that would qualify with it."""

    value: int | str
    cell: Cell


class Counting:
    """One rule over the parts of the city. What is asked again is kept as long as the object is."""

    def __init__(self, parts: Sequence[Part], tree: Tree, salt: int) -> None:
        self.parts, self.tree, self.salt = parts, tree, salt
        self._criteria = {criterion.id: criterion for criterion in tree.criteria()}
        self._cofactors: dict[str, list[tuple[Pair, Pair]]] = {}

    def eligible(self, moved: Mapping[str, Test] | None = None) -> Tally:
        """Who qualifies, with other comparisons in the place of some criteria's own."""
        return add_up([self._tally(part, pair.yes) for part, pair in self._pairs(moved or {})])

    def both(self, moved: Mapping[str, Test] | None = None) -> tuple[Tally, Tally]:
        """Who qualifies, and who might once more is known."""
        pairs = list(self._pairs(moved or {}))
        eligible = add_up([self._tally(part, pair.yes) for part, pair in pairs])
        return eligible, add_up([self._tally(part, pair.open) for part, pair in pairs])

    def together_with(self, other: Tree) -> Cell:
        """How many qualify for this rule and for another."""
        found = NOBODY
        for part, pair in self._pairs({}):
            both = pair.yes & part.bitsets.tree(other).yes
            found += self._tally(part, both).total
        return found

    def near_misses(self) -> list[NearMiss]:
        """For each criterion the firms it alone keeps out."""
        return [self._near_miss(criterion) for criterion in self._criteria.values()]

    def curve(self, criterion_id: str) -> list[CurvePoint]:
        """How many would qualify at each threshold a criterion could have; empty where it has none to move."""
        criterion = self._criteria[criterion_id]
        tests = self.parts[0].thresholds(criterion.test)
        if not tests:
            return []
        cells = [NOBODY] * len(tests)
        for part, (met, failed) in zip(self.parts, self._with_and_without(criterion), strict=True):
            cells = [
                one + other
                for one, other in zip(cells, self._along(part, criterion, met, failed, tests), strict=True)
            ]
        values = [test.value for test in tests]
        return [
            CurvePoint(value, cell)
            for value, cell in zip(values, cells, strict=True)
            if isinstance(value, int | str)
        ]

    def _pairs(self, moved: Mapping[str, Test]) -> Iterator[tuple[Part, Pair]]:
        if len(moved) == 1:
            ((name, test),) = moved.items()
            criterion = replace(self._criteria[name], test=test)
            for part, (met, failed) in zip(
                self.parts, self._with_and_without(self._criteria[name]), strict=True
            ):
                pair = part.bitsets.criterion(criterion)
                yield part, Pair(failed.yes | (met.yes & pair.yes), failed.maybe | (met.maybe & pair.maybe))
            return
        for part in self.parts:
            instead = {
                name: part.bitsets.criterion(replace(self._criteria[name], test=test))
                for name, test in moved.items()
            }
            yield part, part.bitsets.tree(self.tree, instead)

    def _with_and_without(self, criterion: Criterion) -> list[tuple[Pair, Pair]]:
        """The rule with the criterion met by all, and failed by all."""
        if criterion.id not in self._cofactors:
            self._cofactors[criterion.id] = [
                (
                    part.bitsets.tree(self.tree, {criterion.id: part.bitsets.always(1)}),
                    part.bitsets.tree(self.tree, {criterion.id: part.bitsets.always(-1)}),
                )
                for part in self.parts
            ]
        return self._cofactors[criterion.id]

    def _near_miss(self, criterion: Criterion) -> NearMiss:
        failing, lacking = [], []
        pairs = [pair for _, pair in self._pairs({})]
        for part, pair, (met, _) in zip(self.parts, pairs, self._with_and_without(criterion), strict=True):
            failing.append(self._tally(part, met.yes & ~pair.maybe))
            lacking.append(self._tally(part, met.yes & pair.open))
        return NearMiss(criterion, add_up(failing), add_up(lacking))

    def _along(
        self, part: Part, criterion: Criterion, met: Pair, failed: Pair, tests: Sequence[Test]
    ) -> list[Cell]:
        """One part's share of a curve: count once by bins of the value, then add up the bins each threshold admits."""
        bitsets = part.bitsets
        always = failed.yes | (met.yes & bitsets.spared(criterion))
        settled = self._tally(part, always).total
        column = bitsets.city.columns.get(criterion.test.fact)
        if column is None:
            return [settled] * len(tests)
        open_now = bitsets.test(criterion.test, criterion.max_age_days).open
        asked = met.yes & ~always & ~open_now & part.among
        passing = _passing(column, tests, bitsets.on)
        counts = np.zeros(passing.shape[1] + 1, dtype=np.int64)
        least = np.full(passing.shape[1] + 1, NO_KEY, dtype=np.uint64)
        bins = part.bins(criterion.test, tests)
        kernels.tally_one(asked, bitsets.city.firm_nos, np.uint64(self.salt), bins, counts, least)
        admitted = passing.astype(np.int64) @ counts[1:]
        keys = np.where(passing, least[1:], np.uint64(NO_KEY)).min(axis=1)
        return [settled + Cell(*cell) for cell in zip(admitted.tolist(), keys.tolist(), strict=True)]

    def _tally(self, part: Part, bitmap: Words) -> Tally:
        return part.profile.tally(bitmap & part.among, self.salt)


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


def _bins(column: Column, tests: Sequence[Test], on: date) -> NDArray[np.uint16]:
    found = np.zeros(len(column.values), dtype=np.uint16)
    if column.kind is Kind.CODED:
        places = np.arange(len(column.codes), dtype=np.int64)
        kernels.cells_of_coded(column.values, column.as_of, places, _NO_AGE, found)
    else:
        cuts = filled_up(tuple(np.unique(_cuts(tests, on)).tolist()))
        kernels.cells_of_ordered(column.values, column.as_of, cuts, _NO_AGE, found)
    return found


def _passing(column: Column, tests: Sequence[Test], on: date) -> NDArray[np.bool_]:
    """Which bins each threshold admits."""
    if column.kind is Kind.CODED:
        return np.array([[truth_of_code(test, code) > 0 for code in column.codes] for test in tests])
    cuts, every = _cuts(tests, on), np.unique(_cuts(tests, on))
    least = interval(tests[0], on)[1] == HIGHEST
    places, ranks = np.arange(len(every) + 1), np.searchsorted(every, cuts)
    admits: NDArray[np.bool_] = places[None, :] > ranks[:, None]
    return admits if least else ~admits
