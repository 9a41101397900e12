"""The whole city against every product: from cells to comparisons to clauses to packed verdicts, tile by tile.

Each comparison is two bits a cell, "surely" and "surely or perhaps". For a tile of 512 firms these bits are looked up,
turned so that firms lie along the words, joined to clauses and then to products. All of a tile stays in the cache of a
core, every step works on 64 firms at once, and the result is what the index keeps: a bitmap over firms a product.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import FactColumns
from lenders.admission.tree import Missing
from matching.index import kernels
from matching.index.axes import Asked, Axis
from matching.index.comparing import Words
from matching.index.firm_bitsets import FirmBitsets
from matching.index.product_bitsets import ProductBitsets


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Packed verdicts: ``tiles[tile, product]`` are eight words of bits over the tile's 512 firms.

    The first ``products`` rows of a tile say who is eligible, the others who is or may be.
    """

    tiles: Words
    firms: int

    @property
    def products(self) -> int:
        return int(self.tiles.shape[1]) // 2

    def yes(self, product: int) -> Words:
        """The firms that are eligible, as a bitmap."""
        return self.tiles[:, product].reshape(-1)[: -(-self.firms // 64)]

    def maybe(self, product: int) -> Words:
        """The firms that are eligible, or would be if what is unknown of them were right."""
        return self.tiles[:, self.products + product].reshape(-1)[: -(-self.firms // 64)]

    def counts(self, product: int) -> tuple[int, int, int]:
        """Eligible, tentative, not eligible."""
        eligible = int(np.bitwise_count(self.tiles[:, product]).sum())
        possible = int(np.bitwise_count(self.tiles[:, self.products + product]).sum())
        return eligible, possible - eligible, self.firms - possible

    def put(self, product: int, yes: Words, maybe: Words) -> None:
        """Write one product's bitmaps."""
        for place, bitmap in ((product, yes), (self.products + product, maybe)):
            whole = np.zeros(self.tiles.shape[0] * kernels.TILE_WORDS, dtype=np.uint64)
            whole[: len(bitmap)] = bitmap
            self.tiles[:, place] = whole.reshape(-1, kernels.TILE_WORDS)


TILES_TOGETHER = 64
NONE = 65_535
NEVER = np.zeros(1, dtype=np.bool_)


class _Program(NamedTuple):
    """What the loop over tiles reads: words of comparisons by axis, clauses of them, products of clauses."""

    axis_of: Words
    first_of: Words
    table: Words
    clause_ends: Words
    clause_parts: Words
    ends: Words
    parts: Words


def match_city(rules: ProductBitsets, columns: FactColumns) -> Verdicts:
    """Every firm of the city against every rule."""
    tiles = -(-len(columns) // (64 * kernels.TILE_WORDS))
    found = Verdicts(
        np.empty((tiles, 2 * len(rules.trees), kernels.TILE_WORDS), dtype=np.uint64), len(columns)
    )
    cells = np.zeros((max(1, len(rules.axes)), len(columns)), dtype=np.uint16)
    with _cores() as cores:
        written = cores.submit(_written, rules)
        list(cores.map(lambda axis, row: axis.of_city(columns, rules.on, row), rules.axes, cells))
        program = written.result()
        list(
            cores.map(
                lambda part: kernels.match_tiles(part[0], part[1], cells, *program, found.tiles),
                _parts(tiles),
            )
        )
    if rules.odd:
        bitmaps = FirmBitsets(columns, rules.on)
        for place in rules.odd:
            pair = bitmaps.tree(rules.trees[place])
            found.put(place, pair.yes, pair.maybe)
    return found


def rank_city(verdicts: Verdicts, most: int) -> NDArray[np.uint16]:
    """The first products each firm qualifies for, products standing in the order of their rank; 65535 for none."""
    best = np.full((verdicts.firms, most), NONE, dtype=np.uint16)
    tiles, products, firms = verdicts.tiles, verdicts.products, verdicts.firms
    with _cores() as cores:
        list(
            cores.map(
                lambda part: kernels.rank_tiles(part[0], part[1], tiles, products, firms, best),
                _parts(len(tiles)),
            )
        )
    return best


def _parts(tiles: int) -> list[tuple[int, int]]:
    return [(begin, min(begin + TILES_TOGETHER, tiles)) for begin in range(0, tiles, TILES_TOGETHER)]


def _cores() -> ThreadPoolExecutor:
    """A thread a core: the compiled loops run without the interpreter's lock."""
    return ThreadPoolExecutor(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    )


def _written(rules: ProductBitsets) -> _Program:
    writer = _Writer(rules.axes, rules.asked)
    halves = [[writer.clause(clause, half) for half in (0, 1)] for clause in rules.distinct]
    writer.close()
    lists = [
        [writer.row(halves[place][half]) for place in places] for half in (0, 1) for places in rules.clauses
    ]
    joined = [[writer.row(part) for part in parts] for parts in writer.joined]
    return _Program(
        np.array(writer.axes_of_words, dtype=np.uint64),
        np.array(writer.firsts, dtype=np.uint64),
        np.concatenate(writer.tables),
        *_listed(joined),
        *_listed(lists),
    )


def _listed(lists: Iterable[Sequence[int]]) -> tuple[Words, Words]:
    """Lists end to end, and where each ends."""
    several = list(lists)
    ends = np.cumsum([len(one) for one in several], dtype=np.uint64)
    return ends, np.array([part for one in several for part in one], dtype=np.uint64)


class _Writer:
    """Gives each half of each comparison a bit, 64 a word and axis, and each joined clause a row behind them."""

    def __init__(self, axes: Sequence[Axis], asked: Sequence[Asked]) -> None:
        self.axes, self.asked = axes, asked
        self.axes_of_words: list[int] = []
        self.firsts: list[int] = []
        self.tables: list[Words] = []
        self.joined: list[tuple[int, ...]] = []
        self._bits: dict[tuple[int, int], int] = {}
        self._rows: dict[tuple[int, ...], int] = {}
        self._open: dict[int, tuple[int, int]] = {}
        self._height = 0

    def clause(self, clause: tuple[int, ...], half: int) -> int:
        """The row of a clause's half: a comparison's own, or a joined one as a negative number."""
        parts = tuple(sorted({self._bit(part, half) for part in clause})) or (self._place(-1, NEVER),)
        if len(parts) == 1:
            return parts[0]
        if parts not in self._rows:
            self._rows[parts] = len(self.joined)
            self.joined.append(parts)
        return -1 - self._rows[parts]

    def close(self) -> None:
        """Rules without any comparison still need a table."""
        if not self.tables:
            self._place(-1, NEVER)

    def row(self, place: int) -> int:
        """Where a row stands once all comparisons are known."""
        return place if place >= 0 else 64 * len(self.axes_of_words) - 1 - place

    def _bit(self, part: int, half: int) -> int:
        asked = self.asked[part]
        # A comparison that is never open has one bit for both halves.
        key = (part, half if asked.literal.missing is Missing.TENTATIVE else 0)
        if key not in self._bits:
            self._bits[key] = self._place(asked.axis, asked.truths > 0 if half == 0 else asked.truths >= 0)
        return self._bits[key]

    def _place(self, axis: int, held: NDArray[np.bool_]) -> int:
        word, bit = self._open.get(axis, (-1, 64))
        if bit == 64:
            word, bit = self._new_word(axis), 0
        self.tables[word] |= held.astype(np.uint64) << np.uint64(bit)
        self._open[axis] = (word, bit + 1)
        return word * 64 + bit

    def _new_word(self, axis: int) -> int:
        cells = self.axes[axis].cells if axis >= 0 else 1
        self.axes_of_words.append(max(axis, 0))
        self.firsts.append(self._height)
        self.tables.append(np.zeros(cells, dtype=np.uint64))
        self._height += cells
        return len(self.axes_of_words) - 1
