"""Writing an invented city as files: its registrations, and its records as the exchange format carries them.

``firms.csv`` is what ``creditbridge firms import`` takes, each ``records-NNN.parquet`` what ``creditbridge records import
--feed exchange`` takes as a batch. Block after block is drawn and written, so memory does not grow with the city. A few
rows are wrong, as a city's are: without the firm's code or the day, or about a firm nobody knows; how many there are
of each is answered, to be compared with what an intake says of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from creditbridge.demo.generating import registering
from creditbridge.demo.generating.drawing import Block, City, blocks, stream
from creditbridge.records.catalogue import numbered
from creditbridge.records.columns import NO_DAY, NO_VALUE
from creditbridge.records.feeds import feeds
from creditbridge.sheets.limits import OPERATOR

FEED: Final = "exchange"
FIRMS_FILE: Final = "firms.csv"
NO_CODE_SHARE: Final = 0.0005
NO_DAY_SHARE: Final = 0.0005
UNKNOWN_FIRM_SHARE: Final = 0.001
_STRANGERS = 512
"""Different codes in a block that no firm has."""
_ROWS_IN_A_GROUP = 250_000
_SCHEMA = pa.schema(
    [
        ("uscc", pa.string()),
        ("record_id", pa.string()),
        ("occurred_on", pa.date32()),
        ("ends_on", pa.date32()),
        ("value", pa.int64()),
        ("item", pa.string()),
    ]
)

Progress = Callable[[int, int], None]
"""Told how many blocks are written, and of how many."""


@dataclass(slots=True)
class Delivery:
    """What was written: files in the order in which they are to be taken, and what there is in them.

    ``rows`` are those of all files of records, ``records`` the different ones among them. Of the rows an intake into an
    empty lake will find ``accepted``, ``duplicate`` (saying an accepted one again), ``incomplete`` and ``unknown_firm``.
    """

    firms: int
    files: list[str] = field(default_factory=list)
    rows: int = 0
    records: int = 0
    accepted: int = 0
    duplicate: int = 0
    incomplete: int = 0
    unknown_firm: int = 0
    late: int = 0

    def figures(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "firms": self.firms,
            "records": self.records,
            "rows": self.rows,
            "accepted": self.accepted,
            "duplicate": self.duplicate,
            "incomplete": self.incomplete,
            "unknown_firm": self.unknown_firm,
            "late": self.late,
            "firms_file": FIRMS_FILE,
            "record_files": self.files,
            "feed": FEED,
        }


def deliver(
    city: City, folder: Path, *, told: Progress = lambda *_: None, rows_in_a_file: int = OPERATOR.rows
) -> Delivery:
    """Write a city into a folder; files of a city that was written there before are replaced.

    ``rows_in_a_file`` bounds a file of records: by itself to what is taken as one batch.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("records-*.parquet"):
        earlier.unlink()
    done = Delivery(city.firms)
    with ExitStack() as opened, (folder / FIRMS_FILE).open("wb") as register:
        records = _Files(folder, rows_in_a_file, done, opened)
        for block in blocks(city):
            registering.registrations(city, block.number).write_csv(
                register, include_header=block.number == 0, line_terminator="\r\n"
            )
            for table in _tables(city, block, done):
                records.write(table)
            told(block.number + 1, city.blocks)
        records.close()
    return done


class _Files:
    """Files of records, one after the other."""

    def __init__(self, folder: Path, most: int, done: Delivery, opened: ExitStack) -> None:
        self._folder, self._most, self._done = folder, most, done
        self._writer: pq.ParquetWriter | None = None
        self._rows = 0
        opened.callback(self.close)

    def write(self, table: pa.Table) -> None:
        while table.num_rows:
            if self._rows == self._most:
                self.close()
            part = table.slice(0, self._most - self._rows)
            self._opened().write_table(part, row_group_size=_ROWS_IN_A_GROUP)
            self._rows += part.num_rows
            table = table.slice(part.num_rows)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer, self._rows = None, 0

    def _opened(self) -> pq.ParquetWriter:
        if self._writer is None:
            name = f"records-{len(self._done.files) + 1:03}.parquet"
            self._done.files.append(name)
            self._writer = pq.ParquetWriter(self._folder / name, _SCHEMA, compression="zstd")
        return self._writer


def _tables(city: City, block: Block, done: Delivery) -> Iterator[pa.Table]:
    """A block's rows in the order in which they came, with what is wrong of them."""
    records = block.records
    random = stream(city, block.number, "faults")
    distinct = int(records.record_no.max()) + 1 if len(records) else 0
    chance = random.random(distinct)[records.record_no]  # a row that comes twice is wrong twice
    no_code = chance < NO_CODE_SHARE
    no_day = ~no_code & (chance < NO_CODE_SHARE + NO_DAY_SHARE)
    unknown = ~no_code & ~no_day & (chance < NO_CODE_SHARE + NO_DAY_SHARE + UNKNOWN_FIRM_SHARE)
    _count(done, records.record_no, no_code | no_day, unknown)
    late = records.received_on - records.occurred_on > feeds()[FEED].late_after_days
    done.late += int(np.count_nonzero(late))
    codes = registering.codes_of(city, block.number)
    strangers = registering.unknown_codes(random, _STRANGERS)
    items = pl.Series([item.code for item in numbered()])
    first_firm = block.number * city.firms_in_block
    for begin in range(0, len(records), _ROWS_IN_A_GROUP):
        part = slice(begin, begin + _ROWS_IN_A_GROUP)
        numbers = pl.Series(records.record_no[part])
        code = codes.gather(pl.Series(records.firm_no[part].astype(np.int64) - first_firm))
        code = code.zip_with(pl.Series(~unknown[part]), strangers.gather(numbers % _STRANGERS))
        frame = pl.DataFrame(
            {
                "uscc": code.set(pl.Series(no_code[part]), None),
                "record_id": f"{city.seed}-{block.number}-" + numbers.cast(pl.String),
                "occurred_on": _days(records.occurred_on[part], no_day[part]),
                "ends_on": _days(records.ends_on[part], records.ends_on[part] == NO_DAY),
                "value": pl.Series(records.value[part]).set(pl.Series(records.value[part] == NO_VALUE), None),
                "item": items.gather(pl.Series(records.item[part])),
            }
        )
        yield frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(_SCHEMA)


def _count(
    done: Delivery,
    numbers: npt.NDArray[np.int64],
    incomplete: npt.NDArray[np.bool_],
    unknown: npt.NDArray[np.bool_],
) -> None:
    good = ~incomplete & ~unknown
    different = len(np.unique(numbers[good]))
    done.rows += len(numbers)
    done.records += int(numbers.max()) + 1 if len(numbers) else 0
    done.accepted += different
    done.duplicate += int(np.count_nonzero(good)) - different
    done.incomplete += int(np.count_nonzero(incomplete))
    done.unknown_firm += int(np.count_nonzero(unknown))


def _days(days: npt.NDArray[np.int32], missing: npt.NDArray[np.bool_]) -> pl.Series:
    return pl.Series(np.where(missing, 0, days).astype(np.int32)).set(pl.Series(missing), None).cast(pl.Date)
