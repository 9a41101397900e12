"""What would be if a criterion were another, counted over the city: moved thresholds, curves, near misses. Pure.

A rule depends on each of its criteria in one direction only: a firm qualifies if it would with the criterion failed,
or if it would with the criterion met and meets it. So two bitmaps, kept for each criterion, answer every threshold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lenders.admission.tree import Criterion, Group, Mode, Node, Test, Tree
from matching.eligibility.rules import Verdict
from matching.index.comparing import Words
from matching.index.firm_bitsets import FirmBitsets, Pair
from matching.index.parts import Part, passing_bins
from matching.index.profile import NO_KEY, NOBODY, Cell, Tally, add_up

MOST_COFACTORS = 4
"""Of so many criteria of a rule the bitmaps are kept: people move one threshold, then another."""


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
        self._unmoved: tuple[Tally, Tally] | None = None

    def eligible(self, moved: Mapping[str, Test | None] | None = None) -> Tally:
        """Who qualifies, with other comparisons in the place of some criteria's own."""
        return add_up([self._tally(part, pair.yes) for part, pair in self._pairs(moved or {})])

    def both(self, moved: Mapping[str, Test | None] | None = None) -> tuple[Tally, Tally]:
        """Who qualifies, and who might once more is known."""
        if not moved and self._unmoved is not None:
            return self._unmoved
        pairs = list(self._pairs(moved or {}))
        eligible = add_up([self._tally(part, pair.yes) for part, pair in pairs])
        found = eligible, add_up([self._tally(part, pair.open) for part, pair in pairs])
        if not moved:
            self._unmoved = found
        return found

    def verdicts(self) -> dict[Verdict, Cell]:
        """How many firms have each verdict."""
        found = dict.fromkeys(Verdict, NOBODY)
        for part, pair in self._pairs({}):
            sets = {
                Verdict.ELIGIBLE: pair.yes,
                Verdict.TENTATIVE: pair.open,
                Verdict.NOT_ELIGIBLE: ~pair.maybe & part.bitsets.everyone,
            }
            for verdict, bitmap in sets.items():
                found[verdict] += self._tally(part, bitmap).total
        return found

    def together_with(self, other: Tree) -> Cell:
        """How many qualify for this rule and for another."""
        found = NOBODY
        for part, pair in self._pairs({}):
            both = pair.yes & part.bitsets.tree(other).yes
            found += self._tally(part, both).total
        return found

    def near_misses(self) -> list[NearMiss]:
        """For each criterion the firms it alone keeps out; in one walk of the rule, however many criteria it has."""
        failing: dict[str, list[Tally]] = {name: [] for name in self._criteria}
        lacking: dict[str, list[Tally]] = {name: [] for name in self._criteria}
        for part, pair in self._pairs({}):
            bitsets = part.bitsets
            for criterion, if_met in _if_met(bitsets, self.tree.root, bitsets.nobody, bitsets.everyone):
                failing[criterion.id].append(self._tally(part, if_met & ~pair.maybe))
                lacking[criterion.id].append(self._tally(part, if_met & pair.open))
        return [
            NearMiss(criterion, add_up(failing[name]), add_up(lacking[name]))
            for name, criterion in self._criteria.items()
        ]

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
        held = self._cofactors.get(criterion.id)
        if held is None:
            held = [
                (
                    part.bitsets.tree(self.tree, {criterion.id: part.bitsets.always(1)}),
                    part.bitsets.tree(self.tree, {criterion.id: part.bitsets.always(-1)}),
                )
                for part in self.parts
            ]
            while len(self._cofactors) >= MOST_COFACTORS:
                self._cofactors.pop(next(iter(self._cofactors), criterion.id), None)
            self._cofactors[criterion.id] = held
        return held

    def _along(
        self, part: Part, criterion: Criterion, met: Pair, failed: Pair, tests: Sequence[Test]
    ) -> list[Cell]:
        """One part's share of a curve: count once by bins of the value, then add up the bins each threshold admits."""
        from matching.index import kernels  # loads the compiler, which most pages do without

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


def _if_met(
    bitsets: FirmBitsets, node: Node, anyway: Words, needing: Words
) -> Iterator[tuple[Criterion, Words]]:
    """For each criterion below a node the firms that surely qualify if they meet it.

    A firm qualifies ``anyway``, or where the node holds for it and it is among those ``needing`` that: what stands beside a
    node is joined once, from the front and from the back, and not anew for each criterion.
    """
    if isinstance(node, Criterion):
        yield node, anyway | needing
        return
    if not node.nodes:
        return
    is_all = node.mode is Mode.ALL
    join = np.bitwise_and if is_all else np.bitwise_or
    held = [bitsets.tree(Tree(Group(Mode.ALL, (inner,)))).yes for inner in node.nodes]
    behind = [bitsets.everyone if is_all else bitsets.nobody]
    for one in reversed(held[1:]):
        behind.append(join(behind[-1], one))
    before = behind[0]
    for inner, own, after in zip(node.nodes, held, reversed(behind), strict=True):
        beside = needing & join(before, after)
        if is_all:
            yield from _if_met(bitsets, inner, anyway, beside)
        else:
            yield from _if_met(bitsets, inner, anyway | beside, needing)
        before = join(before, own)
