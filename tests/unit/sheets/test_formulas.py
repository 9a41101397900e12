from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.sheets.formulas import neutral, original


@pytest.mark.parametrize(
    "text", ["=1+1", "+86 512", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＠x", "\0=1"]
)
def test_text_that_a_spreadsheet_would_run_is_marked(text: str):
    assert neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["", "-", "=", "甲公司", "500", "a=b", "'quoted'", "5-3"])
def test_other_text_stays(text: str):
    assert neutral(text) == text


@given(st.text(max_size=10) | st.text("'=+-@a", max_size=6))
def test_what_was_marked_is_restored(text: str):
    assert original(neutral(text)) == text


@given(st.text("'=+-@a1\t", min_size=2, max_size=6))
def test_nothing_that_was_marked_begins_like_a_formula(text: str):
    assert not neutral(text).startswith(("=", "+", "-", "@", "\t"))
