from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.sheets.limits import Limits
from creditbridge.sheets.reading import Row, Sheet, open_sheet
from creditbridge.sheets.writing import write_xlsx

Fill = Callable[[xlsxwriter.Workbook], None]


def workbook(fill: Fill) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        fill(book)
    return out.getvalue()


def sheet_of(*rows: list[object]) -> bytes:
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)

    return workbook(fill)


def read(content: bytes, limits: Limits | None = None) -> tuple[Sheet, list[Row]]:
    with open_sheet(content, "a.xlsx", limits or Limits()) as sheet:
        return sheet, list(sheet.rows)


def code_of(content: bytes, limits: Limits | None = None) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(content, limits)
    return refused.value.code


def repacked(content: bytes, replace: dict[str, bytes], **more: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, replace.get(name, old.read(name)))
        for name, data in more.items():
            new.writestr(name, data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
PLAIN = sheet_of(["代码", "名称"], ["1", "甲公司"])


def test_cells_are_read_as_they_show():
    content = write_xlsx(
        ["a", "b", "c", "d"],
        [
            ["01", 12, date(2019, 1, 30), 1.5],
            [None, True, datetime(2019, 1, 30, tzinfo=None).astimezone(), "x"],
        ],
    )
    _, rows = read(content)
    assert rows[0] == Row(2, ("01", "12", "2019-01-30", "1.5"))
    assert rows[1].cells[0] == ""
    assert rows[1].cells[1] == "TRUE"


def test_a_formula_is_taken_by_its_value():
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, '="x"&"y"', None, "xy")

    assert read(workbook(fill))[1][0].cells == ("2", "xy")


def test_a_number_that_lost_digits_is_marked():
    rows = read(sheet_of(["uscc", "n"], [913205817301042155, 123456789012345]))[1]
    assert rows[0].lost_digits == {0}


def test_rows_keep_their_place_in_the_sheet():
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ["a", "b"])
        sheet.write_row(5, 1, ["1", "2"])

    sheet, rows = read(workbook(fill))
    assert (sheet.header, rows) == (("", "a", "b"), [Row(6, ("", "1", "2"))])


def test_only_the_first_visible_sheet_is_read_and_the_others_are_named():
    def fill(book: xlsxwriter.Workbook) -> None:
        hidden = book.add_worksheet("藏")
        shown = book.add_worksheet("甲")
        other = book.add_worksheet("乙")
        shown.activate()
        hidden.hide()
        shown.write_row(0, 0, ["a", "b"])
        other.write_row(0, 0, ["c"])
        hidden.write_row(0, 0, ["d"])

    sheet, _ = read(workbook(fill))
    assert sheet.header == ("a", "b")
    assert [note.zh for note in sheet.notes] == ["只读取了第一张工作表“甲”，未读取：乙。"]


def test_a_workbook_without_rows_has_no_header():
    assert code_of(workbook(lambda book: book.add_worksheet())) == "no_header"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (PLAIN[:200], "file_damaged"),
        (PLAIN[:-30], "file_damaged"),
        (b"PK\x03\x04" + b"x" * 100, "file_damaged"),
        (repacked(PLAIN, {SHEET: b"<worksheet><sheetData>"}), "file_damaged"),
        (repacked(PLAIN, {SHEET: b"not xml at all"}), "file_damaged"),
        (repacked(PLAIN, {SHEET: b'<?xml version="1.0" encoding="utf-77"?><worksheet/>'}), "file_damaged"),
        (repacked(PLAIN, {SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet/>'}), "file_unsafe"),
    ],
)
def test_a_broken_package_is_refused_with_its_reason(content: bytes, code: str):
    assert code_of(content) == code


def test_a_zip_without_a_workbook_is_damaged():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("readme.txt", "hello")
    assert code_of(out.getvalue()) == "file_damaged"


def test_a_bomb_is_refused_before_it_unpacks():
    bomb = repacked(PLAIN, {}, **{"xl/media/image1.png": b"\0" * 3_000_000})
    assert code_of(bomb, Limits(unpacked_bytes=1_000_000)) == "file_unpacks_too_large"


def test_a_bomb_that_lies_about_its_size_is_refused():
    bomb = bytearray(repacked(PLAIN, {}, **{"xl/media/image1.png": b"\0" * 3_000_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = bomb.find(b"xl/media/image1.png", 0 if offset == 22 else bomb.find(b"PK\x01\x02"))
        start = bomb.rfind(signature, 0, at)
        bomb[start + offset : start + offset + 4] = struct.pack("<I", 10)
    assert code_of(bytes(bomb), Limits(unpacked_bytes=1_000_000)) == "file_unpacks_too_large"


def test_too_many_members_are_refused():
    crowd = repacked(PLAIN, {}, **{f"x{n}.bin": b"" for n in range(30)})
    assert code_of(crowd, Limits(members=20)) == "file_unpacks_too_large"


@pytest.mark.parametrize("name", [SHEET, "xl/picture.png"])
def test_cells_in_far_corners_are_refused_wherever_the_sheet_lies(name: str):
    far = b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="CV1048576"><v>1</v></c></row></sheetData></worksheet>'
    assert (
        code_of(
            repacked(PLAIN, {SHEET: far} if name == SHEET else {}, **({} if name == SHEET else {name: far}))
        )
        == "file_unpacks_too_large"
    )


def test_too_many_columns_are_refused():
    assert code_of(sheet_of(["a"] + [""] * 300 + ["b"])) == "too_many_columns"


def test_empty_styled_cells_far_away_do_not_matter():
    def fill(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))

    assert read(workbook(fill))[0].header == ("a", "b")


def test_one_long_text_in_every_cell_is_refused():
    content = sheet_of(["a", "b"], *[["长" * 20_000, "长" * 20_000]] * 100)
    assert code_of(content, Limits(unpacked_bytes=1_000_000)) == "file_unpacks_too_large"


def test_a_protected_member_is_refused():
    locked = bytearray(PLAIN)
    at = locked.find(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert code_of(bytes(locked)) == "file_protected"


@pytest.mark.parametrize("reference", ["A0B", "1", "AAAA1"])
def test_a_cell_that_stands_nowhere_is_damage(reference: str):
    odd = f'<worksheet><sheetData><row r="1"><c r="{reference}"><v>1</v></c></row></sheetData></worksheet>'
    assert code_of(repacked(PLAIN, {SHEET: odd.encode()})) == "file_damaged"


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=4))
def test_any_damage_is_read_or_refused(at: int, damage: bytes):
    with suppress(InvalidInput):
        read(PLAIN[:at] + damage + PLAIN[at + len(damage) :])


@settings(max_examples=100, deadline=None)
@given(st.text('<>/c vrow"=A1s9 ', max_size=60))
def test_any_sheet_xml_is_read_or_refused(xml: str):
    with suppress(InvalidInput):
        read(repacked(PLAIN, {SHEET: xml.encode()}))
