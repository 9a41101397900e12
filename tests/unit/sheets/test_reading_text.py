from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.sheets.limits import Limits
from creditbridge.sheets.reading import Format, Row, Sheet, open_sheet, require_columns


def read(content: bytes, name: str = "a.csv", limits: Limits | None = None) -> tuple[Sheet, list[Row]]:
    with open_sheet(content, name, limits or Limits()) as sheet:
        return sheet, list(sheet.rows)


def code_of(content: bytes, name: str = "a.csv", limits: Limits | None = None) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(content, name, limits)
    return refused.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize(("delimiter", "kind"), [(",", Format.CSV), (";", Format.CSV), ("\t", Format.TSV)])
def test_encoding_and_delimiter_are_found(encoding: str, delimiter: str, kind: Format):
    text = f"代码{delimiter}名称\r\n1{delimiter}甲公司\r\n"
    sheet, rows = read(text.encode(encoding))
    assert (sheet.header, sheet.format, sheet.delimiter) == (("代码", "名称"), kind, delimiter)
    assert rows == [Row(2, ("1", "甲公司"))]


def test_a_file_is_streamed_from_where_it_lies(tmp_path: Path):
    path = tmp_path / "x.tsv"
    path.write_text("a\tb\n1\t2\n", encoding="utf-8")
    with open_sheet(path, "x.tsv") as sheet:
        assert [row.cells for row in sheet.rows] == [("1", "2")]


def test_rows_left_unread_do_no_harm(tmp_path: Path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with open_sheet(path, "x.csv") as sheet:
        assert next(sheet.rows).cells == ("1", "2")


def test_quoted_cells_keep_delimiters_quotes_and_line_breaks():
    _, rows = read(b'a,b\n"x,1","say ""hi""\nthere"\n3,4\n')
    assert [(row.line, row.cells) for row in rows] == [(2, ("x,1", 'say "hi"\nthere')), (4, ("3", "4"))]


def test_quotes_in_tab_files_are_ordinary_signs_where_nothing_is_enclosed():
    _, rows = read('a\tb\n"绿色"食品\t1\n甲"乙\t2\n'.encode(), "a.tsv")
    assert [row.cells for row in rows] == [('"绿色"食品', "1"), ('甲"乙', "2")]


def test_quotes_in_tab_files_enclose_where_every_quoted_cell_is_well_formed():
    _, rows = read(b'a\tb\n"x ""y"""\t1\n"p"\t2\n', "a.tsv")
    assert [row.cells for row in rows] == [('x "y"', "1"), ("p", "2")]


def test_quoted_line_breaks_in_tab_files_are_understood():
    _, rows = read(b'a\tb\n"x\ny"\t1\n', "a.tsv")
    assert [row.cells for row in rows] == [("x\ny", "1")]


def test_blank_lines_are_no_rows_and_lines_keep_their_numbers():
    _, rows = read(b"\na,b\n\n1,2\n,\n3,4\n")
    assert [row.line for row in rows] == [4, 6]


def test_a_title_above_the_header_is_passed_over():
    sheet, rows = read("企业名单,,\n代码,名称,\n1,甲,\n".encode())
    assert (sheet.header, [row.cells for row in rows]) == (("代码", "名称"), [("1", "甲")])


@pytest.mark.parametrize(("line", "width"), [("1", 1), ("1,2,3", 3)])
def test_a_row_of_another_width_is_marked_and_keeps_all_it_has(line: str, width: int):
    _, rows = read(f"a,b\n{line}\n".encode())
    assert (rows[0].width, rows[0].cells) == (width, tuple(line.split(",")))


def test_empty_cells_beyond_the_header_do_not_matter():
    _, rows = read(b"a,b\n1,2,,\n")
    assert rows == [Row(2, ("1", "2"))]


def test_neutralised_formulas_are_restored():
    _, rows = read(b"a,b\n'=1+1,'x\n")
    assert rows[0].cells == ("=1+1", "'x")


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.csv", "file_empty"),
        (b"\n \n", "a.csv", "file_empty"),
        (b",,\n", "a.csv", "no_header"),
        (b"a,b,a\n1,2,3\n", "a.csv", "duplicate_header"),
        (b"a,b\n1,2\n", "a.xls", "file_format"),
        (b"a,b\n1,2\n", "a", "file_format"),
        (b"a,b\n1,2\n", "a.xlsx", "file_format_mismatch"),
        (b"PK\x03\x04....", "a.csv", "file_format_mismatch"),
        (b"\xd0\xcf\x11\xe0....", "a.tsv", "file_format_mismatch"),
        (b"%PDF-1.7", "a.csv", "file_format_mismatch"),
        ("a,b\n1,甲\n".encode("utf-16"), "a.csv", "file_encoding"),
        (b"a,b\n1,\x00\n", "a.csv", "file_encoding"),
        (b"a,b\n1,\xff\xff\n", "a.csv", "file_encoding"),
        (b"\xef\xbb\xbfa,b\n1,\xb2\xe2\n", "a.csv", "file_encoding"),
        ("代码,名称\n1,常熟市建发医药有限公司".encode()[:-1], "a.csv", "file_truncated"),
        (b'a,b\n1,"never closed\n2,3\n', "a.csv", "file_quotes"),
        (b'a,b\n1,"x"y\n', "a.csv", "file_quotes"),
        (b"a,b\n1," + b"x" * 40_000 + b"\n", "a.csv", "cell_too_long"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "a.csv", "cell_too_long"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(content: bytes, name: str, code: str):
    assert code_of(content, name) == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(file_bytes=5), "file_too_large"),
        (Limits(rows=1), "too_many_rows"),
        (Limits(columns=1), "too_many_columns"),
        (Limits(cell_chars=2), "cell_too_long"),
    ],
)
def test_what_is_beyond_the_limits_is_refused(limits: Limits, code: str):
    assert code_of(b"a,b\n111,2\n3,4\n", limits=limits) == code


def test_an_encoding_error_names_its_line():
    with pytest.raises(InvalidInput) as refused:
        read(("名称,地址\n" + "常熟市梅李镇公司,通江路\n" * 3).encode() + b"\xff\xfe,1\n")
    assert "第 5 行" in refused.value.words.zh


def test_the_line_of_an_open_quote_is_named():
    with pytest.raises(InvalidInput) as refused:
        read(b'a,b\n1,2\n3,"open\n4,5\n')
    assert "第 3 行" in refused.value.words.zh


def test_missing_columns_are_named():
    with pytest.raises(InvalidInput) as refused:
        require_columns(("代码",), {"代码": ("代码",), "名称": ("名称", "name"), "日期": ("日期",)})
    assert "名称、日期" in refused.value.words.zh


def test_present_columns_are_enough():
    require_columns(("name",), {"名称": ("名称", "name")})


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.tsv", "a.xlsx", "a.bin"]))
def test_any_bytes_are_a_table_or_refused(content: bytes, name: str):
    with suppress(InvalidInput):
        read(content, name)


@given(st.text("a,;\"\n\r\t'=甲 ", max_size=40), st.sampled_from(["utf-8", "gb18030", "utf-8-sig"]))
def test_any_text_is_a_table_or_refused(text: str, encoding: str):
    with suppress(InvalidInput):
        read(text.encode(encoding))


@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_title_without_cells_does_not_hide_how_cells_are_told_apart(delimiter):
    content = delimiter.join(("代码", "名称")) + "\n" + delimiter.join(("1", "甲")) + "\n"
    with open_sheet(f"企业名单\n\n{content}".encode(), "a.csv") as sheet:
        assert (sheet.delimiter, sheet.header) == (delimiter, ("代码", "名称"))
        assert [row.cells for row in sheet.rows] == [("1", "甲")]
