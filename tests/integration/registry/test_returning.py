from __future__ import annotations

import pytest
from sqlalchemy import select

from creditbridge.kernel import uscc
from creditbridge.registry.importing import import_firms
from creditbridge.registry.model import FirmImport
from creditbridge.registry.returning import refused_rows_of_import, refused_rows_of_report
from creditbridge.sheets.reading import open_sheet
from creditbridge.sheets.writing import write_xlsx

CODE = uscc.synthetic(1)


def table(content: bytes, name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    with open_sheet(content, name) as sheet:
        return sheet.header, [row.cells for row in sheet.rows]


def test_refused_rows_come_back_in_the_same_template_with_a_reason(session):
    report = import_firms(session, None, f"name,uscc,备注\n甲,x,=1+1\n乙,{CODE},\n".encode(), "a.csv")
    content = refused_rows_of_report(report)
    header, rows = table(content, "a.csv")
    assert header == ("name", "uscc", "备注", "未接收原因")
    assert rows == [("甲", "x", "=1+1", rows[0][3])]
    assert rows[0][3].startswith("第 2 行：长度不符")
    assert b",'=1+1," in content


def test_the_kept_rows_are_the_same_as_those_of_the_report(session):
    report = import_firms(
        session, None, b"name;uscc\n\xd2\xd2;x\n".replace(b"\xd2\xd2", "甲".encode()), "a.csv"
    )
    batch = session.scalars(select(FirmImport)).one()
    assert refused_rows_of_import(session, batch) == refused_rows_of_report(report)
    assert ";" in refused_rows_of_report(report).decode("utf-8-sig").splitlines()[0]


@pytest.mark.parametrize("name", ["a.tsv", "a.xlsx"])
def test_the_format_is_that_of_the_file(session, name):
    source = (
        write_xlsx(["name", "uscc"], [["甲", "x"]]) if name == "a.xlsx" else "name\tuscc\n甲\tx\n".encode()
    )
    header, rows = table(refused_rows_of_report(import_firms(session, None, source, name), "en"), name)
    assert header == ("name", "uscc", "Reason for refusal")
    assert rows[0][2].startswith("Line 2: Wrong length")


def test_a_row_with_too_many_cells_loses_none(session):
    report = import_firms(session, None, b"name,uscc\na,b,c,d\n", "a.csv")
    assert refused_rows_of_report(report, "en").decode("utf-8-sig").splitlines()[1].startswith('a,b,"Line 2')
    assert refused_rows_of_report(report, "en").endswith(b",c,d\r\n")


def test_a_corrected_file_can_be_sent_again(session):
    first = import_firms(session, None, "name,uscc\n甲,x\n".encode(), "a.csv")
    again = import_firms(session, None, refused_rows_of_report(first).replace(b",x,", b",y,"), "b.csv")
    header, _ = table(refused_rows_of_report(again), "a.csv")
    assert header == ("name", "uscc", "未接收原因")
    corrected = refused_rows_of_report(again).replace(b",y,", f",{CODE},".encode())
    assert import_firms(session, None, corrected, "c.csv").created == 1
