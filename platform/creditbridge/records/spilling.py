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
_STEP = np.dtype(list(SPILLED.items()))


class Spill:
    """Records laid aside in one file a stretch; ``folder`` is emptied by whoever made it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ends: list[npt.NDArray[np.int64]] = []
        self.records = 0
        folder.mkdir(parents=True, exist_ok=True)

    def put(self, columns: Columns) -> None:
        """Lay a stretch aside, sorted by bucket."""
        of_bucket = buckets_of(columns["firm_no"])
        order = np.argsort(of_bucket, kind="stable")
        rows = np.empty(len(order), _STEP)
        for name in SPILLED:
            rows[name] = columns[name][order]
        rows.tofile(self._path(len(self._ends)))
        self._ends.append(np.cumsum(np.bincount(of_bucket, minlength=BUCKETS)))
        self.records += len(order)

    def buckets(self) -> Iterator[tuple[int, Columns]]:
        """Each bucket that has records, sorted by firm, day and the order in which they came."""
        maps = [
            np.memmap(self._path(place), _STEP, mode="r") if ends[-1] else np.empty(0, _STEP)
            for place, ends in enumerate(self._ends)
        ]
        for bucket in range(BUCKETS):
            parts = [
                mapped[int(ends[bucket - 1]) if bucket else 0 : int(ends[bucket])]
                for mapped, ends in zip(maps, self._ends, strict=True)
            ]
            rows = np.concatenate(parts) if parts else np.empty(0, _STEP)
            if len(rows):
                yield bucket, _sorted(rows)

    def _path(self, place: int) -> Path:
        return self._folder / f"{place:06}.spill"


def _sorted(rows: npt.NDArray[Any]) -> Columns:
    """Firm and day make one number; a stable sort keeps the order in which records came."""
    order = np.argsort(
        (rows["firm_no"].astype(np.int64) << 32) + (rows["occurred_on"].astype(np.int64) + 2**31),
        kind="stable",
    )
    return {name: np.ascontiguousarray(rows[name])[order] for name in SPILLED}
