"""Reading the first visible sheet of an XLSX workbook. Formulas are taken by their stored values."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
from creditbridge.sheets.packages import Layout, inspect
from creditbridge.sheets.pieces import members_of_sheets, pieces, without_sheets
from creditbridge.sheets.refusals import refusal

# Spreadsheets keep 15 significant digits of a number; what is longer has lost its last ones.
_EXACT = 10**15


@dataclass(frozen=True, slots=True)
class Workbook:
    """The pieces of the sheet that is read, each with how many rows are before it; what to know about other sheets."""

    pieces: Iterator[tuple[int, CalamineSheet]]
    notes: tuple[Words, ...]


def open_workbook(stream: BinaryIO, limits: Limits) -> Workbook:
    """Check the package and open its first visible worksheet.

    Raises:
        InvalidInput: file_damaged, file_protected, file_unpacks_too_large, file_unsafe, no_sheet.
    """
    layouts = inspect(stream, limits)
    if any(one.is_long for one in layouts):
        with _told_as_damage():
            return _long_workbook(stream, layouts)
    with _told_as_damage():
        sheets = _visible_sheets(CalamineWorkbook.from_filelike(stream))
    if not sheets:
        raise refusal("no_sheet")
    return Workbook(
        iter([(0, sheets[0])]), _notes(sheets[0].name, [one.name for one in sheets[1:] if one.height])
    )


def _long_workbook(stream: BinaryIO, layouts: Sequence[Layout]) -> Workbook:
    """A workbook with a long sheet: the one that is read comes piece by piece, the others are not loaded."""
    of_member = {one.name.lower(): one for one in layouts}
    if len(of_member) != len(layouts):
        raise refusal("file_damaged")
    frame = without_sheets(stream, layouts)
    with _told_as_damage():
        names = _visible_names(CalamineWorkbook.from_filelike(io.BytesIO(frame)))
    if not names:
        raise refusal("no_sheet")
    members = members_of_sheets(stream)
    layout_of = {name: of_member.get(members.get(name, "")) for name in names}
    first = layout_of[names[0]]
    if names[0] not in members:
        raise refusal("file_damaged")
    unread = [name for name in names[1:] if (one := layout_of[name]) is not None and one.used]
    return Workbook(_sheets(stream, names[0], first, frame), _notes(names[0], unread))


def _sheets(
    stream: BinaryIO, name: str, layout: Layout | None, frame: bytes
) -> Iterator[tuple[int, CalamineSheet]]:
    for before, piece in pieces(stream, layout, frame) if layout is not None else ():
        yield before, _sheet(piece, name)


def _sheet(piece: BinaryIO, name: str) -> CalamineSheet:
    with _told_as_damage():
        return CalamineWorkbook.from_filelike(piece).get_sheet_by_name(name)


@contextmanager
def _told_as_damage() -> Iterator[None]:
    """Say what the native reader stumbled over as a refusal of the file."""
    try:
        yield
    except PasswordError as error:
        raise refusal("file_protected") from error
    except (CalamineError, OSError, ValueError) as error:
        raise refusal("file_damaged") from error
    except BaseException as error:
        # A panic of the native reader does not derive from Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise refusal("file_damaged") from error


def _visible_names(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]


def _visible_sheets(workbook: CalamineWorkbook) -> list[CalamineSheet]:
    return [workbook.get_sheet_by_name(name) for name in _visible_names(workbook)]


def _notes(read: str, unread: list[str]) -> tuple[Words, ...]:
    if not unread:
        return ()
    note = Words(
        "只读取了第一张工作表“{read}”，未读取：{unread}。",
        "Only the first sheet “{read}” was read, not: {unread}.",
    )
    return (note.fill(read=read, unread="、".join(unread)),)


def read(workbook: Workbook) -> Iterator[tuple[int, list[str], frozenset[int]]]:
    """Each row with its number, its cells as text, and the places of cells that lost digits as numbers."""
    for before, sheet in workbook.pieces:
        if sheet.start is None:
            continue
        first, left = sheet.start
        if first < before:  # its rows do not say which they are
            first += before
        rows = sheet.to_python(skip_empty_area=True)
        del sheet  # it holds every cell once more
        for offset, row in enumerate(rows):
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
