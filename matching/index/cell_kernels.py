"""The compiled loops that turn a column's values into cells, many firms an instruction."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

CHUNK = 512
FEW_CUTS = 64
"""Up to so many cuts are compared with a value one after the other; more are halved."""


@njit(cache=True, nogil=True)
def _aged(as_of: Any, oldest: Any, found: Any) -> None:  # pragma: no cover - compiled
    """From places to cells: after the cell of a place come those of the same place and older values; 0 is not known."""
    firms, steps = len(found), len(oldest) + 1
    for firm in range(firms):
        found[firm] = 1 + found[firm] * steps
    for bound in oldest:
        for firm in range(firms):
            found[firm] += as_of[firm] < bound
    for firm in range(firms):
        found[firm] *= as_of[firm] > 0


# The three below go by chunks that stay in the nearest cache: each step is then a plain loop over arrays, which the
# compiler turns into instructions for many firms at once.


@njit(cache=True, nogil=True)
def cells_of_ordered(
    values: Any, as_of: Any, cuts: Any, oldest: Any, found: Any
) -> None:  # pragma: no cover - compiled
    """The cell of each value by its place among the ascending cuts; 0 where it is not known."""
    for begin in range(0, len(values), CHUNK):
        some, places = values[begin : begin + CHUNK], found[begin : begin + CHUNK]
        firms = len(places)
        if len(cuts) > FEW_CUTS:
            _halving(some, cuts, places)
        else:
            for firm in range(firms):
                places[firm] = 0
            for cut in cuts:
                for firm in range(firms):
                    places[firm] += some[firm] >= cut
        _aged(as_of[begin : begin + CHUNK], oldest, places)


@njit(cache=True, nogil=True)
def _halving(values: Any, cuts: Any, places: Any) -> None:  # pragma: no cover - compiled
    """How many of many cuts each value reaches, by halving them."""
    for firm in range(len(values)):
        value, low, width = values[firm], np.uint64(0), np.uint64(len(cuts))
        while width > 1:  # no branch to guess: each step adds or not
            half = width >> np.uint64(1)
            low += half * np.uint64(cuts[low + half - np.uint64(1)] <= value)
            width -= half
        places[firm] = low + np.uint64(cuts[low] <= value)


@njit(cache=True, nogil=True)
def cells_of_coded(
    values: Any, as_of: Any, places: Any, oldest: Any, found: Any
) -> None:  # pragma: no cover - compiled
    """The cell of each code; 0 where it is not known."""
    for begin in range(0, len(values), CHUNK):
        some, cells = values[begin : begin + CHUNK], found[begin : begin + CHUNK]
        for firm in range(len(cells)):
            cells[firm] = places[np.uint64(some[firm])]
        _aged(as_of[begin : begin + CHUNK], oldest, cells)


@njit(cache=True, nogil=True)
def cells_of_sets(
    sets: Any, as_of: Any, bits: Any, oldest: Any, found: Any
) -> None:  # pragma: no cover - compiled
    """The cell of each set by which of a few codes it holds, -1 being none that any holds; 0 where it is not known."""
    held = np.empty(CHUNK, np.uint64)
    for begin in range(0, len(sets), CHUNK):
        some, places = sets[begin : begin + CHUNK], found[begin : begin + CHUNK]
        firms, there = len(places), -1
        for firm in range(firms):
            places[firm] = 0
        for bit in range(len(bits)):
            word, shift = bits[bit] >> 6, np.uint64(bits[bit] & 63)
            if word >= 0 and word != there:
                there = word
                for firm in range(firms):
                    held[firm] = some[firm, word]
            if word >= 0:
                for firm in range(firms):
                    places[firm] |= ((held[firm] >> shift) & np.uint64(1)) << np.uint64(bit)
        _aged(as_of[begin : begin + CHUNK], oldest, places)
