"""The loop that counts a combination, compiled by Numba at first use and kept beside this file.

It goes through the bitmaps in blocks that fit the nearest cache, so that each word is read once. Nothing here knows
what a label is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_BLOCK = 1024
_ONES = np.uint64(0x5555555555555555)
_TWOS = np.uint64(0x3333333333333333)
_FOURS = np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTES = np.uint64(0x0101010101010101)


@njit(cache=True, nogil=True, inline="always")
def _keep(found: Any, row: Any) -> None:  # pragma: no cover - compiled
    for word in range(len(found)):
        found[word] &= row[word]


@njit(cache=True, nogil=True, inline="always")
def _drop(found: Any, row: Any) -> None:  # pragma: no cover - compiled
    for word in range(len(found)):
        found[word] &= ~row[word]


@njit(cache=True, nogil=True, inline="always")
def _add(found: Any, row: Any) -> None:  # pragma: no cover - compiled
    for word in range(len(found)):
        found[word] |= row[word]


@njit(cache=True, nogil=True, inline="always")
def _sum(found: Any) -> Any:  # pragma: no cover - compiled
    total: Any = np.int64(0)
    for word in range(len(found)):
        bits = found[word]
        bits -= (bits >> np.uint64(1)) & _ONES
        bits = (bits & _TWOS) + ((bits >> np.uint64(2)) & _TWOS)
        bits = (bits + (bits >> np.uint64(4))) & _FOURS
        total += np.int64((bits * _BYTES) >> np.uint64(56))
    return total


@njit(cache=True, nogil=True)
def count(
    rows: Any, present: Any, all_of: Any, any_of: Any, none_of: Any
) -> Any:  # pragma: no cover - compiled
    """How many bits are in all rows of ``all_of``, in one of each group of ``any_of``, in none of ``none_of``.

    Groups stand one after another in ``any_of``, each ended by -1.
    """
    whole, either, total = np.empty(_BLOCK, np.uint64), np.empty(_BLOCK, np.uint64), np.int64(0)
    for begin in range(0, len(present), _BLOCK):
        end = min(begin + _BLOCK, len(present))
        found, group = whole[: end - begin], either[: end - begin]
        found[:] = present[begin:end]
        group[:] = np.uint64(0)
        for place in all_of:
            _keep(found, rows[place, begin:end])
        for place in any_of:
            if place >= 0:
                _add(group, rows[place, begin:end])
            else:
                _keep(found, group)
                group[:] = np.uint64(0)
        for place in none_of:
            _drop(found, rows[place, begin:end])
        total += _sum(found)
    return total
