"""Writing tables to files: CSV and TSV as UTF-8 with BOM, XLSX; formulas in text are neutralised.

Numbers and dates are written as such; text that a spreadsheet could run gets a leading apostrophe, which
:mod:`creditbridge.sheets.reading` takes off again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

import xlsxwriter

from creditbridge.kernel.clock import LEGAL_ZONE
from creditbridge.kernel.words import Words
from creditbridge.sheets.formulas import neutral
from creditbridge.sheets.reading import Format
from creditbridge.sheets.refusals import refusal

Cell = str | int | float | Decimal | date | datetime | bool | None

XLSX_CELL_CHARS = 32_767
XLSX_ROWS = 1_048_575
_EXACT_DIGITS = 15
_SHEET_NAME = re.compile(r"[\[\]:*?/\\']")
_DATE = "yyyy-mm-dd"
_MOMENT = "yyyy-mm-dd hh:mm"


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str = ",") -> bytes:
    """A text table as spreadsheets open it: UTF-8 with BOM, lines ended by CR LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([neutral(name) for name in header])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(header: Sequence[str], rows: Iterable[Sequence[Cell]], title: str = "Sheet1") -> bytes:
    """A workbook of one sheet, header frozen and bold. Rows are streamed to a temporary file.

    Raises:
        InvalidInput: too_many_rows, cell_too_long.
    """
    out = io.BytesIO()
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": _DATE,
    }
    with xlsxwriter.Workbook(out, options) as workbook:
        sheet = workbook.add_worksheet(_SHEET_NAME.sub(" ", title)[:31].strip() or "Sheet1")
        sheet.freeze_panes(1, 0)
        moment = workbook.add_format({"num_format": _MOMENT})
        bold = workbook.add_format({"bold": True})
        for place, name in enumerate(header):
            sheet.write_string(0, place, neutral(name), bold)
        for line, row in enumerate(rows, start=1):
            if line > XLSX_ROWS:
                raise refusal("too_many_rows", limit=XLSX_ROWS)
            for place, cell in enumerate(row):
                _put(sheet, line, place, cell, moment)
    return out.getvalue()


def write_table(
    form: Format,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    delimiter: str = ",",
    title: str = "Sheet1",
) -> bytes:
    """A table in a format that was read, so that people get back what they sent."""
    if form is Format.XLSX:
        return write_xlsx(header, rows, title)
    return write_csv(header, rows, "\t" if form is Format.TSV else delimiter)


MEDIA_TYPES = {
    Format.TSV: "text/tab-separated-values; charset=utf-8",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMAT_WORDS = {
    Format.TSV: Words("制表符分隔文本（TSV）", "Tab-separated text (TSV)"),
    Format.CSV: Words("逗号分隔文本（CSV）", "Comma-separated text (CSV)"),
    Format.XLSX: Words("Excel 工作簿（XLSX）", "Excel workbook (XLSX)"),
}


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return neutral(cell)
    if isinstance(cell, datetime):
        return cell.astimezone(LEGAL_ZONE).strftime("%Y-%m-%d %H:%M")
    return str(cell)


def _put(sheet: xlsxwriter.workbook.Worksheet, line: int, place: int, cell: Cell, moment: object) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_boolean(line, place, cell)
    elif isinstance(cell, int | float | Decimal) and len(str(abs(cell))) <= _EXACT_DIGITS:
        sheet.write_number(line, place, cell)
    elif isinstance(cell, datetime):
        sheet.write_datetime(line, place, cell.astimezone(LEGAL_ZONE).replace(tzinfo=None), moment)
    elif isinstance(cell, date):
        sheet.write_datetime(line, place, cell)
    else:
        text = _plain(cell)
        if len(text) > XLSX_CELL_CHARS:
            raise refusal("cell_too_long", line=line + 1, limit=XLSX_CELL_CHARS)
        sheet.write_string(line, place, text)
