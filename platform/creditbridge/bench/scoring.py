"""Records to indicators, measured beside Polars and DuckDB on the same invented city.

Every engine runs in a process of its own and reads the same files, so that the peak of its memory is its own. Ours is
timed with the reading of the files, part by part; the peers find their data in memory and are timed without. All of
them end in the same second step, and the digest of every indicator of every firm must be the same.

A day is the next one, when one firm in a hundred has new records: those firms and the ones that are due by time alone are
read out of the files and worked out again. What comes of it is compared with the whole city worked out for that day.
"""

from __future__ import annotations

import hashlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.demo.generating.drawing import City, blocks
from creditbridge.records.columns import DTYPES, NO_DAY, RecordColumns, day_number
from creditbridge.scoring.columns import DIVISION_CODES, FirmColumns, IndicatorTable
from creditbridge.scoring.engine import indicators

ON = date(2026, 11, 28)
RECORDS_IN_A_PART = 4_000_000
PEERS = ("polars", "duckdb")
NEXT_DAY = ON + timedelta(days=1)
TOUCHED_ONE_IN = 100
_OURS = "ours"


class DifferentAnswers(RuntimeError):
    """An engine gave other indicators than ours."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One engine on one city: the median of its runs."""

    seconds: float
    peak_rss_mb: float
    digest: str
    records: int
    day: Mapping[str, Any] | None = None


def measure(records: int, firms: int, *, peers: bool, repeat: int, seed: int = 1) -> dict[str, Any]:
    """Draw a city, run every engine on it, and say what each took.

    Raises:
        DifferentAnswers: if a peer's indicators are not ours.
    """
    with tempfile.TemporaryDirectory(prefix="bench-scoring-") as folder:
        draw(Path(folder), records, firms, seed)
        ours = _run(_OURS, folder, firms, repeat)
        others = {name: _run(name, folder, firms, repeat) for name in (PEERS if peers else ())}
    for name, other in others.items():
        if other.digest != ours.digest:
            raise DifferentAnswers(f"{name} gives other indicators")
    return {
        "records": ours.records,
        "firms": firms,
        "seconds": round(ours.seconds, 3),
        "records_per_second": round(ours.records / ours.seconds),
        "peak_rss_mb": round(ours.peak_rss_mb),
        "day": ours.day,
        "peers": {name: round(others[name].seconds, 3) if name in others else None for name in PEERS},
    }


def draw(folder: Path, records: int, firms: int, seed: int) -> None:
    """The city's records, sorted by firm, in parts of a few million: one file a column."""
    held: list[RecordColumns] = []
    number = 0
    city = City(firms, records, seed, ON)
    for block in blocks(city):
        held.append(block.records.ordered())
        if sum(map(len, held)) >= RECORDS_IN_A_PART or block.number == city.blocks - 1:
            joined = RecordColumns.joined(held)
            for name in DTYPES:
                np.save(folder / f"{number:05}-{name}.npy", getattr(joined, name))
            number += 1
            held.clear()


def parts(folder: Path) -> Iterator[RecordColumns]:
    """The parts of a city in turn, as the engine wants them."""
    for first in sorted(folder.glob("*-firm_no.npy")):
        number = first.name.partition("-")[0]
        read = {name: np.load(folder / f"{number}-{name}.npy", mmap_mode="r") for name in DTYPES}
        yield RecordColumns(**read)


def firms_of(count: int, seed: int = 1) -> FirmColumns:
    """The register of the invented city."""
    random = np.random.default_rng(seed)
    return FirmColumns.of(
        {
            "firm_no": np.arange(count),
            "division": random.choice(list(DIVISION_CODES.values()), count),
            "size": random.integers(0, 5, count),
            "established_on": np.where(
                random.random(count) < 0.02, NO_DAY, day_number(ON) - random.integers(30, 12_000, count)
            ),
        }
    )


def ours(folder: Path, firms: FirmColumns, on: date = ON) -> list[IndicatorTable]:
    """Our engine over the parts: each part's firms are those from its first to before the next part's."""
    tables = []
    begin = 0
    for part in parts(folder):
        end = int(part.firm_no[-1]) + 1
        tables.append(indicators(part, firms.taken(slice(begin, end)), on))
        begin = end
    if begin < len(firms):
        rest = firms.taken(slice(begin, len(firms)))
        tables.append(indicators(RecordColumns.empty(), rest, on))
    return tables


def day(
    folder: Path, firms: FirmColumns, before: list[IndicatorTable], touched: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], int, IndicatorTable]:
    """The next day's indicators of firms that are touched or due: which they are, how many records, and the table."""
    due = np.concatenate([table.next_change_on for table in before]) <= day_number(NEXT_DAY)
    chosen = touched | due
    numbers = firms.firm_no[chosen]
    read = [_of_firms(part, numbers) for part in parts(folder)]
    records = RecordColumns.joined(read)
    return chosen, len(records), indicators(records, firms.taken(chosen), NEXT_DAY)


def _of_firms(part: RecordColumns, numbers: NDArray[np.uint32]) -> RecordColumns:
    begins = np.searchsorted(part.firm_no, numbers, side="left")
    lengths = np.searchsorted(part.firm_no, numbers, side="right") - begins
    shifts = np.repeat(begins - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return part.taken(np.arange(int(lengths.sum())) + shifts)


def touched_of(firms: FirmColumns, seed: int = 1) -> NDArray[np.bool_]:
    """One firm in a hundred."""
    mask: NDArray[np.bool_] = np.random.default_rng(seed).random(len(firms)) < 1 / TOUCHED_ONE_IN
    return mask


def _measured_day(
    folder: Path, firms: FirmColumns, before: list[IndicatorTable], repeat: int
) -> dict[str, Any]:
    touched = touched_of(firms)
    taken = []
    for _ in range(repeat):
        begun = time.perf_counter()
        chosen, records, table = day(folder, firms, before, touched)
        taken.append(time.perf_counter() - begun)
    _same_as_whole(folder, firms, before, chosen, table)
    return {
        "seconds": round(median(taken), 3),
        "touched": int(np.count_nonzero(touched)),
        "due_besides": int(np.count_nonzero(chosen & ~touched)),
        "records": records,
    }


def _same_as_whole(
    folder: Path,
    firms: FirmColumns,
    before: list[IndicatorTable],
    chosen: NDArray[np.bool_],
    table: IndicatorTable,
) -> None:
    """See that the day's firms, and all others as they were, are what the whole city comes to on that day."""
    begin = at = 0
    for was, now in zip(before, ours(folder, firms, NEXT_DAY), strict=True):
        end = begin + len(now.firm_no)
        mask = chosen[begin:end]
        fresh = slice(at, at + int(np.count_nonzero(mask)))
        for name in ("values", "known"):
            whole, old, new = getattr(now, name), getattr(was, name), getattr(table, name)
            if not (np.array_equal(whole[mask], new[fresh]) and np.array_equal(whole[~mask], old[~mask])):
                raise DifferentAnswers("the day gives other indicators than the whole city")
        begin, at = end, fresh.stop


def digest(tables: list[IndicatorTable]) -> str:
    """One digest over every value and every mask, indicator by indicator."""
    held = hashlib.sha256()
    for position in range(len(tables[0].codes)):
        for table in tables:
            held.update(table.values[:, position].tobytes())
        for table in tables:
            held.update(table.known[:, position].tobytes())
    return held.hexdigest()


def _run(engine: str, folder: str, firms: int, repeat: int) -> Measured:
    command = [sys.executable, "-m", "creditbridge.bench.scoring", engine, folder, str(firms), str(repeat)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module
    return Measured(**json.loads(done.stdout))


def _timed(run: Callable[[], list[IndicatorTable]], repeat: int) -> tuple[float, list[IndicatorTable]]:
    taken: list[float] = []
    tables: list[IndicatorTable] = []
    for _ in range(repeat):
        tables.clear()
        begun = time.perf_counter()
        tables = run()
        taken.append(time.perf_counter() - begun)
    return median(taken), tables


def _prepared(engine: str, folder: Path, firms: FirmColumns) -> Callable[[], list[IndicatorTable]]:
    if engine == _OURS:
        from creditbridge.scoring.accumulating import compiled

        compiled()
        return lambda: ours(folder, firms)
    from creditbridge.bench import scoring_peers

    joined = {name: np.concatenate([getattr(part, name) for part in parts(folder)]) for name in DTYPES}
    plan = scoring_peers.PLANS[engine](RecordColumns(**joined), firms, ON)
    return lambda: [plan()]


def _child(engine: str, folder: str, firms: str, repeat: str) -> None:
    columns = firms_of(int(firms))
    seconds, tables = _timed(_prepared(engine, Path(folder), columns), int(repeat))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    counted: list[NDArray[Any]] = [part.firm_no for part in parts(Path(folder))]
    found = digest(tables)
    next_day = _measured_day(Path(folder), columns, tables, int(repeat)) if engine == _OURS else None
    print(  # noqa: T201 - the parent process reads it
        json.dumps(
            {
                "seconds": seconds,
                "peak_rss_mb": peak,
                "digest": found,
                "day": next_day,
                "records": sum(map(len, counted)),
            }
        )
    )


if __name__ == "__main__":
    _child(*sys.argv[1:])
