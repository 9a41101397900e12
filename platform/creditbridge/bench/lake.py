"""Measuring the lake: single firms, one firm in a hundred and whole buckets out of many records.

The lake is written bucket by bucket without an intake, each firm with records of several items over four years; the
figures are about reading only. Files have just been written and mostly lie in memory, as those of a lake in use do.
"""

from __future__ import annotations

import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from creditbridge.bench.intake import peak_rss_mb
from creditbridge.records import catalogue, segments
from creditbridge.records.buckets import BUCKETS
from creditbridge.records.columns import NO_VALUE, day_number
from creditbridge.records.lake import Lake

ON = date(2026, 11, 1)
FIRST_DAY, DAYS = day_number(date(2022, 1, 1)), 1_600
READS = 400
_TOUCHED = 100


def measure(records: int, firms: int, *, seed: int = 1) -> dict[str, Any]:
    """Make a lake of so many records and read from it."""
    with tempfile.TemporaryDirectory(prefix="creditbridge-bench-") as folder:
        begun = time.perf_counter()
        lake = make(Path(folder), records, firms, seed)
        made = time.perf_counter() - begun
        rng = np.random.default_rng(seed)
        single = sorted(_seconds(lake, [firm]) * 1_000 for firm in rng.integers(0, firms, READS).tolist())
        touched = np.sort(rng.choice(firms, max(firms // _TOUCHED, 1), replace=False))
        share = _seconds(lake, touched)
        begun = time.perf_counter()
        read = sum(len(lake.read(bucket, ON)) for bucket in range(BUCKETS))
        whole = time.perf_counter() - begun
        segments.mapped.cache_clear()
    return {
        "records": records,
        "firms": firms,
        "written_seconds": round(made, 2),
        "one_firm_ms": {"p50": round(single[READS // 2], 3), "p95": round(single[int(READS * 0.95)], 3)},
        "one_percent_of_firms_seconds": round(share, 3),
        "every_bucket_seconds": round(whole, 2),
        "records_read": read,
        "peak_rss_mb": peak_rss_mb(),
    }


def make(folder: Path, records: int, firms: int, seed: int) -> Lake:
    """Write a lake of one file a bucket."""
    files: dict[int, list[str]] = {}
    for bucket in range(BUCKETS):
        mine = np.arange(bucket, firms, BUCKETS, dtype=np.uint32)
        if not len(mine):
            continue
        count = records // BUCKETS
        name = f"{bucket:02}/bench.parquet"
        segments.write(folder / name, _bucket(mine, count, bucket * count, seed + bucket))
        files[bucket] = [name]
    return Lake(folder, files)


def _bucket(firms: Any, count: int, first: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    place = np.sort((rng.random(count) ** 2 * len(firms)).astype(np.int64))
    day = (FIRST_DAY + rng.integers(0, DAYS, count)).astype(np.int64)
    key = np.sort(place << 32 | day)
    return {
        "firm_no": firms[key >> 32],
        "item": rng.integers(0, len(catalogue.items()), count, dtype=np.uint16),
        "occurred_on": (key & 0xFFFFFFFF).astype(np.int32),
        "ends_on": (key & 0xFFFFFFFF).astype(np.int32) + 1,
        "value": np.where(rng.random(count) < 0.2, NO_VALUE, rng.integers(0, 10**8, count)),
        "severity": rng.integers(0, 4, count, dtype=np.uint8),
        "received_on": np.full(count, day_number(ON), np.int32),
        "record_no": np.arange(first, first + count, dtype=np.int64),
        "source_key": rng.integers(-(2**62), 2**62, count),
    }


def _seconds(lake: Lake, firms: Any) -> float:
    begun = time.perf_counter()
    lake.read_firms(firms, ON)
    return time.perf_counter() - begun
