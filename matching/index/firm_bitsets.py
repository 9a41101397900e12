"""The evaluator over firms: each criterion is a packed bitmap over the city, a rule is bit operations on them.

Three-valued as two bitmaps: firms for which something surely holds (``yes``), and firms for which it holds or may
hold (``maybe``). Both "all" and "any" then work on each bitmap by itself, and "not" exchanges their complements.
Bits beyond the last firm are never set.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import Column, FactColumns, Kind
from lenders.admission.tree import Criterion, Group, Missing, Mode, Node, Operator, Test, Tree
from matching.index.comparing import Words, column_key, interval, kind_of_test, oldest_day, truths_of_codes

CACHE_BYTES = 8 * 2**20
"""What one process keeps of bitmaps beside the shared index."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Firms for which something holds, and firms for which it holds or is open."""

    yes: Words
    maybe: Words

    def __and__(self, other: Pair) -> Pair:
        return Pair(self.yes & other.yes, self.maybe & other.maybe)

    def __or__(self, other: Pair) -> Pair:
        return Pair(self.yes | other.yes, self.maybe | other.maybe)

    @property
    def open(self) -> Words:
        """Firms for which it is neither held nor failed."""
        return self.maybe & ~self.yes


def pack(flags: NDArray[np.bool_]) -> Words:
    """Flags as bits, firm ``i`` being bit ``i % 64`` of word ``i // 64``."""
    words = np.zeros(-(-len(flags) // 64), dtype=np.uint64)
    packed = np.packbits(flags, bitorder="little")
    words.view(np.uint8)[: len(packed)] = packed
    return words


def unpack(words: Words, firms: int) -> NDArray[np.bool_]:
    return np.unpackbits(words.view(np.uint8), count=firms, bitorder="little").view(np.bool_)


def count(words: Words) -> int:
    """How many firms are in a bitmap."""
    return int(np.bitwise_count(words).sum())


class FirmBitsets:
    """Bitmaps over one state of the city on one legal date. Those made last are kept, up to a bound."""

    def __init__(
        self,
        city: FactColumns,
        on: date,
        *,
        sets: Mapping[str, Words] | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.city = city
        self.on = on
        self.firms = len(city)
        self.lock = Lock()
        self.everyone = pack(np.ones(self.firms, dtype=np.bool_))
        self.nobody = np.zeros_like(self.everyone)
        self._sets: dict[str, Words] = dict(sets or {})
        self._kept: OrderedDict[tuple[Test, int | None], Pair] = OrderedDict()
        self._most = max(16, cache_bytes // max(1, 2 * self.everyone.nbytes))

    def always(self, truth: int) -> Pair:
        """The same truth for every firm."""
        return Pair(self.everyone if truth > 0 else self.nobody, self.nobody if truth < 0 else self.everyone)

    def test(self, test: Test, max_age_days: int | None = None) -> Pair:
        """A comparison over the city; a value too old is unknown."""
        key = (test, max_age_days)
        with self.lock:
            kept = self._kept.get(key)
            if kept is not None:
                self._kept.move_to_end(key)
                return kept
        made = self._made(test, max_age_days)
        with self.lock:
            self._kept[key] = made
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return made

    def criterion(self, criterion: Criterion) -> Pair:
        """A criterion: met, or not asked of the firm."""
        met = self.met(criterion)
        for test in criterion.when:
            met = met | self._not(self.test(test))
        return met

    def met(self, criterion: Criterion) -> Pair:
        """The comparison itself, an unknown fact meaning what the criterion says."""
        pair = self.test(criterion.test, criterion.max_age_days)
        if criterion.missing is Missing.FAIL:
            return Pair(pair.yes, pair.yes)
        return Pair(pair.maybe, pair.maybe) if criterion.missing is Missing.PASS else pair

    def spared(self, criterion: Criterion) -> Words:
        """Firms that a criterion surely lets pass whatever it asks for: it is not asked, or what is unknown passes."""
        spared = self.nobody
        for test in criterion.when:
            spared = spared | self._not(self.test(test)).yes
        if criterion.missing is Missing.PASS:
            spared = spared | self.test(criterion.test, criterion.max_age_days).open
        return spared

    def tree(self, tree: Tree, instead: dict[str, Pair] | None = None) -> Pair:
        """A whole rule; ``instead`` puts bitmaps in the place of criteria, by their ids."""
        return self._node(tree.root, instead or {})

    def _node(self, node: Node, instead: dict[str, Pair]) -> Pair:
        if isinstance(node, Criterion):
            put = instead.get(node.id)
            return put if put is not None else self.criterion(node)
        return self._group(node, instead)

    def _group(self, group: Group, instead: dict[str, Pair]) -> Pair:
        pairs = [self._node(node, instead) for node in group.nodes]
        if group.mode is Mode.ALL:
            return reduce(Pair.__and__, pairs, self.always(1))
        return reduce(Pair.__or__, pairs, self.always(-1))

    def _not(self, pair: Pair) -> Pair:
        return Pair(self.everyone & ~pair.maybe, self.everyone & ~pair.yes)

    def sets(self, key: str) -> Words:
        """A bitmap for each code of a column of sets."""
        from matching.index import kernels  # loads the compiler, which most pages do without

        made = self._sets.get(key)
        if made is None:
            column = self.city.columns[key]
            made = np.empty((len(column.codes), len(self.everyone)), dtype=np.uint64)
            kernels.bitmaps_of_sets(column.values, made)
            self._sets[key] = made
        return made

    def _made(self, test: Test, max_age_days: int | None) -> Pair:
        from matching.index import kernels  # loads the compiler, which most pages do without

        column = self.city.columns.get(column_key(test))
        if column is None:
            return self.always(0)
        kind, oldest = kind_of_test(test), oldest_day(self.on, max_age_days)
        if kind is Kind.ORDERED:
            pair = Pair(np.empty_like(self.everyone), np.empty_like(self.everyone))
            low, high = interval(test, self.on)
            kernels.bits_within(column.values, column.as_of, low, high, oldest, pair.yes, pair.maybe)
            return pair
        unknown = self.everyone & ~pack(column.as_of >= oldest)
        if kind is Kind.CODED:
            truths = truths_of_codes(test, column.codes)[column.values]
            surely = pack(truths > 0) & ~unknown
            return Pair(surely, surely | unknown | pack(truths == 0))
        surely = self._met_by_sets(test, column) & ~unknown
        return Pair(surely, surely | unknown)

    def _met_by_sets(self, test: Test, column: Column) -> Words:
        from matching.index import kernels  # loads the compiler, which most pages do without

        at = {code: place for place, code in enumerate(column.codes)}
        asked = test.value if isinstance(test.value, tuple) else ()
        there = np.array([at[str(code)] for code in asked if str(code) in at], dtype=np.int64)
        if test.operator is Operator.ALL_OF and len(there) < len(asked):
            return self.nobody
        none = there[:0]
        if test.operator is Operator.ANY_OF and not len(there):
            return self.nobody
        parts = {
            Operator.ALL_OF: (there, none, none),
            Operator.ANY_OF: (none, there, none),
            Operator.NONE_OF: (none, none, there),
        }[test.operator]
        met = self.everyone.copy()
        kernels.combined(self.sets(column.key), *parts, met)
        return met
