"""Keys by which an entry of a source is known again: 64 bits of what the source calls it.

The function is our own because keys are kept for years: hashes of libraries change between their versions.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

Keys = npt.NDArray[np.int64]
_OFFSET = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_SPACE = np.uint8(32)
_MIX = (np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53))


def of_texts(texts: pl.Series) -> npt.NDArray[np.uint64]:
    """FNV-1a over the UTF-8 of each text without blanks around it; of null, that of the empty text."""
    hashed: npt.NDArray[np.uint64] = _hash(*buffers(texts))
    return hashed


def buffers(texts: pl.Series) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The bytes of all texts, and where each begins and ends in them; null is empty."""
    filled = texts if not texts.null_count() else texts.fill_null("")
    array = filled.to_arrow(compat_level=pl.CompatLevel.oldest())
    offsets = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array) + 1]
    content = array.buffers()[2]
    data = np.frombuffer(content, np.uint8) if content is not None and content.size else np.zeros(1, np.uint8)
    return data, offsets


def of_records(base: npt.NDArray[np.uint64], *parts: npt.NDArray[Any]) -> Keys:
    """Mix what else tells entries apart (the firm, the item, a day, a value) into the hash of their texts."""
    mixed = base.copy()
    for part in parts:
        mixed ^= (
            part.astype(np.int64).view(np.uint64) + np.uint64(0x9E3779B97F4A7C15) + (mixed << np.uint64(6))
        )
        mixed ^= mixed >> np.uint64(33)
        mixed *= _MIX[0]
        mixed ^= mixed >> np.uint64(29)
        mixed *= _MIX[1]
    return mixed.view(np.int64)


@numba.njit(cache=True, nogil=True)
def _hash(data: Any, offsets: Any) -> Any:  # pragma: no cover - compiled
    hashed = np.empty(offsets.shape[0] - 1, np.uint64)
    for row in range(hashed.shape[0]):
        value = _OFFSET
        begin, end = offsets[row], offsets[row + 1]
        while begin < end and data[begin] <= _SPACE:
            begin += 1
        while begin < end and data[end - 1] <= _SPACE:
            end -= 1
        for place in range(begin, end):
            value = (value ^ np.uint64(data[place])) * _PRIME
        hashed[row] = value
    return hashed
