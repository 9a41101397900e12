"""A hidden cell never follows from what is shown: checked by trying every table that agrees with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.kernel.suppressing import SuppressedColumn, suppress_column

MOST = 14
"""Counts in these tests; what is tried for a hidden one goes a little further."""

counts = st.lists(st.integers(0, MOST), min_size=1, max_size=5)


def agreeing(values: Sequence[int], shown: SuppressedColumn, threshold: int) -> Iterator[tuple[int, ...]]:
    """Every column a reader cannot tell from the real one: hidden counts are at least 1."""
    free = [
        range(1, MOST + threshold + 2) if hide else (value,)
        for value, hide in zip(values, shown.cells, strict=True)
    ]
    for tried in product(*free):
        if shown.total or sum(tried) == sum(values):
            yield tried


@given(counts)
@settings(max_examples=150, deadline=None)
def test_no_hidden_count_of_a_column_can_be_worked_out(values: list[int]) -> None:
    threshold = 3
    shown = suppress_column(values, threshold)
    places = [place for place, hide in enumerate(shown.cells) if hide]
    possible: list[set[int]] = [set() for _ in places]
    if not places:
        return
    for tried in agreeing(values, shown, threshold):
        for number, place in enumerate(places):
            possible[number].add(tried[place])
    assert all(len(several) > 1 for several in possible)


@given(counts)
def test_every_small_count_of_a_column_is_hidden(values: list[int]) -> None:
    shown = suppress_column(values)
    for value, hide in zip(values, shown.cells, strict=True):
        assert hide or not 0 < value < 5
    assert shown.total or not 0 < sum(values) < 5


@pytest.mark.parametrize(
    ("values", "cells", "total"),
    [
        ([], (), False),
        ([10, 20], (False, False), False),
        ([3, 10, 20], (True, True, False), False),
        ([3], (True,), True),
        ([1, 1, 30], (True, True, True), False),
        ([4, 4, 30], (True, True, False), False),
        ([0, 3, 9], (False, True, True), False),
        ([0, 7], (False, False), False),
    ],
)
def test_columns(values: list[int], cells: tuple[bool, ...], total: bool) -> None:
    shown = suppress_column(values)
    assert (shown.cells, shown.total) == (cells, total)


def test_another_count_may_decide_what_is_sensitive() -> None:
    """Two firms with nine grants: the grants are many, the firms few."""
    shown = suppress_column([9, 30, 12], sensitive=[True, False, False])
    assert shown.cells == (True, False, True)
