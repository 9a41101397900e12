"""What would be if a criterion were another, counted over the city: moved thresholds, curves, near misses. Pure.

A rule depends on each of its criteria in one direction only: a firm qualifies if it would with the criterion failed,
or if it would with the criterion met and meets it. So two bitmaps, kept for each criterion, answer every threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lenders.admission.tree import Criterion, Test, Tree
from matching.index import kernels
from matching.index.comparing import Words
from matching.index.firm_bitsets import Pair
from matching.index.parts import Part, passing_bins
from matching.index.profile import NO_KEY, NOBODY, Cell, Tally, add_up


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

    def eligible(self, moved: Mapping[str, Test | None] | None = None) -> Tally:
        """Who qualifies, with other comparisons in the place of some criteria's own."""
        return add_up([self._tally(part, pair.yes) for part, pair in self._pairs(moved or {})])

    def both(self, moved: Mapping[str, Test | None] | None = None) -> tuple[Tally, Tally]:
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

    def _pairs(self, moved: Mapping[str, Test | None]) -> Iterator[tuple[Part, Pair]]:
        if len(moved) == 1:
            ((name, test),) = moved.items()
            both = self._with_and_without(self._criteria[name])
            for part, (met, failed) in zip(self.parts, both, strict=True):
                pair = self._instead(part, name, test)
                yield part, Pair(failed.yes | (met.yes & pair.yes), failed.maybe | (met.maybe & pair.maybe))
            return
        for part in self.parts:
            instead = {name: self._instead(part, name, test) for name, test in moved.items()}
            yield part, part.bitsets.tree(self.tree, instead)

    def _instead(self, part: Part, name: str, test: Test | None) -> Pair:
        """A criterion with another comparison, or left out."""
        if test is None:
            return part.bitsets.always(1)
        return part.bitsets.criterion(replace(self._criteria[name], test=test))

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
        passing = passing_bins(column, tests, bitsets.on)
        counts = np.zeros(passing.shape[1] + 1, dtype=np.int64)
        least = np.full(passing.shape[1] + 1, NO_KEY, dtype=np.uint64)
        bins = part.bins(criterion.test, tests)
        kernels.tally_one(asked, bitsets.city.firm_nos, np.uint64(self.salt), bins, counts, least)
        admitted = passing.astype(np.int64) @ counts[1:]
        keys = np.where(passing, least[1:], np.uint64(NO_KEY)).min(axis=1)
        return [settled + Cell(*cell) for cell in zip(admitted.tolist(), keys.tolist(), strict=True)]

    def _tally(self, part: Part, bitmap: Words) -> Tally:
        return part.profile.tally(bitmap & part.among, self.salt)
