"""Measuring the intake: rows a second from Parquet and CSV into the lake, and what reading one firm then costs.

Everything happens in a folder and a database of its own. Validation, the comparison with what is held and the sorted
write are in the time; making the file, the start of the libraries and compaction are not.
"""

from __future__ import annotations

import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from creditbridge.kernel import uscc
from creditbridge.records import intake, manifest
from creditbridge.records.batch_report import Sent
from creditbridge.records.feeds import feeds
from creditbridge.records.firm_index import FirmIndex
from creditbridge.records.lake import Lake
from creditbridge.sheets.limits import OPERATOR
from creditbridge.store.base import Base
from creditbridge.store.database import Database

FEED = "taxes_paid"
ON = date(2026, 11, 1)
READS = 300
_PART = 1_000_000
_WARM_UP = 1_000
_MOST_FIRMS = 1_000_000
_DAYS = [
    f"{year}-{month:02}-{day:02}"
    for year in range(2022, 2026)
    for month in range(1, 13)
    for day in (5, 12, 19)
]


def measure(
    rows: int, firms: int, *, forms: tuple[str, ...] = ("parquet", "csv"), seed: int = 1
) -> dict[str, Any]:
    """Take a file of ``rows`` rows about ``firms`` firms in each form, then read firms one by one.

    The most memory a process had is never less than before: so each form has a process of its own, and takes a file
    of a quarter of the rows first. ``growth`` is how much more the whole one needed: 1 where memory is constant.
    """
    answer: dict[str, Any] = {"rows": rows, "firms": min(firms, _MOST_FIRMS), "feed": FEED}
    for form in forms:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as alone:
            answer[form] = alone.submit(measure_form, form, rows, firms, seed).result()
    return answer


def measure_form(form: str, rows: int, firms: int, seed: int) -> dict[str, Any]:
    """The same in one form, in this process."""
    firms = min(firms, _MOST_FIRMS)
    codes = pl.Series([uscc.synthetic(number) for number in range(firms)])
    index = FirmIndex((number, code, None, "") for number, code in enumerate(codes.to_list()))
    with tempfile.TemporaryDirectory(prefix="creditbridge-bench-") as folder:
        return _measured(Path(folder), form, rows, codes=codes, index=index, seed=seed)


def _measured(
    folder: Path, form: str, rows: int, *, codes: pl.Series, index: FirmIndex, seed: int
) -> dict[str, Any]:
    database = Database(
        f"sqlite:///{folder / 'bench.sqlite3'}", places={manifest.FOLDER_KEY: folder / "lake"}
    )
    Base.metadata.create_all(database.engine)

    def taken(name: str, count: int, offset: int) -> tuple[float, float]:
        path = folder / f"{name}.{form}"
        write_file(path, count, codes, seed, offset)
        begun, busy = time.perf_counter(), time.process_time()
        report = intake.take(
            database, feeds()[FEED], Sent(path, path.name), firms=index, limits=replace(OPERATOR, rows=rows)
        )
        spent = time.perf_counter() - begun, time.process_time() - busy
        assert report.records == count, report.figures()
        path.unlink()
        return spent

    taken("warm-up", min(rows, _WARM_UP), 0)
    quarter = max(rows // 4, 1)
    taken("quarter", quarter, _WARM_UP)
    peak_of_quarter = peak_rss_mb()
    seconds, cpu_seconds = taken("measured", rows, _WARM_UP + quarter)
    peak = peak_rss_mb()
    with database.read() as session:
        lake = manifest.opened(session)
    reads, found = _reads(lake, len(codes), seed)
    database.dispose()
    return {
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "rows_per_second": round(rows / seconds),
        "peak_rss_mb": peak,
        "growth": round(peak / peak_of_quarter, 3),
        "one_firm_ms": {
            "p50": round(reads[len(reads) // 2], 3),
            "p95": round(reads[int(len(reads) * 0.95)], 3),
        },
        "one_firm_records": round(statistics.mean(found), 1),
    }


def _reads(lake: Lake, firms: int, seed: int) -> tuple[list[float], list[int]]:
    """The milliseconds that reading some firms takes, rising, and how many records each of them has."""
    milliseconds, found = [], []
    for firm in np.random.default_rng(seed).integers(0, firms, READS).tolist():
        begun = time.perf_counter()
        records = lake.read_firms([firm], ON)
        milliseconds.append((time.perf_counter() - begun) * 1_000)
        found.append(len(records))
    return sorted(milliseconds), found


def write_file(path: Path, rows: int, codes: pl.Series, seed: int, offset: int = 0) -> None:
    """A file of taxes paid: some firms pay far more often than others, every entry is new."""
    rng = np.random.default_rng(seed)
    parts = (_part(min(_PART, rows - begin), codes, rng, offset + begin) for begin in range(0, rows, _PART))
    if path.suffix == ".csv":
        with path.open("wb") as out:
            for place, part in enumerate(parts):
                part.write_csv(out, include_header=place == 0)
        return
    import pyarrow.parquet as pq

    writer = None
    for part in parts:
        table = part.to_arrow(compat_level=pl.CompatLevel.oldest())
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=250_000)
    if writer is not None:
        writer.close()


def _part(count: int, codes: pl.Series, rng: np.random.Generator, offset: int) -> pl.DataFrame:
    firm = (rng.random(count) ** 2 * len(codes)).astype(np.int64)
    return pl.DataFrame(
        {
            "uni_social_crd_cd": codes.gather(pl.Series(firm)),
            "coll_item": pl.Series(["增值税", "企业所得税", "印花税"]).gather(
                pl.Series(rng.integers(0, 3, count))
            ),
            "rkrq": pl.Series(_DAYS).gather(pl.Series(rng.integers(0, len(_DAYS), count))),
            "paid_amt": rng.integers(1, 10**8, count) / 100,
            "yzpzxh": pl.Series(np.arange(offset, offset + count)).cast(pl.String),
        }
    )


def peak_rss_mb() -> int:
    """The most memory this process had so far; pages of files mapped into it are among it."""
    unit = 1024 if sys.platform != "darwin" else 1024 * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
