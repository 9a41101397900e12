"""Looking up millions of 18-character codes: each is packed into two numbers without loss and found in one probe or two.

A join of text columns hashes the register anew for every stretch of rows; this table is made once.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from creditbridge.kernel.uscc import LENGTH
from creditbridge.records.source_keys import buffers

_HALF = LENGTH // 2
NOT_FOUND = np.int64(-1)


class CodeTable:
    """Firms by their code, exactly as written."""

    def __init__(self, codes: pl.Series, firm_nos: npt.NDArray[np.uint32]) -> None:
        size = 1 << max(4, int(np.ceil(np.log2(max(len(codes), 1) * 2))))
        self._first = np.zeros(size, np.uint64)
        self._second = np.zeros(size, np.uint64)
        self._firm = np.full(size, NOT_FOUND, np.int64)
        _fill(*buffers(codes), firm_nos.astype(np.int64), self._first, self._second, self._firm)

    def find(self, codes: pl.Series) -> npt.NDArray[np.int64]:
        """The firm of each code, -1 for those that are not in the table as they stand."""
        found: npt.NDArray[np.int64] = _find(*buffers(codes), self._first, self._second, self._firm)
        return found


@numba.njit(cache=True, nogil=True)
def _pack(data: Any, begin: Any) -> Any:  # pragma: no cover - compiled
    first, second = np.uint64(0), np.uint64(0)
    for place in range(_HALF):
        first = (first << np.uint64(7)) | np.uint64(data[begin + place])
        second = (second << np.uint64(7)) | np.uint64(data[begin + _HALF + place])
        if data[begin + place] > 127 or data[begin + _HALF + place] > 127:
            return np.uint64(0), np.uint64(0)
    return first, second


@numba.njit(cache=True, nogil=True)
def _slot(first: Any, second: Any, mask: Any) -> Any:  # pragma: no cover - compiled
    mixed = (first ^ (second * np.uint64(0x9E3779B97F4A7C15))) * np.uint64(0xFF51AFD7ED558CCD)
    return np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(mask))


@numba.njit(cache=True, nogil=True)
def _fill(  # noqa: PLR0917 - compiled code takes its arrays by place
    data: Any, offsets: Any, numbers: Any, first: Any, second: Any, firm: Any
) -> None:  # pragma: no cover - compiled
    mask = firm.shape[0] - 1
    for row in range(numbers.shape[0]):
        if offsets[row + 1] - offsets[row] != LENGTH:
            continue
        one, two = _pack(data, offsets[row])
        slot = _slot(one, two, mask)
        while firm[slot] >= 0:
            slot = (slot + 1) & mask
        first[slot], second[slot], firm[slot] = one, two, numbers[row]


@numba.njit(cache=True, nogil=True)
def _find(data: Any, offsets: Any, first: Any, second: Any, firm: Any) -> Any:  # pragma: no cover - compiled
    mask = firm.shape[0] - 1
    found = np.empty(offsets.shape[0] - 1, np.int64)
    for row in range(found.shape[0]):
        found[row] = NOT_FOUND
        if offsets[row + 1] - offsets[row] != LENGTH:
            continue
        one, two = _pack(data, offsets[row])
        slot = _slot(one, two, mask)
        while firm[slot] >= 0:
            if first[slot] == one and second[slot] == two:
                found[row] = firm[slot]
                break
            slot = (slot + 1) & mask
    return found
