"""The loops over the whole city, compiled by Numba at first use and kept beside this file.

Nothing here knows what a fact or a product is: cells, bits and places are all there is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

TILE_WORDS = 8
"""Firms are worked on in tiles of 512: eight words of bits fill one cache line."""
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
_PLACES = np.array([((0x03F79D71B4CB0A89 << bit) & (2**64 - 1)) >> 58 for bit in range(64)]).argsort()


@njit(cache=True, nogil=True, inline="always")
def _aged(place, as_of, oldest):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """The cell of a place: after it come those of the same place and an older value."""
    cell = 1 + place * (len(oldest) + 1)
    for bound in oldest:
        cell += as_of < bound
    return cell


@njit(cache=True, nogil=True)
def cells_of_ordered(
    values: Any, as_of: Any, cuts: Any, oldest: Any, found: Any
) -> None:  # pragma: no cover - compiled
    """The cell of each value by its place among the cuts; 0 where it is not known.

    ``cuts`` begins with one below every value and is filled up to a power of two with some above every value.
    """
    firms, steps = len(values), len(cuts) // 2
    for firm in range(firms):
        if as_of[firm] > 0:
            value = np.int64(values[firm])
            low: Any = 0
            step = steps
            while step > 0:  # no branch to guess: each step adds or not
                low += step * (cuts[np.uint64(low + step)] <= value)
                step >>= 1
            found[firm] = _aged(low, as_of[firm], oldest)


@njit(cache=True, nogil=True)
def cells_of_coded(
    values: Any, as_of: Any, places: Any, oldest: Any, found: Any
) -> None:  # pragma: no cover - compiled
    """The cell of each code; 0 where it is not known."""
    firms = len(values)
    for firm in range(firms):
        if as_of[firm] > 0:
            found[firm] = _aged(np.int64(places[values[firm]]), as_of[firm], oldest)


@njit(cache=True, nogil=True)
def cells_of_sets(
    sets: Any, as_of: Any, bits: Any, oldest: Any, found: Any
) -> None:  # pragma: no cover - compiled
    """The cell of each set by which of a few codes it holds; 0 where it is not known."""
    firms = len(sets)
    for firm in range(firms):
        if as_of[firm] > 0:
            place: Any = 0
            for bit in range(len(bits)):
                at = bits[bit]
                if at >= 0:
                    place |= np.int64((sets[firm, at >> 6] >> np.uint64(at & 63)) & np.uint64(1)) << bit
            found[firm] = _aged(place, as_of[firm], oldest)


@njit(cache=True, nogil=True)
def _transpose(block: Any) -> None:  # pragma: no cover - compiled
    """Turn 64 words of 64 bits about their diagonal (Warren, Hacker's Delight, 7-3)."""
    mask = np.uint64(0x00000000FFFFFFFF)
    width = 32
    while width > 0:
        shift = np.uint64(width)
        for first in range(0, 64, 2 * width):
            for at in range(first, first + width):
                swap = ((block[at] >> shift) ^ block[at + width]) & mask
                block[at + width] ^= swap
                block[at] ^= swap << shift
        width >>= 1
        mask ^= mask << np.uint64(width)


@njit(cache=True, nogil=True)
def _comparisons(
    begin: int, cells: Any, axis_of: Any, first_of: Any, table: Any, block: Any, tile: Any
) -> None:  # pragma: no cover - compiled
    """The bits of every comparison over one tile: a word of them a cell, turned so that firms lie along the word."""
    firms = cells.shape[1]
    for word in range(len(axis_of)):
        axis, first = axis_of[word], first_of[word]
        for part in range(TILE_WORDS):
            for place in range(64):
                firm = begin + part * 64 + place
                block[place] = table[first + np.uint64(cells[axis, firm])] if firm < firms else np.uint64(0)
            _transpose(block)
            for bit in range(64):
                tile[word * 64 + bit, part] = block[bit]


# Written out eight times: the compiler then keeps a tile's eight words in registers.


@njit(cache=True, nogil=True)
def _clauses(tile: Any, at: int, ends: Any, parts: Any) -> None:  # pragma: no cover - compiled
    """The clauses that join comparisons, written behind them."""
    begin = np.uint64(0)
    for clause in range(len(ends)):
        r0 = np.uint64(0)
        r1 = np.uint64(0)
        r2 = np.uint64(0)
        r3 = np.uint64(0)
        r4 = np.uint64(0)
        r5 = np.uint64(0)
        r6 = np.uint64(0)
        r7 = np.uint64(0)
        for which in range(begin, ends[clause]):
            part = parts[which]
            r0 |= tile[part, np.uint64(0)]
            r1 |= tile[part, np.uint64(1)]
            r2 |= tile[part, np.uint64(2)]
            r3 |= tile[part, np.uint64(3)]
            r4 |= tile[part, np.uint64(4)]
            r5 |= tile[part, np.uint64(5)]
            r6 |= tile[part, np.uint64(6)]
            r7 |= tile[part, np.uint64(7)]
        tile[at + clause, 0] = r0
        tile[at + clause, 1] = r1
        tile[at + clause, 2] = r2
        tile[at + clause, 3] = r3
        tile[at + clause, 4] = r4
        tile[at + clause, 5] = r5
        tile[at + clause, 6] = r6
        tile[at + clause, 7] = r7
        begin = ends[clause]


@njit(cache=True, nogil=True)
def _products(tile: Any, ends: Any, parts: Any, mask: Any, out: Any) -> None:  # pragma: no cover - compiled
    """Each product's bits over one tile: the AND of its clauses."""
    begin = np.uint64(0)
    for product in range(len(ends)):
        r0 = mask[0]
        r1 = mask[1]
        r2 = mask[2]
        r3 = mask[3]
        r4 = mask[4]
        r5 = mask[5]
        r6 = mask[6]
        r7 = mask[7]
        for which in range(begin, ends[product]):
            part = parts[which]
            r0 &= tile[part, np.uint64(0)]
            r1 &= tile[part, np.uint64(1)]
            r2 &= tile[part, np.uint64(2)]
            r3 &= tile[part, np.uint64(3)]
            r4 &= tile[part, np.uint64(4)]
            r5 &= tile[part, np.uint64(5)]
            r6 &= tile[part, np.uint64(6)]
            r7 &= tile[part, np.uint64(7)]
        out[product, 0] = r0
        out[product, 1] = r1
        out[product, 2] = r2
        out[product, 3] = r3
        out[product, 4] = r4
        out[product, 5] = r5
        out[product, 6] = r6
        out[product, 7] = r7
        begin = ends[product]


@njit(cache=True, nogil=True, inline="always")
def _mask(begin, firms, mask):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Which places of a tile are firms."""
    for part in range(TILE_WORDS):
        left = firms - begin - part * 64
        if left >= 64:
            mask[part] = ~np.uint64(0)
        elif left <= 0:
            mask[part] = np.uint64(0)
        else:
            mask[part] = (np.uint64(1) << np.uint64(left)) - np.uint64(1)


@njit(cache=True, nogil=True)
def match_tiles(
    first_tile: int,
    last_tile: int,
    cells: Any,
    axis_of: Any,
    first_of: Any,
    table: Any,
    clause_ends: Any,
    clause_parts: Any,
    ends: Any,
    parts: Any,
    out: Any,
) -> None:  # pragma: no cover - compiled
    """The firms of some tiles against every product: ``out[tile, product]`` are eight words of bits over firms."""
    firms, comparisons = cells.shape[1], 64 * len(axis_of)
    tile = np.empty((comparisons + len(clause_ends), TILE_WORDS), np.uint64)
    block, mask = np.empty(64, np.uint64), np.empty(TILE_WORDS, np.uint64)
    for number in range(first_tile, last_tile):
        begin = number * 64 * TILE_WORDS
        _comparisons(begin, cells, axis_of, first_of, table, block, tile)
        _clauses(tile, comparisons, clause_ends, clause_parts)
        _mask(begin, firms, mask)
        _products(tile, ends, parts, mask, out[number])


@njit(cache=True, nogil=True)
def rank_tiles(
    first_tile: int, last_tile: int, eligible: Any, products: int, firms: int, best: Any
) -> None:  # pragma: no cover - compiled
    """For the firms of some tiles their first products, in the order products stand."""
    groups = (products + 63) // 64
    block, row = np.empty(64, np.uint64), np.empty((64, groups), np.uint64)
    for number in range(first_tile, last_tile):
        for part in range(TILE_WORDS):
            begin = (number * TILE_WORDS + part) * 64
            for group in range(groups):
                for bit in range(64):
                    product = group * 64 + bit
                    block[bit] = eligible[number, product, part] if product < products else np.uint64(0)
                _transpose(block)
                for place in range(64):
                    row[place, group] = block[place]
            for place in range(min(64, firms - begin)):
                _first_bits(row[place], groups, best[begin + place])


@njit(cache=True, nogil=True, inline="always")
def _first_bits(row, words, best):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    found, most = 0, len(best)
    for word in range(words):
        bits = row[word]
        while bits != 0 and found < most:
            low = bits & (~bits + np.uint64(1))
            best[found] = word * 64 + _place(low)
            found += 1
            bits ^= low


@njit(cache=True, nogil=True, inline="always")
def _place(bit):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """Which bit of a word is set, of a word with one (a de Bruijn sequence's six leading bits tell)."""
    return _PLACES[(bit * _DE_BRUIJN) >> np.uint64(58)]


@njit(cache=True, nogil=True)
def match_firm(
    places: Any, rows: Any, ends: Any, starts: Any, row: Any, some: Any
) -> None:  # pragma: no cover - compiled
    """One firm against every product: the AND of its cells' rows, and of each slot's OR."""
    width = len(row)
    row[:] = starts[0]
    for term in range(ends[0]):
        for word in range(width):
            row[word] &= rows[places[term], word]
    for slot in range(1, len(ends)):
        some[:] = starts[slot]
        for term in range(ends[slot - 1], ends[slot]):
            for word in range(width):
                some[word] |= rows[places[term], word]
        for word in range(width):
            row[word] &= some[word]


@njit(cache=True, nogil=True, inline="always")
def _mixed(number, salt):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """A firm's own random number (splitmix64); whoever does not know the salt cannot tell it."""
    mixed = np.uint64(number) * np.uint64(0x9E3779B97F4A7C15) + salt
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


@njit(cache=True, nogil=True)
def tally(
    words: Any, firm_nos: Any, salt: Any, codes: Any, counts: Any, least: Any
) -> None:  # pragma: no cover - compiled
    """Count the firms of a bitmap by two codes at once, and keep the least of their own numbers."""
    for at in range(len(words)):
        bits = words[at]
        while bits != 0:
            low = bits & (~bits + np.uint64(1))
            firm = at * 64 + _place(low)
            bits ^= low
            own = _mixed(firm_nos[firm], salt)
            first, second = codes[firm, 0], codes[firm, 1]
            counts[0, first] += 1
            least[0, first] = min(least[0, first], own)
            counts[1, second] += 1
            least[1, second] = min(least[1, second], own)


@njit(cache=True, nogil=True)
def tally_one(
    words: Any, firm_nos: Any, salt: Any, codes: Any, counts: Any, least: Any
) -> None:  # pragma: no cover - compiled
    """The same by one code."""
    for at in range(len(words)):
        bits = words[at]
        while bits != 0:
            low = bits & (~bits + np.uint64(1))
            firm = at * 64 + _place(low)
            bits ^= low
            counts[codes[firm]] += 1
            least[codes[firm]] = min(least[codes[firm]], _mixed(firm_nos[firm], salt))


@njit(cache=True, nogil=True)
def bits_within(
    values: Any, as_of: Any, low: Any, high: Any, oldest: Any, yes: Any, maybe: Any
) -> None:  # pragma: no cover - compiled
    """Bitmaps of the firms whose known value lies between bounds, and of those beside whose value is not known."""
    firms = len(values)
    for at in range(len(yes)):
        sure, unsure = np.uint64(0), np.uint64(0)
        for bit in range(min(64, firms - at * 64)):
            firm = at * 64 + bit
            known = np.uint64(as_of[firm] >= oldest)
            inside = np.uint64((values[firm] >= low) & (values[firm] <= high)) & known
            sure |= inside << np.uint64(bit)
            unsure |= (np.uint64(1) ^ known) << np.uint64(bit)
        yes[at] = sure
        maybe[at] = sure | unsure


@njit(cache=True, nogil=True)
def bitmaps_of_sets(sets: Any, out: Any) -> None:  # pragma: no cover - compiled
    """A bitmap over firms for each code of a column of sets."""
    firms, width = sets.shape
    block = np.empty(64, np.uint64)
    for at in range(out.shape[1]):
        for word in range(width):
            for place in range(64):
                firm = at * 64 + place
                block[place] = sets[firm, word] if firm < firms else np.uint64(0)
            _transpose(block)
            for bit in range(min(64, out.shape[0] - word * 64)):
                out[word * 64 + bit, at] = block[bit]


@njit(cache=True, nogil=True)
def combined(
    bitmaps: Any, all_of: Any, any_of: Any, none_of: Any, out: Any
) -> int:  # pragma: no cover - compiled
    """Firms that have all of some codes, any of others and none of the last; ``out`` begins with whom to ask."""
    total = 0
    for at in range(len(out)):
        word = out[at]
        for code in all_of:
            word &= bitmaps[code, at]
        if len(any_of) > 0:
            some = np.uint64(0)
            for code in any_of:
                some |= bitmaps[code, at]
            word &= some
        for code in none_of:
            word &= ~bitmaps[code, at]
        out[at] = word
        total += _ones(word)
    return total


@njit(cache=True, nogil=True, inline="always")
def _ones(word):  # type: ignore[no-untyped-def]  # pragma: no cover - compiled
    """How many bits of a word are set."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
