"""Long tables of text as XLSX: by column, many rows at a time, at a small part of what a cell by itself costs.

A workbook of :func:`~creditbridge.sheets.writing.write_xlsx` that has its headings alone gets the rows put in. Columns
are made safe as a whole; only where one has a text that needs it is each of its cells looked at.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from creditbridge.sheets.formulas import neutral
from creditbridge.sheets.refusals import refusal
from creditbridge.sheets.writing import XLSX_CELL_CHARS, XLSX_ROWS, write_xlsx


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of few different texts: the texts, and for each row the place of its own among them."""

    texts: Sequence[str]
    places: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Listed:
    """A column of several texts a row, joined by a sign.

    ``places`` has those of all rows one after another; ``bounds``, one more than there are rows, where each begins.
    """

    texts: Sequence[str]
    places: npt.NDArray[np.int64]
    bounds: npt.NDArray[np.int64]
    sign: str = "、"


Column: TypeAlias = Sequence[str] | Coded | Listed
Columns: TypeAlias = Sequence[Column]
"""Some rows as columns of the same length, in the order of the headings; the first is of plain text."""

_SHEET = "xl/worksheets/sheet1.xml"
_END = b"</sheetData>"
_DIMENSION = re.compile(rb"<dimension [^>]*/>")
_QUICK = 1
"""How hard is packed: of the levels of zlib the fastest."""
_CUT = "\x01"
_AT_AN_EDGE = re.compile(rf"{_CUT}(?:[ '=+\-@＝＋－＠]|(?<= {_CUT}))")
"""A text that a spreadsheet could run, that has lost its mark, or that would be trimmed; other blanks are not printable."""
_UNSAID = re.compile(r"[\x00-\x08\x0b-\x1f]|_(?=x[0-9a-fA-F]{4}_)|[\ufffe\uffff]")
"""What XML cannot say, and what a workbook would read as such."""
_BEFORE, _AFTER = '" t="inlineStr"><is><t>', "</t></is></c>"


def write_long_xlsx(
    header: Sequence[str], parts: Iterable[Columns], foot: Iterable[Sequence[str]] = (), title: str = "Sheet1"
) -> bytes:
    """A workbook of one sheet of text: the parts below each other, then the lines of the foot.

    Raises:
        InvalidInput: too_many_rows, cell_too_long.
    """
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_xlsx(header, [], title))) as headed,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=_QUICK) as workbook,
    ):
        for name in headed.namelist():
            if name != _SHEET:
                workbook.writestr(name, headed.read(name))
        # How far the sheet reaches is not known when it begins; readers do without.
        head, end, tail = _DIMENSION.sub(b"", headed.read(_SHEET)).partition(_END)
        with workbook.open(_SHEET, "w") as sheet:
            sheet.write(head)
            for rows in _rows(parts, foot):
                sheet.write(rows)
            sheet.write(end + tail)
    return out.getvalue()


def _rows(parts: Iterable[Columns], foot: Iterable[Sequence[str]]) -> Iterator[bytes]:
    line = 2
    lines: Iterator[Columns] = ([[cell] for cell in row] for row in foot)
    for group in (parts, lines):
        for columns in group:
            height = _height(columns[0]) if columns else 1
            if line + height - 2 > XLSX_ROWS:
                raise refusal("too_many_rows", limit=XLSX_ROWS)
            yield _said(columns, line, height) if columns else b""
            line += height


def _height(column: Column) -> int:
    return len(
        column.places
        if isinstance(column, Coded)
        else column.bounds[1:]
        if isinstance(column, Listed)
        else column
    )


def _said(columns: Columns, first: int, height: int) -> bytes:
    """The XML of some rows, the first of which has this number."""
    lines = pc.cast(pa.array(np.arange(first, first + height)), pa.string())
    pieces: list[Any] = ['<row r="', lines, '">']
    for place, column in enumerate(columns):
        pieces += [f'<c r="{_letters(place)}', lines, _cells(column, first)]
    rows = pc.binary_join_element_wise(*pieces, "</row>", "")
    together = pc.binary_join(pa.ListArray.from_arrays([0, height], rows), "")
    said: bytes = together[0].as_buffer().to_pybytes()
    return said


def _cells(column: Column, first: int) -> Any:
    """What follows the number in each cell of a column."""
    if isinstance(column, Coded):
        return pa.array([_cell(text) for text in column.texts]).take(pa.array(column.places))
    texts = _joined(column) if isinstance(column, Listed) else column
    return pa.array(_plain_cells(texts, first), pa.string())


def _joined(column: Listed) -> list[str]:
    texts = pa.array(column.texts, pa.string()).take(pa.array(column.places))
    lists = pa.ListArray.from_arrays(pa.array(column.bounds, pa.int32()), texts)
    joined: list[str] = pc.binary_join(lists, column.sign).to_pylist()
    return joined


def _plain_cells(column: Sequence[str], first: int) -> list[str]:
    if max(map(len, column), default=0) >= XLSX_CELL_CHARS:
        place = next(place for place, text in enumerate(column) if len(text) >= XLSX_CELL_CHARS)
        raise refusal("cell_too_long", line=first + place, limit=XLSX_CELL_CHARS)
    alone = "".join(column)
    joined = _CUT + _CUT.join(column) + _CUT
    if not alone.isprintable() or "_x" in alone or "" in column or _AT_AN_EDGE.search(joined):
        return [_cell(text) for text in column]
    between = f"{_AFTER}{_CUT}{_BEFORE}"
    return escape(joined, quote=False).replace(_CUT, between).split(_CUT)[1:-1]


def _cell(text: str) -> str:
    if not text:
        return '"/>'
    safe = escape(_UNSAID.sub(_as_workbooks_say, neutral(text)), quote=False)
    return f"{_BEFORE if safe == safe.strip() else _KEEPING}{safe}{_AFTER}"


_KEEPING = _BEFORE[:-1] + ' xml:space="preserve">'


def _as_workbooks_say(found: re.Match[str]) -> str:
    return f"_x{ord(found.group()):04X}_"


def _letters(place: int) -> str:
    """The name of a column: A, B, …, Z, AA."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
