"""Reading the first visible sheet of an XLSX workbook. Formulas are taken by their stored values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from creditbridge.kernel.words import Words
from creditbridge.sheets.limits import Limits
from creditbridge.sheets.packages import inspect
from creditbridge.sheets.refusals import refusal

# Spreadsheets keep 15 significant digits of a number; what is longer has lost its last ones.
_EXACT = 10**15


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheet that is read, and what the sender should know about the rest."""

    sheet: CalamineSheet
    notes: tuple[Words, ...]


def open_workbook(stream: BinaryIO, limits: Limits) -> Workbook:
    """Check the package and open its first visible worksheet.

    Raises:
        InvalidInput: file_damaged, file_protected, file_unpacks_too_large, file_unsafe, no_sheet.
    """
    inspect(stream, limits)
    try:
        sheets = _visible_sheets(CalamineWorkbook.from_filelike(stream))
    except PasswordError as error:
        raise refusal("file_protected") from error
    except (CalamineError, OSError, ValueError) as error:
        raise refusal("file_damaged") from error
    except BaseException as error:
        # A panic of the native reader does not derive from Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise refusal("file_damaged") from error
    if not sheets:
        raise refusal("no_sheet")
    return Workbook(sheets[0], _notes(sheets))


def _visible_sheets(workbook: CalamineWorkbook) -> list[CalamineSheet]:
    return [
        workbook.get_sheet_by_name(sheet.name)
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _notes(sheets: list[CalamineSheet]) -> tuple[Words, ...]:
    unread = [sheet.name for sheet in sheets[1:] if sheet.height]
    if not unread:
        return ()
    note = Words(
        "只读取了第一张工作表“{read}”，未读取：{unread}。",
        "Only the first sheet “{read}” was read, not: {unread}.",
    )
    return (note.fill(read=sheets[0].name, unread="、".join(unread)),)


def read(workbook: Workbook) -> Iterator[tuple[int, list[str], frozenset[int]]]:
    """Each row with its number, its cells as text, and the places of cells that lost digits as numbers."""
    sheet = workbook.sheet
    if sheet.start is None:
        return
    first, left = sheet.start
    for offset, row in enumerate(sheet.to_python(skip_empty_area=True)):
        cells = [""] * left + [cell_text(value) for value in row]
        lost = frozenset(left + place for place, value in enumerate(row) if _lost_digits(value))
        yield first + offset + 1, cells, lost


def cell_text(value: Any) -> str:
    """What a cell shows: whole numbers without a point, dates as 2026-11-23."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return str(value)


def _lost_digits(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _EXACT
