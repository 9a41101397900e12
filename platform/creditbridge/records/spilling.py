"""Sorting more records than memory holds: each stretch is split by bucket and laid aside, then bucket by bucket sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from creditbridge.records.buckets import BUCKETS, buckets_of

Columns = dict[str, npt.NDArray[Any]]
SPILLED: Mapping[str, str] = {
    "firm_no": "u4",
    "item": "u2",
    "occurred_on": "i4",
    "ends_on": "i4",
    "value": "i8",
    "severity": "u1",
    "source_key": "i8",
    "row": "i8",
}
_DAY_BITS, _PLACE_BITS = 17, 21
"""What a sort key has room for beside the firm: days since 1900, and places in a bucket of up to two million records."""
_DAYS_BEFORE_1970 = 25_567


class Spill:
    """Records laid aside in one file a stretch; ``folder`` is emptied by whoever made it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ends: list[npt.NDArray[np.int64]] = []
        self.records = 0
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, columns: Columns) -> None:
        """Lay a stretch aside, sorted by bucket, column after column."""
        of_bucket = buckets_of(columns["firm_no"])
        order = np.argsort(of_bucket, kind="stable")
        with self._path(len(self._ends)).open("wb") as out:
            for name, dtype in SPILLED.items():
                columns[name].astype(dtype, copy=False)[order].tofile(out)
        self._ends.append(np.cumsum(np.bincount(of_bucket, minlength=BUCKETS)))
        self.records += len(order)

    def buckets(self) -> Iterator[tuple[int, Columns]]:
        """Each bucket that has records, sorted by firm, day and the order in which they came."""
        for bucket in range(BUCKETS):
            columns = self._read(bucket)
            if len(columns["row"]):
                yield bucket, _sorted(columns)

    def _read(self, bucket: int) -> Columns:
        """A bucket's records of all stretches, read and not mapped: pages of a map would stay with this process."""
        bounds = [(int(ends[bucket - 1]) if bucket else 0, int(ends[bucket])) for ends in self._ends]
        count = sum(end - begin for begin, end in bounds)
        columns: Columns = {name: np.empty(count, dtype) for name, dtype in SPILLED.items()}
        at = 0
        for place, (begin, end) in enumerate(bounds):
            if begin == end:
                continue
            with self._path(place).open("rb", buffering=0) as spilled:
                start, rows = 0, int(self._ends[place][-1])
                for name, dtype in SPILLED.items():
                    size = np.dtype(dtype).itemsize
                    spilled.seek(start + begin * size)
                    spilled.readinto(columns[name][at : at + end - begin].data)
                    start += rows * size
            at += end - begin
        return columns

    def _path(self, place: int) -> Path:
        return self._folder / f"{place:06}.spill"


def _sorted(columns: Columns) -> Columns:
    order = _order(columns["firm_no"] // BUCKETS, columns["occurred_on"].astype(np.int64) + _DAYS_BEFORE_1970)
    return {name: column[order] for name, column in columns.items()}


def _order(firm: npt.NDArray[Any], day: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Firm, day and place make one number where they fit: sorting plain numbers is several times as fast."""
    count = len(firm)
    fits = count < 1 << _PLACE_BITS and day.min() >= 0 and day.max() < 1 << _DAY_BITS
    if not fits or firm.max() >= 1 << (63 - _DAY_BITS - _PLACE_BITS):
        return np.lexsort((day, firm))
    key = firm.astype(np.int64) << (_DAY_BITS + _PLACE_BITS)
    key |= day << _PLACE_BITS
    key |= np.arange(count, dtype=np.int64)
    key.sort()
    key &= (1 << _PLACE_BITS) - 1
    return key
