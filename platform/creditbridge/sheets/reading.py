"""Opening a file as a table: its format, its header, its rows with their line numbers.

What a file is called and what it holds must agree. Text files are streamed, so a file may be larger than memory;
an XLSX is inspected before it is unpacked. A single cell above the header (a title) is passed over.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import BinaryIO

from creditbridge.kernel.words import Words
from creditbridge.sheets import text, workbooks
from creditbridge.sheets.formulas import original
from creditbridge.sheets.limits import MIB, UPLOAD, Limits
from creditbridge.sheets.refusals import refusal
from creditbridge.sheets.text import HEADER_WITHIN


class Format(StrEnum):
    TSV = "tsv"
    CSV = "csv"
    XLSX = "xlsx"


_EXTENSIONS = {
    ".tsv": Format.TSV,
    ".tab": Format.TSV,
    ".txt": Format.TSV,
    ".csv": Format.CSV,
    ".xlsx": Format.XLSX,
}
_ZIP = b"PK"
_NOT_TEXT = (
    _ZIP,
    b"\xd0\xcf\x11\xe0",
    b"%PDF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x89PNG",
    b"\xff\xd8\xff",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header.

    Attributes:
        line: the line of the text file on which it begins, or the row of the sheet.
        cells: as many texts as there are headings, or all there are where ``width`` is given; a neutralised
            formula is restored.
        lost_digits: headings' places whose number had more digits than a spreadsheet keeps.
        width: how many cells the row really has, where that is not the header's width.
    """

    line: int
    cells: tuple[str, ...]
    lost_digits: frozenset[int] = frozenset()
    width: int | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened table. ``rows`` can be gone through once. ``delimiter`` is empty for XLSX."""

    format: Format
    delimiter: str
    encoding: str
    header: tuple[str, ...]
    rows: Iterator[Row]
    notes: tuple[Words, ...] = ()


@contextmanager
def open_sheet(
    source: bytes | Path,
    filename: str,
    limits: Limits = UPLOAD,
    *,
    likeness: _Likeness = None,
) -> Iterator[Sheet]:
    """Open a file as a table.

    Args:
        source: the content, or where it lies.
        filename: what the sender calls it; its extension says the format.
        limits: what is read at most.
        likeness: how many of the headings a row has, where the caller knows them: the row that has most is that of
            the headings, titles of several rows above it are passed over then, and headings may stand twice.

    Raises:
        InvalidInput: with the codes of :mod:`creditbridge.sheets.refusals`; those about a line of the file are
            raised while the rows are gone through.
    """
    declared = _EXTENSIONS.get(PurePath(filename).suffix.lower())
    if declared is None:
        raise refusal("file_format")
    with _stream(source) as stream:
        _check_size(stream, limits)
        _check_magic(stream, declared, PurePath(filename).suffix)
        opened = _open_workbook if declared is Format.XLSX else _open_text
        yield opened(stream, limits, likeness)


def _stream(source: bytes | Path) -> BinaryIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")


def _check_size(stream: BinaryIO, limits: Limits) -> None:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    if size == 0:
        raise refusal("file_empty")
    if size > limits.file_bytes:
        raise refusal("file_too_large", limit=limits.file_bytes // MIB)


def _check_magic(stream: BinaryIO, declared: Format, extension: str) -> None:
    start = stream.read(8)
    stream.seek(0)
    fits = start.startswith(_ZIP) if declared is Format.XLSX else not start.startswith(_NOT_TEXT)
    if not fits:
        raise refusal("file_format_mismatch", extension=extension)


def _open_text(stream: BinaryIO, limits: Limits, likeness: _Likeness) -> Sheet:
    form = text.detect(stream)
    records = ((line, cells, frozenset[int]()) for line, cells in text.read(stream, form, limits))
    header, rest = _header(records, limits, likeness)
    kind = Format.TSV if form.delimiter == "\t" else Format.CSV
    return Sheet(kind, form.delimiter, form.encoding, header, _rows(header, rest, limits))


def _open_workbook(stream: BinaryIO, limits: Limits, likeness: _Likeness) -> Sheet:
    workbook = workbooks.open_workbook(stream, limits)
    header, rest = _header(workbooks.read(workbook), limits, likeness)
    rows = _rows(header, rest, limits, padded=True)
    return Sheet(Format.XLSX, "", "", header, rows, workbook.notes)


_Record = tuple[int, list[str], frozenset[int]]
_Likeness = Callable[[Sequence[str]], int] | None


def _header(
    records: Iterator[_Record], limits: Limits, likeness: _Likeness
) -> tuple[tuple[str, ...], Iterable[_Record]]:
    """The headings and what follows them."""
    filled: Iterator[_Record] = (record for record in records if any(cell.strip() for cell in record[1]))
    if likeness is not None:
        begun = list(islice(filled, HEADER_WITHIN))
        counts = [likeness(record[1]) for record in begun]
        above = counts.index(max(counts)) if counts else 0
        filled = chain(begun[above:], filled)
    first = next(filled, None)
    if first is None:
        raise refusal("no_header")
    second = next(filled, None)
    if second is not None and _filled(first) == 1 and _filled(second) > 1:
        first, second = second, next(filled, None)
    names = [cell.strip().lstrip("\ufeff") for cell in first[1]]
    while names and not names[-1]:
        names.pop()
    if len(names) > limits.columns:
        raise refusal("too_many_columns", limit=limits.columns)
    repeated = next((name for place, name in enumerate(names) if name and name in names[:place]), None)
    if repeated and likeness is None:
        raise refusal("duplicate_header", name=repeated)
    return tuple(names), chain([second] if second else [], filled)


def distinct(header: Sequence[str]) -> list[str]:
    """Headings of which none is another: one that stands again gets its place behind it, empty ones stay blank."""
    return [
        (f"{name} #{place}" if name.strip() else " " * place) if name in header[: place - 1] else name
        for place, name in enumerate(header, start=1)
    ]


def _filled(record: _Record) -> int:
    return sum(bool(cell.strip()) for cell in record[1])


def _rows(
    header: tuple[str, ...], records: Iterable[_Record], limits: Limits, *, padded: bool = False
) -> Iterator[Row]:
    """``padded``: a sheet is a rectangle, so its rows end where they are empty and are never too short."""
    wanted = len(header)
    for number, (line, cells, lost) in enumerate(records, start=1):
        if number > limits.rows:
            raise refusal("too_many_rows", limit=limits.rows)
        texts = [original(cell) for cell in cells]
        if padded:
            texts += [""] * (wanted - len(texts))
        if len(texts) >= wanted and not any(texts[wanted:]):
            yield Row(line, tuple(texts[:wanted]), lost)
        else:
            yield Row(line, tuple(texts), lost, width=len(texts))


def require_columns(header: tuple[str, ...], required: dict[str, tuple[str, ...]]) -> None:
    """Refuse a header that lacks a required column.

    Args:
        header: the headings found.
        required: for each column its name for people, and the headings any of which will do.

    Raises:
        InvalidInput: missing_columns, naming all that are missing.
    """
    missing = [name for name, headings in required.items() if not set(headings) & set(header)]
    if missing:
        raise refusal("missing_columns", names="、".join(missing))
