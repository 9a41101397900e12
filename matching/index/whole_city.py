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
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import FactColumns
from matching.index.axes import Asked, Axis
from matching.index.comparing import Words
from matching.index.firm_bitsets import FirmBitsets
from matching.index.product_bitsets import ProductBitsets
from matching.index.tiles import END, TILE_WORDS


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
            whole = np.zeros(self.tiles.shape[0] * TILE_WORDS, dtype=np.uint64)
            whole[: len(bitmap)] = bitmap
            self.tiles[:, place] = whole.reshape(-1, TILE_WORDS)


FIRMS_A_TILE = 64 * TILE_WORDS
TILES_TOGETHER = 32
"""So many tiles' cells, and all of one tile, stay in the second cache of a core."""


class _Program(NamedTuple):
    """What the loop over tiles reads: words of comparisons from the cells of axes, clauses of them, products of clauses."""

    sources: NDArray[np.int64]
    ends: NDArray[np.int64]
    table: Words
    joined: int
    clauses: Words
    products: Words


def match_city(rules: ProductBitsets, columns: FactColumns) -> Verdicts:
    """Every firm of the city against every rule.

    Raises:
        ValueError: the rules were compiled for other codes than the city's.
    """
    from matching.index import tile_kernels  # loads the compiler, which most pages do without

    tiles = -(-len(columns) // FIRMS_A_TILE)
    found = Verdicts(np.empty((tiles, 2 * len(rules.trees), TILE_WORDS), dtype=np.uint64), len(columns))
    program = _written(rules)
    readers = [axis.reader(columns, rules.on) for axis in rules.axes]

    def match(part: tuple[int, int]) -> None:
        begin, end = part[0] * FIRMS_A_TILE, min(part[1] * FIRMS_A_TILE, len(columns))
        cells = np.zeros((max(1, len(readers)), (part[1] - part[0]) * FIRMS_A_TILE), dtype=np.uint16)
        for reader, row in zip(readers, cells, strict=False):
            if reader is not None:
                reader(begin, end, row[: end - begin])
        tile_kernels.match_tiles(end - begin, cells, *program, found.tiles[part[0] : part[1]])

    with cores() as threads:
        list(threads.map(match, parts_of(tiles)))
    if rules.odd:
        bitmaps = FirmBitsets(columns, rules.on)
        for place in rules.odd:
            pair = bitmaps.tree(rules.trees[place])
            found.put(place, pair.yes, pair.maybe)
    return found


def parts_of(tiles: int) -> list[tuple[int, int]]:
    """Tiles in runs that one core works on: the first of each, and the one after its last."""
    return [(begin, min(begin + TILES_TOGETHER, tiles)) for begin in range(0, tiles, TILES_TOGETHER)]


def cores() -> ThreadPoolExecutor:
    """A thread a core: the compiled loops run without the interpreter's lock."""
    return ThreadPoolExecutor(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    )


def _written(rules: ProductBitsets) -> _Program:
    writer = _Writer(rules.axes, rules.asked)
    halves = [writer.clause(clause) for clause in rules.distinct]
    order, sources, ends, table = writer.tables()
    rows = [order[list(pair)].tolist() for pair in halves]
    return _Program(
        sources,
        ends,
        table,
        len(writer.joined),
        _lists(order[list(parts)].tolist() for parts in writer.joined),
        _lists([rows[place][half] for place in places] for half in (0, 1) for places in rules.clauses),
    )


def _lists(lists: Iterable[Sequence[int]]) -> Words:
    """Lists of rows, each ended."""
    end = int(END)
    return np.array([row for one in lists for row in (*one, end)], dtype=np.uint64)


class _Writer:
    """Gives what comparisons hold in each cell of their axis a row, 64 a word, and each clause that joins several one too.

    Halves of comparisons that hold in the same cells share a row, as "surely" of one open to what is unknown does with
    both halves of the same comparison where unknown fails. The rows of an axis come to stand side by side, so that
    few words are made of the cells of more axes than one.
    """

    def __init__(self, axes: Sequence[Axis], asked: Sequence[Asked]) -> None:
        self.axes = axes
        self.joined: dict[tuple[int, ...], int] = {}
        self._held: dict[tuple[int, bytes], int] = {}
        self._halves = [
            (self._row(one.axis, one.truths > 0), self._row(one.axis, one.truths >= 0)) for one in asked
        ]
        # What holds for no firm; rules without any comparison still need a table, too.
        self._never = self._row(0, np.zeros(axes[0].cells if axes else 1, dtype=np.bool_))

    def clause(self, clause: tuple[int, ...]) -> tuple[int, int]:
        """The rows of a clause's halves: a comparison's own, or joined ones as negative numbers."""
        if len(clause) == 1:
            return self._halves[clause[0]]
        return self._joined(clause, 0), self._joined(clause, 1)

    def tables(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], Words]:
        """Where each row comes to stand, joined ones being the last, and of what words are made.

        The sources of all words are an axis and where its table begins, a word a cell; then come where each word's
        sources end, and the tables.
        """
        rows = sorted(range(len(self._held)), key=[axis for axis, _ in self._held].__getitem__)
        held = list(self._held)
        sources: list[tuple[int, int]] = []
        ends: list[int] = []
        tables: list[Words] = []
        height = 0
        for begin in range(0, len(rows), 64):
            for axis, group in groupby(enumerate(rows[begin : begin + 64]), key=lambda row: held[row[1]][0]):
                table = _table([(bit, held[row][1]) for bit, row in group])
                sources.append((axis, height))
                tables.append(table)
                height += len(table)
            ends.append(len(sources))
        order = np.empty(len(rows) + len(self.joined), dtype=np.int64)
        order[rows] = np.arange(len(rows))
        # A negative number counts from the end, where the last joined clause stands first.
        order[len(rows) :] = np.arange(len(self.joined))[::-1] + 64 * len(ends)
        return (
            order,
            np.array(sources, dtype=np.int64),
            np.array(ends, dtype=np.int64),
            np.concatenate(tables),
        )

    def _joined(self, clause: tuple[int, ...], half: int) -> int:
        parts = tuple(sorted({self._halves[part][half] for part in clause})) or (self._never,)
        if len(parts) == 1:
            return parts[0]
        return -1 - self.joined.setdefault(parts, len(self.joined))

    def _row(self, axis: int, held: NDArray[np.bool_]) -> int:
        return self._held.setdefault((axis, held.tobytes()), len(self._held))


def _table(held: Sequence[tuple[int, bytes]]) -> Words:
    """For each cell a word of which of some bits hold there."""
    bits = np.zeros((64, len(held[0][1])), dtype=np.uint8)
    for bit, cells in held:
        bits[bit] = np.frombuffer(cells, dtype=np.uint8)
    return np.packbits(bits, axis=0, bitorder="little").T.copy().view(np.uint64).reshape(-1)
