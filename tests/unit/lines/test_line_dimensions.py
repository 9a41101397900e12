"""Selections in addresses: what they say, and that they read back."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.lines.dimensions import (
    DIMENSION_WORDS,
    MARK_WORDS,
    Dimension,
    Mark,
    Selection,
    month_key,
    month_number,
    read_selection,
)
from matching.lines.rules import LineSource, LineState

keys = st.text("abcdefghijk0123456789", min_size=1, max_size=20)
selections = st.builds(
    Selection,
    granted_from=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    granted_to=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    picked=st.dictionaries(st.sampled_from(list(Dimension)), keys),
    marks=st.frozensets(st.sampled_from(list(Mark))),
    state=st.none() | st.sampled_from(list(LineState)),
    source=st.none() | st.sampled_from(list(LineSource)),
    text=keys | st.just(""),
)


@given(selections)
def test_a_selection_reads_back_from_its_address(wanted: Selection) -> None:
    assert read_selection(wanted.as_query()) == wanted


@given(
    st.dictionaries(st.sampled_from(["from", "to", "state", "source", "text", *Dimension, *Mark]), st.text())
)
def test_any_address_is_read(asked: dict[str, str]) -> None:
    wanted = read_selection(asked)
    assert len(wanted.text) <= 80
    assert "\0" not in "".join([wanted.text, *wanted.picked.values()])


def test_picking_narrows_and_keeps_the_rest() -> None:
    wanted = Selection(granted_from=date(2026, 1, 1)).pick(Dimension.SIZE, "micro").mark(Mark.UNSECURED)
    assert wanted.as_query() == {"from": "2026-01-01", "size": "micro", "unsecured": "1"}
    assert not wanted.is_empty
    assert Selection().is_empty


@pytest.mark.parametrize(
    ("key", "number"),
    [("2026-11", 202611), ("2026-13", None), ("26-11", None), ("", None), ("1999-01", None)],
)
def test_months(key: str, number: int | None) -> None:
    assert month_number(key) == number
    if number:
        assert month_key(number) == key


def test_every_member_has_words() -> None:
    assert set(DIMENSION_WORDS) == set(Dimension)
    assert set(MARK_WORDS) == set(Mark)
