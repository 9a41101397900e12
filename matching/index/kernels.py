"""The loops over the whole city, compiled by Numba at first use and kept beside this file.

Nothing here knows what a fact or a product is: cells, rows of bits and places are all there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

TILE_WORDS = 8
"""Firms are worked on in tiles of 512: the eight words of a product's bits over a tile fill one cache line."""


@njit(cache=True, nogil=True, parallel=True)
def cells_of_ordered(values: Any, as_of: Any, cuts: Any, oldest: Any) -> Any:  # pragma: no cover - compiled
    """The place of each value among the cuts, from 1; 0 where it is not known or too old."""
    firms, cells = len(values), len(cuts)
    found = np.zeros(firms, np.uint16)
    for firm in prange(firms):
        if as_of[firm] >= oldest:
            value = np.int64(values[firm])
            low, length = 0, cells
            while length > 0:
                half = length >> 1
                if cuts[low + half] <= value:
                    low += half + 1
                    length -= half + 1
                else:
                    length = half
            found[firm] = low + 1
    return found


@njit(cache=True, nogil=True, parallel=True)
def cells_of_coded(values: Any, as_of: Any, cell_of: Any, oldest: Any) -> Any:  # pragma: no cover - compiled
    """The cell of each code; 0 where it is not known or too old."""
    firms = len(values)
    found = np.zeros(firms, np.uint16)
    for firm in prange(firms):
        if as_of[firm] >= oldest:
            found[firm] = cell_of[values[firm]]
    return found


@njit(cache=True, nogil=True)
def _transpose(block: Any) -> None:  # pragma: no cover - compiled
    """Turn 64 words of 64 bits about their diagonal (Warren, Hacker's Delight, 7-3)."""
    mask = np.uint64(0x00000000FFFFFFFF)
    width = 32
    while width > 0:
        shift = np.uint64(width)
        at = 0
        while at < 64:
            swap = ((block[at] >> shift) ^ block[at + width]) & mask
            block[at + width] ^= swap
            block[at] ^= swap << shift
            at = (at + width + 1) & ~width
        width >>= 1
        mask ^= mask << np.uint64(width)


@njit(cache=True, nogil=True, inline="always")
def _firm_row(firm, cells, rows, first, ends, starts, row, some) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # pragma: no cover - compiled
    """One firm's bits over all products: the AND of its cells' rows, and of each slot's OR."""
    width = len(row)
    for word in range(width):
        row[word] = starts[0, word]
    for axis in range(ends[0]):
        at = first[axis, 1] + cells[first[axis, 0], firm]
        for word in range(width):
            row[word] &= rows[at, word]
    for slot in range(1, len(ends)):
        for word in range(width):
            some[word] = starts[slot, word]
        for axis in range(ends[slot - 1], ends[slot]):
            at = first[axis, 1] + cells[first[axis, 0], firm]
            for word in range(width):
                some[word] |= rows[at, word]
        for word in range(width):
            row[word] &= some[word]


@njit(cache=True, nogil=True, parallel=True)
def match_city(cells: Any, rows: Any, first: Any, ends: Any, starts: Any, out: Any) -> None:  # pragma: no cover - compiled
    """Every firm against every product: ``out[half * words * 64 + product, firm word]``, halves yes and maybe."""
    firms, width = cells.shape[1], rows.shape[1]
    tile = 64 * TILE_WORDS
    for number in prange((firms + tile - 1) // tile):
        row, some = np.empty(width, np.uint64), np.empty(width, np.uint64)
        block = np.empty((width, TILE_WORDS, 64), np.uint64)
        begin = number * tile
        for place in range(tile):
            if begin + place < firms:
                _firm_row(begin + place, cells, rows, first, ends, starts, row, some)
                for word in range(width):
                    block[word, place >> 6, place & 63] = row[word]
            else:
                for word in range(width):
                    block[word, place >> 6, place & 63] = 0
        words = min(TILE_WORDS, out.shape[1] - number * TILE_WORDS)
        for word in range(width):
            for part in range(words):
                _transpose(block[word, part])
            for bit in range(64):
                for part in range(words):
                    out[word * 64 + bit, number * TILE_WORDS + part] = block[word, part, bit]


@njit(cache=True, nogil=True, parallel=True)
def rank_city(cells: Any, rows: Any, first: Any, ends: Any, starts: Any, most: int) -> Any:  # pragma: no cover - compiled
    """For every firm its first ``most`` products, in the order products stand; 65535 where there are no more."""
    firms, width = cells.shape[1], rows.shape[1]
    best = np.full((firms, most), np.uint16(65535), np.uint16)
    tile = 64 * TILE_WORDS
    for number in prange((firms + tile - 1) // tile):
        row, some = np.empty(width, np.uint64), np.empty(width, np.uint64)
        for firm in range(number * tile, min(firms, (number + 1) * tile)):
            _firm_row(firm, cells, rows, first, ends, starts, row, some)
            _first_bits(row, width // 2, best[firm])
    return best


@njit(cache=True, nogil=True)
def first_products(row: Any, words: int, best: Any) -> None:  # pragma: no cover - compiled
    """The first products of one firm's bits."""
    _first_bits(row, words, best)


@njit(cache=True, nogil=True, inline="always")
def _first_bits(row, words, best) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001  # pragma: no cover - compiled
    found, most = 0, len(best)
    for word in range(words):
        bits = row[word]
        while bits != 0 and found < most:
            low = bits & (~bits + np.uint64(1))
            best[found] = word * 64 + _place(low)
            found += 1
            bits ^= low


@njit(cache=True, nogil=True, inline="always")
def _place(bit) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001  # pragma: no cover - compiled
    """Which bit of a word is set, of a word with one."""
    place = 0
    for half in (32, 16, 8, 4, 2, 1):
        if bit >= (np.uint64(1) << np.uint64(half)):
            bit >>= np.uint64(half)
            place += half
    return place


@njit(cache=True, nogil=True)
def match_firm(places: Any, rows: Any, ends: Any, starts: Any, row: Any, some: Any) -> None:  # pragma: no cover - compiled
    """One firm, the row of each of its axes found already."""
    width = len(row)
    row[:] = starts[0]
    for axis in range(ends[0]):
        for word in range(width):
            row[word] &= rows[places[axis], word]
    for slot in range(1, len(ends)):
        some[:] = starts[slot]
        for axis in range(ends[slot - 1], ends[slot]):
            for word in range(width):
                some[word] |= rows[places[axis], word]
        for word in range(width):
            row[word] &= some[word]
