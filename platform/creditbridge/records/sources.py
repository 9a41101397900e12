"""Opening a feed's file as a stream of stretches of rows, whatever its size: Parquet, CSV or TSV, XLSX.

Only the columns that the feed reads are decoded; the rest of a row is kept where it is refused. A heading may be the
column's code or its Chinese title.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

import polars as pl
import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.records.feeds import Feed
from creditbridge.sheets import text as texts
from creditbridge.sheets.limits import MIB, Limits
from creditbridge.sheets.reading import open_sheet
from creditbridge.sheets.refusals import refusal

STRETCH = 500_000
"""Rows that are worked on at once."""
_BLOCK = 32 * MIB
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
    "文件不完整或已损坏（{reason}），没有接收任何内容。请重新导出后再发送。",
    "The file is incomplete or damaged ({reason}); nothing was taken. Export it again and send it again.",
)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows in a row. ``frame`` has every column of the file; ``first_line`` is the line of the first."""

    first_line: int
    frame: pl.DataFrame
    broken: Sequence[tuple[int, str]] = ()


@dataclass(slots=True)
class Source:
    """An opened file. ``columns`` says under which heading each of the feed's columns stands."""

    format: str
    header: tuple[str, ...]
    columns: dict[str, str]
    unread: tuple[str, ...]
    rows: int | None
    stretches: Iterator[Stretch]
    broken: list[str]


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


def columns_of(header: Sequence[str], feed: Feed) -> dict[str, str]:
    """Under which heading each column of the feed stands.

    Raises:
        InvalidInput: a heading stands twice, or a column is missing.
    """
    tidied = [heading.strip().strip("\ufeff") for heading in header]
    known: dict[str, str] = {}
    for heading, raw in zip(tidied, header, strict=True):
        if heading and heading.lower() in known:
            raise refusal("duplicate_header", name=heading)
        known[heading.lower()] = raw
    found = {}
    for code, title in feed.columns.items():
        stands = known.get(code.lower()) or (known.get(title.strip().lower()) if title else None)
        if stands is not None:
            found[code] = stands
    missing = [code for code in feed.columns if code not in found and code not in feed.optional]
    if missing:
        names = "、".join(f"{feed.columns[code] or code}（{code}）" for code in missing)
        raise refusal("missing_columns", names=names)
    return found


def as_columns(frame: pl.DataFrame, source: Source, feed: Feed) -> pl.DataFrame:
    """The feed's columns of some rows; a column that was not sent is null."""
    return pl.DataFrame(
        [
            frame[source.columns[code]].alias(code)
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
    unpacked = sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups))
    if unpacked > max(limits.unpacked_bytes, 40 * path.stat().st_size):
        raise refusal("file_unpacks_too_large")
    if metadata.num_rows > limits.rows:
        raise refusal("too_many_rows", limit=limits.rows)
    flat = [name for name in schema.names if not pa.types.is_nested(schema.field(name).type)]
    columns = columns_of(flat, feed)

    sizes = [metadata.row_group(place).num_rows for place in range(metadata.num_row_groups)]
    frames = (
        _by_groups(path, flat, sizes)
        if max(sizes, default=0) <= _LARGEST_GROUP
        else _by_batches(opened, flat)
    )

    def stretches() -> Iterator[Stretch]:
        line = 1
        for frame in frames:
            yield Stretch(line, frame)
            line += frame.height

    yield Source("parquet", tuple(flat), columns, _unread(flat, columns), metadata.num_rows, stretches(), [])


def _by_groups(path: Path, columns: list[str], sizes: Sequence[int]) -> Iterator[pl.DataFrame]:
    """Whole row groups, several at once where they are small."""
    scan = pl.scan_parquet(path, glob=False).select(columns)
    begin = length = 0
    for size in sizes:
        if length and length + size > STRETCH:
            yield scan.slice(begin, length).collect()
            begin, length = begin + length, 0
        length += size
    if length:
        yield scan.slice(begin, length).collect()


def _by_batches(opened: pq.ParquetFile, columns: list[str]) -> Iterator[pl.DataFrame]:
    """Parts of row groups that are too large to be read whole."""
    for batch in opened.iter_batches(STRETCH, columns=columns):
        frame = pl.from_arrow(batch)
        assert isinstance(frame, pl.DataFrame)
        yield frame


def _text(path: Path, file_name: str, feed: Feed, limits: Limits) -> Iterator[Source]:
    with path.open("rb") as stream:
        if stream.read(4).startswith((b"PK", _PARQUET)):
            raise refusal("file_format_mismatch", extension=PurePath(file_name).suffix)
        stream.seek(0)
        form = texts.detect(stream)
    broken: list[str] = []

    def skip(row: pc.InvalidRow) -> str:
        broken.append(row.text or "")
        return "skip"

    header = _header(path, form, limits)
    columns = columns_of(header, feed)
    reader = pc.open_csv(
        path,
        read_options=pc.ReadOptions(
            block_size=_BLOCK,
            encoding="utf8" if form.encoding.startswith("utf-8") else form.encoding,
            column_names=header,
            skip_rows=0,
            skip_rows_after_names=1,
            use_threads=True,
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
        line, told = 2, 0
        for batch in reader:
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            fresh, told = broken[told:], len(broken)
            yield Stretch(line, frame, [(line, text) for text in fresh])
            line += frame.height + len(fresh)
        if broken[told:]:
            yield Stretch(
                line,
                pl.DataFrame(schema=dict.fromkeys(header, pl.String)),
                [(line, text) for text in broken[told:]],
            )

    kind = "tsv" if form.delimiter == "\t" else "csv"
    yield Source(kind, tuple(header), columns, _unread(header, columns), None, stretches(), broken)


def _header(path: Path, form: texts.TextFormat, limits: Limits) -> list[str]:
    with path.open("rb") as stream:
        for _, cells in texts.read(stream, form, limits):
            if any(cell.strip() for cell in cells):
                return cells
    raise refusal("no_header")


def _workbook(path: Path, file_name: str, feed: Feed, limits: Limits) -> Iterator[Source]:
    with open_sheet(path, file_name, limits) as sheet:
        columns = columns_of(sheet.header, feed)

        def stretches() -> Iterator[Stretch]:
            kept: list[tuple[str, ...]] = []
            first = 2
            for row in sheet.rows:
                if not kept:
                    first = row.line
                kept.append(row.cells)
                if len(kept) == STRETCH:
                    yield Stretch(first, _frame(sheet.header, kept))
                    kept = []
            if kept:
                yield Stretch(first, _frame(sheet.header, kept))

        unread = _unread(sheet.header, columns)
        yield Source("xlsx", sheet.header, columns, unread, None, stretches(), [])


def _frame(header: Sequence[str], rows: Sequence[Sequence[str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {name: [row[place] for row in rows] for place, name in enumerate(header)},
        schema=dict.fromkeys(header, pl.String),
    )


def _unread(header: Sequence[str], columns: dict[str, str]) -> tuple[str, ...]:
    read = set(columns.values())
    return tuple(name for name in header if name not in read and name.strip())
