"""Long tables are read back as what the writer of cells would have written."""

from __future__ import annotations

import io
import zipfile
from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from creditbridge.kernel.errors import InvalidInput
from creditbridge.sheets import long_tables
from creditbridge.sheets.long_tables import Coded, Listed, write_long_xlsx
from creditbridge.sheets.writing import write_xlsx

HEADER = ["企业名称", "=规模", "标签"]
SIZES = ["", "小微<企业>", "=1+1"]
LABELS = ["A 级", "欠费 & 逾期", "@b"]
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["=a", " =a", "-", "'=a", " a ", "_x0041_", "a\nb", "a\tb", "甲　", "\x01", "a&<b>", ""]),
)


def cells(content: bytes) -> list[list[str]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.lists(
            st.tuples(TEXTS, st.integers(0, 2), st.lists(st.integers(0, 2), max_size=2)),
            min_size=1,
            max_size=4,
        ),
        max_size=3,
    ),
    st.lists(st.lists(TEXTS, max_size=3), max_size=2),
)
@example([[("甲公司", 1, [0, 1]), ("乙公司", 2, [])], [("丙", 0, [2])]], [[], ["条件", "=x"]])
def test_parts_and_foot_are_written_as_cell_by_cell(parts, foot):
    def columns(part):
        held = [places for _, _, places in part]
        return [
            [name for name, _, _ in part],
            Coded(SIZES, np.array([size for _, size, _ in part])),
            Listed(LABELS, np.array(list(chain(*held)), np.int64), np.cumsum([0, *map(len, held)])),
        ]

    rows = [
        [name, SIZES[size], "、".join(LABELS[place] for place in places)]
        for part in parts
        for name, size, places in part
    ]
    long = write_long_xlsx(HEADER, map(columns, parts), foot, "标签/组合")
    assert cells(long) == cells(write_xlsx(HEADER, [*rows, *foot], "标签/组合"))


def test_every_cell_says_where_it_stands():
    content = write_long_xlsx(["a"] * 28, [[["x"]] * 28])
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    for place in ("A2", "Z2", "AA2", "AB2"):
        assert f'<c r="{place}"' in sheet


def test_what_a_worksheet_cannot_hold_is_refused(monkeypatch):
    with pytest.raises(InvalidInput) as refused:
        write_long_xlsx(["a"], [[["x", "x" * 40_000]]])
    assert refused.value.code == "cell_too_long"
    monkeypatch.setattr(long_tables, "XLSX_ROWS", 3)
    assert len(cells(write_long_xlsx(["a"], [[["x", "y"]]], [["z"]]))) == 4
    with pytest.raises(InvalidInput) as refused:
        write_long_xlsx(["a"], [[["x", "y"]]], [["z"], ["z"]])
    assert refused.value.code == "too_many_rows"
