"""Files of the lake: Parquet that is also read in place.

A file holds the records of one bucket, sorted by firm. It is written plain (no dictionary, no compression, one page a
column), so that any Parquet reader opens it and the values of a column lie side by side in it: we map them into
memory and find a firm by binary search, without decoding anything. Files never change; a new one is written aside,
flushed to the disk and renamed into place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from creditbridge.records.columns import DTYPES, RecordColumns

RECORDS: Final[Mapping[str, str]] = {**DTYPES, "source_key": "i8"}
"""Columns of a file of records; ``source_key`` is the same for the same entry of a source."""
REPLACED: Final[Mapping[str, str]] = {"record_no": "i8", "by_record_no": "i8"}
"""Columns of a file that says which records were replaced by which."""
PURGED: Final[Mapping[str, str]] = {"firm_no": "u4", "record_no": "i8"}
"""Columns of a file with each firm of which records were purged, sorted, and the lowest number of these."""
_MAPPED_FILES = 512
_FEW_FIRMS = 64
"""Somebody who reads more firms of a file at once goes through a city: with files that stayed, all of it would be mapped."""
_LONGEST_PAGE_HEADER = 128
_ARROW = {"u4": pa.uint32(), "u2": pa.uint16(), "u1": pa.uint8(), "i4": pa.int32(), "i8": pa.int64()}
_WIDTHS = {"INT32": 4, "INT64": 8}

Columns = Mapping[str, npt.NDArray[Any]]


class BrokenSegment(RuntimeError):
    """A file of the lake is not as it was written."""


def write(path: Path, columns: Columns, dtypes: Mapping[str, str] = RECORDS) -> int:
    """Write a file aside and rename it into place; answers its size."""
    rows = len(next(iter(columns.values())))
    schema = pa.schema([pa.field(name, _ARROW[dtype], nullable=False) for name, dtype in dtypes.items()])
    arrays = [
        pa.array(np.ascontiguousarray(columns[name], dtype=dtype), _ARROW[dtype])
        for name, dtype in dtypes.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".aside")
    with aside.open("wb") as out:
        options = {
            "compression": "none",
            "use_dictionary": False,
            "write_statistics": False,
            "data_page_size": 2**31 - 1,
            "max_rows_per_page": max(rows, 1),
            "write_batch_size": max(rows, 1),
        }
        with pq.ParquetWriter(out, schema, **options) as writer:
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=max(rows, 1))
        out.flush()
        os.fsync(out.fileno())
    aside.replace(path)
    return path.stat().st_size


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@lru_cache(maxsize=_MAPPED_FILES)
def mapped(path: Path) -> Columns:
    """The columns of a file, mapped into memory as they were written; u2 and u1 lie there four bytes wide.

    Raises:
        BrokenSegment: the file is damaged, or not one of ours.
    """
    return _mapped_for_now(path)


def _mapped_for_now(path: Path) -> Columns:
    """The same for one reading: what was read leaves the process's memory with the columns."""
    rows, places = _layout(path)
    content = np.memmap(path, np.uint8, mode="r")
    return {
        name: content[start : start + rows * stored.itemsize].view(stored)
        for name, (start, stored) in places.items()
    }


def loaded(path: Path, names: Mapping[str, str]) -> dict[str, npt.NDArray[Any]]:
    """Whole columns of a file in memory of their own: for those who go through all of it, and map none of it."""
    rows, places = _layout(path)
    columns = {}
    with path.open("rb") as file:
        for name, dtype in names.items():
            start, stored = places[name]
            file.seek(start)
            columns[name] = np.fromfile(file, stored, rows).astype(dtype, copy=False)
    return columns


@lru_cache(maxsize=_MAPPED_FILES)
def _layout(path: Path) -> tuple[int, Mapping[str, tuple[int, np.dtype[Any]]]]:
    """How many rows a file has, and where each column begins and how it is stored."""
    try:
        metadata = pq.read_metadata(path)
    except (pa.ArrowException, OSError) as error:
        raise BrokenSegment(f"{path.name}: {error}") from error
    if metadata.num_row_groups != 1:
        raise BrokenSegment(f"{path.name}: {metadata.num_row_groups} row groups instead of one")
    rows, group = metadata.num_rows, metadata.row_group(0)
    places = {}
    for place in range(group.num_columns):
        chunk = group.column(place)
        width = _WIDTHS.get(chunk.physical_type, 0)
        header = chunk.total_compressed_size - rows * width
        if chunk.has_dictionary_page or not width or not 0 <= header <= _LONGEST_PAGE_HEADER:
            raise BrokenSegment(f"{path.name}: column {chunk.path_in_schema} is not one plain page")
        places[chunk.path_in_schema] = (chunk.data_page_offset + header, np.dtype(f"<i{width}"))
    return rows, places


def stretch(
    columns: Columns, place: slice | npt.NDArray[Any], names: Mapping[str, str] = DTYPES
) -> dict[str, Any]:
    """Some rows of mapped columns as arrays of their own, of the types that readers expect."""
    return {name: np.array(columns[name][place]).astype(dtype, copy=False) for name, dtype in names.items()}


def records(path: Path) -> RecordColumns:
    """All records of a file."""
    return RecordColumns(**loaded(path, DTYPES))


def records_of(path: Path, firm_nos: npt.NDArray[np.uint32]) -> RecordColumns:
    """The records of some firms of a file; ``firm_nos`` rise. Of many, the file does not stay mapped."""
    columns = mapped(path) if len(firm_nos) <= _FEW_FIRMS else _mapped_for_now(path)
    firms = columns["firm_no"].view("<u4") if columns["firm_no"].size else columns["firm_no"].astype("u4")
    begins = np.searchsorted(firms, firm_nos, side="left")
    ends = np.searchsorted(firms, firm_nos, side="right")
    if len(firm_nos) == 1:
        return RecordColumns(**stretch(columns, slice(int(begins[0]), int(ends[0]))))
    return RecordColumns(**stretch(columns, _places(begins, ends)))


def _places(begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The numbers from each begin to its end, one after the other."""
    lengths = ends - begins
    shifts = np.repeat(begins - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    return np.arange(int(lengths.sum()), dtype=np.int64) + shifts
