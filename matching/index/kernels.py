"""The loops over the whole city, compiled by Numba at first use and kept beside this file.

Nothing here knows what a fact or a product is: cells, bits and places are all there is. Whoever calls
them imports this module where it does so: loading Numba takes a second.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from matching.index.instructions import lowest


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
            firm = np.uint64(at * 64) + lowest(bits)
            bits &= bits - np.uint64(1)
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
            firm = np.uint64(at * 64) + lowest(bits)
            bits &= bits - np.uint64(1)
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
