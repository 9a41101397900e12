"""Packed bitmaps of a city: which firms carry a label or have a fact, for counting combinations at once. Pure.

One bit a firm, at the place of its number, in 64-bit words. A combination of six labels over 620,000 firms reads six
rows of 76 KB and takes some tens of microseconds (``creditbridge bench labels``). Large cities are counted by compiled
code (:mod:`creditbridge.labels.kernels`), small ones by NumPy, without waiting for a compiler.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

WORD = 64
COMPILED_FROM = 2_048
"""Words from which counting is worth a compiler: 131,072 firms."""
Bits: TypeAlias = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Combination:
    """Firms with all of some keys, any of each group, and none of others. A key names a label or the value of a fact.

    Several values of one fact are alternatives: each fact is a group of its own.
    """

    all_of: tuple[str, ...] = ()
    any_of: tuple[tuple[str, ...], ...] = ()
    none_of: tuple[str, ...] = ()

    def keys(self) -> tuple[str, ...]:
        return (*self.all_of, *(key for group in self.any_of for key in group), *self.none_of)


@dataclass(frozen=True, slots=True)
class CityIndex:
    """Bitmaps by key; ``present`` marks the firms there are, ``firms`` how many firm numbers there can be."""

    firms: int
    places: Mapping[str, int]
    rows: Bits
    present: Bits

    def bits(self, wanted: Combination) -> Bits:
        """The firms of a combination; a key nobody has is carried by none."""
        found = self.present.copy()
        for key in wanted.all_of:
            np.bitwise_and(found, self._row(key), out=found)
        for group in wanted.any_of:
            either = self._row(group[0]).copy()
            for key in group[1:]:
                np.bitwise_or(either, self._row(key), out=either)
            np.bitwise_and(found, either, out=found)
        for key in wanted.none_of:
            np.bitwise_and(found, ~self._row(key), out=found)
        return found

    def count(self, wanted: Combination) -> int:
        """How many firms a combination has."""
        if self.present.shape[0] < COMPILED_FROM or not self.rows.shape[0]:
            return count_bits(self.bits(wanted))
        return self._counted_compiled(wanted)

    def firm_nos(self, wanted: Combination) -> npt.NDArray[np.int64]:
        """Their numbers, rising."""
        return np.flatnonzero(np.unpackbits(self.bits(wanted).view(np.uint8), bitorder="little"))

    def counts(self, keys: Sequence[str]) -> dict[str, int]:
        """How many firms each key has."""
        return {key: count_bits(self._row(key)) for key in keys}

    def carried(self, keys: Sequence[str], firm_nos: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of the keys each firm has: a row a firm, a column a key."""
        if not keys:
            return np.zeros((len(firm_nos), 0), np.bool_)
        octets, bits = firm_nos >> 3, (1 << (firm_nos & 7)).astype(np.uint8)
        held = np.stack([self._row(key).view(np.uint8)[octets] & bits for key in keys], axis=1)
        return held.astype(np.bool_)

    def _counted_compiled(self, wanted: Combination) -> int:
        """The same by compiled code. A key nobody has empties what asks for it and hinders nothing else."""
        from creditbridge.labels import kernels  # loads the compiler, which small cities do without

        known = self.places
        if not all(key in known for key in wanted.all_of):
            return 0
        groups = [[known[key] for key in group if key in known] for group in wanted.any_of]
        if not all(groups):
            return 0
        return int(
            kernels.count(
                self.rows,
                self.present,
                _places([known[key] for key in wanted.all_of]),
                _places([place for group in groups for place in (*group, _END)]),
                _places([known[key] for key in wanted.none_of if key in known]),
            )
        )

    def _row(self, key: str) -> Bits:
        place = self.places.get(key)
        return self.rows[place] if place is not None else np.zeros(self.rows.shape[1], np.uint64)


def build(firm_nos: npt.ArrayLike, members: Iterable[tuple[str, npt.ArrayLike]]) -> CityIndex:
    """An index of firms by their numbers; each key comes with the numbers of its firms."""
    every = np.asarray(firm_nos, np.int64)
    firms = int(every.max()) + 1 if every.size else 0
    places: dict[str, int] = {}
    rows: list[Bits] = []
    for key, numbers in members:
        if key in places:
            raise ValueError(f"{key} stands twice")
        places[key] = len(rows)
        rows.append(packed(numbers, firms))
    words = packed([], firms).shape[0]
    table = np.vstack(rows) if rows else np.zeros((0, words), np.uint64)
    return CityIndex(firms, places, table, packed(every, firms))


def packed(numbers: npt.ArrayLike, firms: int) -> Bits:
    """Firm numbers as bits, little end first, in whole words."""
    words = (firms + WORD - 1) // WORD
    flags = np.zeros(words * WORD, np.bool_)
    flags[np.asarray(numbers, np.int64)] = True
    bits: Bits = np.packbits(flags, bitorder="little").view(np.uint64)
    return bits


_END = -1
"""Ends a group of alternatives."""


def _places(places: npt.ArrayLike) -> npt.NDArray[np.int64]:
    return np.asarray(places, np.int64)


def count_bits(bits: npt.NDArray[Any]) -> int:
    return int(np.bitwise_count(bits).sum(dtype=np.int64))
