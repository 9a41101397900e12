"""Opening a feed's file as a stream of stretches of rows, whatever its size: Parquet, CSV or TSV, XLSX.

Only the columns that the feed reads are decoded; the rest of a row is kept where it is refused. A heading may be the
column's code or its Chinese title.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
from pyarrow import compute

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.records.feeds import Feed
from creditbridge.records.headings import Standing, named, standing
from creditbridge.records.readings import in_unit
from creditbridge.sheets import text as texts
from creditbridge.sheets.limits import MIB, Limits
from creditbridge.sheets.reading import distinct, open_sheet
from creditbridge.sheets.refusals import refusal
from creditbridge.sheets.text import HEADER_WITHIN

STRETCH = 500_000
"""Rows that are worked on at once."""
_SHEET_CELLS = 500_000
"""Cells of a sheet that are one stretch: they are texts of Python, which take ten times the memory of a column's."""
_BLOCK = 4 * MIB
"""What is read of a text at once. Arrow holds up to 32 blocks ready, however slowly they are taken: so they are small."""
_BLOCKS = 8
"""How many of them become one stretch, where that many rows are fewer than :data:`STRETCH`."""
_LARGEST_GROUP = 1 << 20
"""Rows of a Parquet row group that is read whole."""
_PARQUET = b"PAR1"
_SUFFIXES = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".txt": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
}
_FORMATS = Words(
    "不支持这种文件。请使用 Parquet、CSV、TSV 或 XLSX 文件。",
    "This kind of file cannot be read. Use Parquet, CSV, TSV or XLSX.",
)
_DAMAGED = Words(
    "文件不完整或已损坏，没有接收任何内容。请重新导出后再发送。",  # what the reader says is English
    "The file is incomplete or damaged ({reason}); nothing was taken. Export it again and send it again.",
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows in a row. ``frame`` has every column of the file; ``first_line`` is the line of the first.

    ``broken`` are the lines among them whose cells do not fit the header; they are not in the frame.
    """

    first_line: int
    frame: pl.DataFrame
    broken: Sequence[tuple[int, str]] = ()

    def lines(self, places: pl.Series) -> pl.Series:
        """On which lines of the file rows of the frame stand; lines without anything in them are not counted."""
        if not self.broken:
            return places.cast(pl.Int64) + self.first_line
        every = np.arange(self.first_line, self.first_line + self.frame.height + len(self.broken))
        whole = every[~np.isin(every, [line for line, _ in self.broken])]
        return pl.Series(whole).gather(places)


@dataclass(slots=True)
class Source:
    """An opened file. ``columns`` says under which heading each of the feed's columns stands.

    ``units``: of amounts whose heading says so, the unit of cells that state none themselves.
    """

    format: str
    header: tuple[str, ...]
    columns: Mapping[str, str]
    units: Mapping[str, str]
    unread: tuple[str, ...]
    rows: int | None
    stretches: Iterator[Stretch]


@contextmanager
def open_source(path: Path, file_name: str, feed: Feed, limits: Limits) -> Iterator[Source]:
    """Open a file of a feed.

    Raises:
        InvalidInput: it cannot be read, or lacks columns; some of it shows only while the rows are gone through.
    """
    form = _SUFFIXES.get(PurePath(file_name).suffix.lower())
    if form is None:
        raise InvalidInput({"file": [_FORMATS]}, _FORMATS, code="file_format")
    size = path.stat().st_size
    if size == 0:
        raise refusal("file_empty")
    if size > limits.file_bytes:
        raise refusal("file_too_large", limit=limits.file_bytes // MIB)
    opened = {"parquet": _parquet, "csv": _text, "tsv": _text, "xlsx": _workbook}[form]
    with _told_as_damage():
        yield from opened(path, file_name, feed, limits)


@contextmanager
def _told_as_damage() -> Iterator[None]:
    """Say what a native reader stumbled over as a refusal of the file."""
    try:
        yield
    except (pa.ArrowException, pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        words = _DAMAGED.fill(reason=str(error).splitlines()[0][:200])
        raise InvalidInput({"file": [words]}, words, code="file_damaged") from error


def as_columns(frame: pl.DataFrame, source: Source, feed: Feed) -> pl.DataFrame:
    """The feed's columns of some rows; a column that was not sent is null."""
    return pl.DataFrame(
        [
            in_unit(frame[source.columns[code]], source.units.get(code)).alias(code)
            if code in source.columns
            else pl.Series(code, [None], dtype=pl.String).new_from_index(0, frame.height)
            for code in feed.columns
        ]
    )


def _parquet(path: Path, file_name: str, feed: Feed, limits: Limits) -> Iterator[Source]:
    with path.open("rb") as stream:
        if stream.read(4) != _PARQUET:
            raise refusal("file_format_mismatch", extension=PurePath(file_name).suffix)
    opened = pq.ParquetFile(path)
    metadata, schema = opened.metadata, opened.schema_arrow
    most = max(limits.unpacked_bytes, 40 * path.stat().st_size)
    if sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups)) > most:
        raise refusal("file_unpacks_too_large")
    if metadata.num_rows > limits.rows:
        raise refusal("too_many_rows", limit=limits.rows)
    flat = [name for name in schema.names if not pa.types.is_nested(schema.field(name).type)]
    _check_width(flat, limits)
    stand = standing(flat, feed)

    unpacked = _Unpacked(most, limits)
    sizes = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    frames = (
        _by_groups(path, flat, sizes, unpacked)
        if max(sizes, default=0) <= _LARGEST_GROUP
        else _by_batches(path, schema, flat, unpacked)
    )

    def stretches() -> Iterator[Stretch]:
        line = 1
        for frame in frames:
            yield Stretch(line, frame)
            line += frame.height

    yield _source("parquet", flat, stand, metadata.num_rows, stretches())


def _by_groups(
    path: Path, columns: list[str], sizes: Sequence[int], unpacked: _Unpacked
) -> Iterator[pl.DataFrame]:
    """Whole row groups, several at once where they are small."""
    scan = pl.scan_parquet(path, glob=False).select(columns)

    def taken(begin: int, length: int) -> pl.DataFrame:
        frame = scan.slice(begin, length).collect()
        unpacked.add(frame.height, _sizes_of_frame(frame))
        return frame

    begin = length = 0
    for size in sizes:
        if length and length + size > STRETCH:
            yield taken(begin, length)
            begin, length = begin + length, 0
        length += size
    if length:
        yield taken(begin, length)


@dataclass(slots=True)
class _Unpacked:
    """How much text a file held so far, told before any of it is copied.

    One long text of a dictionary may stand in every row: what a file says of its own size does not count that.
    """

    most: int
    limits: Limits
    line: int = 1
    total: int = 0

    def add(self, rows: int, sizes: Iterator[tuple[int, int]]) -> None:
        """Take in some rows, with the bytes of text of each column: in all, and of the longest cell.

        Raises:
            InvalidInput: ``cell_too_long``, ``file_unpacks_too_large``.
        """
        for total, longest in sizes:
            if longest > 4 * self.limits.cell_chars:
                raise refusal("cell_too_long", line=self.line, limit=self.limits.cell_chars)
            self.total += total
        if self.total > self.most:
            raise refusal("file_unpacks_too_large")
        self.line += rows


def _sizes_of_frame(frame: pl.DataFrame) -> Iterator[tuple[int, int]]:
    sizes = frame.select(pl.col(pl.String).str.len_bytes(), pl.col(pl.Binary).bin.size())
    for column in sizes.iter_columns():
        yield int(column.cast(pl.UInt64).sum()), int(column.max() or 0)  # type: ignore[arg-type]


def _sizes_of_batch(batch: pa.RecordBatch) -> Iterator[tuple[int, int]]:
    for column in batch.columns:
        if pa.types.is_dictionary(column.type):
            lengths = compute.binary_length(column.dictionary)
            used = compute.sum(compute.take(lengths, column.indices)).as_py()
            yield int(used or 0), int(compute.max(lengths).as_py() or 0)


def _check_width(header: Sequence[str], limits: Limits) -> None:
    if len(header) > limits.columns:
        raise refusal("too_many_columns", limit=limits.columns)


def _by_batches(
    path: Path, schema: pa.Schema, columns: list[str], unpacked: _Unpacked
) -> Iterator[pl.DataFrame]:
    """Parts of row groups that are too large to be read whole; texts that repeat are held once until they are measured."""
    texts = [name for name in columns if pa.types.is_string(schema.field(name).type)]
    opened = pq.ParquetFile(path, read_dictionary=texts)
    for batch in opened.iter_batches(STRETCH, columns=columns):
        unpacked.add(batch.num_rows, _sizes_of_batch(batch))
        plain = [
            column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
            for column in batch.columns
        ]
        frame = pl.from_arrow(pa.RecordBatch.from_arrays(plain, names=batch.schema.names))
        assert isinstance(frame, pl.DataFrame)
        yield frame


def _text(path: Path, file_name: str, feed: Feed, limits: Limits) -> Iterator[Source]:
    with path.open("rb") as stream:
        if stream.read(4).startswith((b"PK", _PARQUET)):
            raise refusal("file_format_mismatch", extension=PurePath(file_name).suffix)
        stream.seek(0)
        form = texts.detect(stream)
    broken: deque[tuple[int, str]] = deque()

    def skip(row: pc.InvalidRow) -> str:
        broken.append((row.number, row.text or ""))
        return "skip"

    header, last = _header(path, form, feed, limits)
    _check_width(header, limits)
    stand = standing(header, feed)
    header = distinct(header)
    reader = pc.open_csv(
        path,
        read_options=pc.ReadOptions(
            block_size=_BLOCK,
            encoding="utf8" if form.encoding.startswith("utf-8") else form.encoding,
            column_names=header,
            skip_rows=last,
            use_threads=False,  # else it does not say which line is broken; several stretches are mapped at once
        ),
        parse_options=pc.ParseOptions(
            delimiter=form.delimiter,
            quote_char='"' if form.quoted else False,
            newlines_in_values=False,
            invalid_row_handler=skip,
        ),
        convert_options=pc.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False, check_utf8=True
        ),
    )

    def stretches() -> Iterator[Stretch]:
        line = last + 1
        for frame in _by_blocks(reader):
            end, within = line + frame.height, []
            while broken and broken[0][0] <= end:  # what is read ahead has told its broken lines already
                within.append(broken.popleft())
                end += 1
            yield Stretch(line, frame, within)
            line = end
        if broken:
            yield Stretch(line, pl.DataFrame(schema=dict.fromkeys(header, pl.String)), list(broken))

    kind = "tsv" if form.delimiter == "\t" else "csv"
    yield _source(kind, header, stand, None, stretches())


def _by_blocks(reader: pc.CSVStreamingReader) -> Iterator[pl.DataFrame]:
    """Several blocks at once, as many as make a stretch."""
    blocks: list[pa.RecordBatch] = []
    rows = 0
    for block in reader:
        blocks.append(block)
        rows += block.num_rows
        if rows >= STRETCH or len(blocks) == _BLOCKS:
            yield _joined(blocks)
            blocks, rows = [], 0
    if blocks:
        yield _joined(blocks)


def _joined(blocks: Sequence[pa.RecordBatch]) -> pl.DataFrame:
    frame = pl.from_arrow(pa.Table.from_batches(blocks), rechunk=True)
    assert isinstance(frame, pl.DataFrame)
    return frame


def _header(path: Path, form: texts.TextFormat, feed: Feed, limits: Limits) -> tuple[list[str], int]:
    """The headings, and the last line of the file they stand on; titles above them are passed over."""
    found: tuple[int, list[str], int] | None = None
    with path.open("rb") as stream:
        rows = (
            (line, cells) for line, cells in texts.read(stream, form, limits) if any(map(str.strip, cells))
        )
        for line, cells in islice(rows, HEADER_WITHIN):
            count = named(cells, feed)
            if found is None or count > found[0]:
                found = count, cells, line + sum(cell.count("\n") for cell in cells)
    if found is None:
        raise refusal("no_header")
    return found[1:]


def _workbook(path: Path, file_name: str, feed: Feed, limits: Limits) -> Iterator[Source]:
    with open_sheet(path, file_name, limits, likeness=lambda cells: named(cells, feed)) as sheet:
        stand = standing(sheet.header, feed)
        header = distinct(sheet.header)

        def stretches() -> Iterator[Stretch]:
            kept: list[tuple[str, ...]] = []
            first = 2
            for row in sheet.rows:
                if not kept:
                    first = row.line
                kept.append(row.cells)
                if len(kept) * len(header) >= _SHEET_CELLS:
                    yield Stretch(first, _frame(header, kept))
                    kept = []
            if kept:
                yield Stretch(first, _frame(header, kept))

        yield _source("xlsx", header, stand, None, stretches())


def _frame(header: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [row[place] for row in rows] for place, name in enumerate(header)},
        schema=dict.fromkeys(header, pl.String),
    )


def _source(
    form: str, header: Sequence[str], stand: Standing, rows: int | None, stretches: Iterator[Stretch]
) -> Source:
    read = set(stand.headings.values())
    unread = tuple(name for name in header if name not in read and name.strip())
    return Source(form, tuple(header), stand.headings, stand.units, unread, rows, stretches)
