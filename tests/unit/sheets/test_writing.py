from __future__ import annotations

import codecs
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.sheets.reading import Format, open_sheet
from creditbridge.sheets.writing import FORMAT_WORDS, MEDIA_TYPES, write_csv, write_table, write_xlsx

CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)


def cells_of(content: bytes, name: str) -> list[tuple[str, ...]]:
    with open_sheet(content, name) as sheet:
        return [row.cells for row in sheet.rows]


def test_csv_is_utf8_with_bom_and_crlf():
    content = write_csv(["代码", "名称"], [["1", "甲"]])
    assert content == codecs.BOM_UTF8 + "代码,名称\r\n1,甲\r\n".encode()


def test_csv_neutralises_formulas_in_cells_and_headings():
    assert b"'=a" in write_csv(["=a"], [["x"]])
    assert b"'@SUM" in write_csv(["a"], [["@SUM(1)"]])


def test_numbers_stay_numbers():
    assert write_csv(["a", "b", "c"], [[-5, Decimal("1.50"), None]]).endswith(b"-5,1.50,\r\n")


def test_instants_are_written_in_shanghai_time():
    assert b"2026-11-23 10:00" in write_csv(["a"], [[datetime(2026, 11, 23, 2, 0, tzinfo=UTC)]])


def test_xlsx_keeps_types():
    content = write_xlsx(
        ["a", "b", "c", "d"],
        [["=1+1", 5, date(2026, 11, 23), datetime(2026, 11, 23, 2, 30, tzinfo=UTC)]],
        "授信/列表",
    )
    assert cells_of(content, "a.xlsx") == [("=1+1", "5", "2026-11-23", "2026-11-23 10:30:00")]


def test_xlsx_writes_numbers_too_long_for_it_as_text():
    assert cells_of(write_xlsx(["a", "b"], [[913205817301042155, "x"]]), "a.xlsx") == [
        ("913205817301042155", "x")
    ]


def test_xlsx_refuses_a_cell_it_cannot_hold():
    with pytest.raises(InvalidInput) as refused:
        write_xlsx(["a"], [["x" * 40_000]])
    assert refused.value.code == "cell_too_long"


def test_every_format_has_its_media_type_and_name():
    assert set(MEDIA_TYPES) == set(FORMAT_WORDS) == set(Format)


@pytest.mark.parametrize("form", list(Format))
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(CELLS, CELLS), max_size=5))
def test_what_is_written_is_read_back(form: Format, rows: list[tuple[str, str]]):
    content = write_table(form, ["头一", "头二"], rows)
    wanted = [row for row in rows if any(cell.strip() for cell in row)]
    assert cells_of(content, f"a.{form.value}") == wanted
