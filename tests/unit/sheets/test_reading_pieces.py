"""A long sheet is read piece by piece, and reads as it would at once."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest
import xlsxwriter

from creditbridge.kernel.errors import InvalidInput
from creditbridge.sheets import packages, workbooks
from creditbridge.sheets.limits import Limits
from creditbridge.sheets.reading import Row, open_sheet
from creditbridge.sheets.workbooks import CalamineWorkbook

SHEET = "xl/worksheets/sheet1.xml"


def book(rows: int = 40) -> bytes:
    """Two sheets that are shown and one before them that is not."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    hidden, shown, other = made.add_worksheet("藏"), made.add_worksheet("甲"), made.add_worksheet("乙")
    shown.activate()
    hidden.hide()
    day = made.add_format({"num_format": "yyyy-mm-dd"})
    for line in range(rows):
        hidden.write_row(line, 0, ["x", line])
        other.write_row(line, 0, ["y", line])
        place = line + 3 if line else 1  # two rows between the headings and the rest are empty
        shown.write_row(place, 1, ["代码", "名称"] if not line else [f"{line:04}", f"企业{line % 7}"])
        shown.write_datetime(place, 3, date(2025, 3, 1), day)
        shown.write_formula(place, 4, "=1+1", None, 2.5)
    made.close()
    return out.getvalue()


def changed(content: bytes, change) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            xml = old.read(name)
            new.writestr(name, change(xml.decode()) if "worksheets/sheet" in name else xml)
    return out.getvalue()


def read(content: bytes, limits: Limits | None = None):
    with open_sheet(content, "a.xlsx", limits or Limits()) as sheet:
        return sheet.header, list(sheet.rows), [note.zh for note in sheet.notes]


@pytest.fixture
def small_pieces(monkeypatch):
    """Pieces of a few rows; answers how many workbooks the native reader is given."""
    opened: list[int] = []

    class Counted:
        @staticmethod
        def from_filelike(stream):
            opened.append(1)
            return CalamineWorkbook.from_filelike(stream)

    monkeypatch.setattr(packages, "PIECE", 600)
    monkeypatch.setattr(workbooks, "CalamineWorkbook", Counted)
    monkeypatch.setattr(packages, "_piece_of", lambda _shared: 600)
    return opened


WRITTEN = {
    "as it is": lambda xml: xml.encode(),
    "with a prefix": lambda xml: (
        re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", xml).replace("xmlns=", "xmlns:x=").encode()
    ),
    "without places": lambda xml: re.sub(r'<(row|c) r="[A-Z0-9]+"', r"<\1", xml).encode(),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_long_sheet_reads_as_it_does_at_once(how, monkeypatch, request):
    content = changed(book(), WRITTEN[how])
    at_once = read(content)
    opened = request.getfixturevalue("small_pieces")
    assert read(content) == at_once
    assert len(opened) > 5
    if how == "as it is":
        assert at_once[0] == ("", "代码", "名称", "2025-03-01", "2.5")
        assert at_once[1][0] == Row(5, ("", "0001", "企业1", "2025-03-01", "2.5"))
        assert [row.line for row in at_once[1]] == list(range(5, 44))
    assert at_once[2] == ["只读取了第一张工作表“甲”，未读取：乙。"]


def test_the_rectangle_is_that_of_a_piece(small_pieces):
    limits = Limits(cells=60)
    assert len(read(book(), limits)[1]) == 39


def test_a_corner_far_away_within_a_piece_is_refused(small_pieces):
    rows = "".join(
        f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="CV{row}"><v>1</v></c></row>'
        for row in (900_000, 950_001, 1_048_576)
    )
    far = f"{rows}</sheetData>"
    with pytest.raises(InvalidInput) as error:
        read(changed(book(), lambda xml: xml.replace("</sheetData>", far).encode()))
    assert error.value.code == "file_unpacks_too_large"


def test_rows_that_are_none_of_the_sheets_are_no_pieces(small_pieces):
    deep = changed(book(), lambda xml: xml.replace("<sheetData>", "<y><sheetData>").replace("</sheetData>", "</sheetData></y>").encode())  # fmt: skip
    with pytest.raises(InvalidInput) as error:
        read(deep, Limits(cells=60))
    assert error.value.code == "file_unpacks_too_large"


def test_a_workbook_that_does_not_say_where_its_sheet_lies_is_damaged(small_pieces):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            xml = old.read(name)
            new.writestr(
                name, xml.replace(b"worksheets/sheet", b"worksheets/blatt") if "_rels" in name else xml
            )
    with pytest.raises(InvalidInput) as error:
        read(out.getvalue())
    assert error.value.code == "file_damaged"


def test_a_long_text_that_is_shared_by_every_cell_is_refused_before_it_is_held(small_pieces):
    with pytest.raises(InvalidInput) as error:
        read(book(), Limits(held_bytes=10))
    assert error.value.code == "file_unpacks_too_large"
