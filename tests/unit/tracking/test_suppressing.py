"""A hidden cell never follows from what is shown: checked by trying every table that agrees with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.tracking.suppressing import Suppressed, SuppressedColumn, suppress, suppress_column

MOST = 14
"""Counts in these tests; what is tried for a hidden one goes a little further."""

counts = st.lists(st.integers(0, MOST), min_size=1, max_size=5)
tables = st.tuples(st.integers(1, 3), st.integers(1, 3)).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, MOST), min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0]
    )
)


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


def small_tables(rows: int, columns: int, most: int) -> Iterator[list[list[int]]]:
    for flat in product(range(1, most + 1), repeat=rows * columns):
        yield [list(flat[row * columns : (row + 1) * columns]) for row in range(rows)]


def with_totals(table: Sequence[Sequence[int]]) -> list[list[int]]:
    full = [[*row, sum(row)] for row in table]
    full.append([sum(column) for column in zip(*full, strict=True)])
    return full


def mask(shown: Suppressed) -> list[list[bool]]:
    rows = [[*cells, total] for cells, total in zip(shown.cells, shown.row_totals, strict=True)]
    return [*rows, [*shown.column_totals, shown.total]]


def possible_values(table: list[list[int]], shown: Suppressed, most: int) -> dict[tuple[int, int], set[int]]:
    """For each hidden cell the numbers it may have, over all tables that agree with what is shown."""
    full, hidden = with_totals(table), mask(shown)
    rows, columns = len(table), len(table[0])
    free = [
        range(1, most + 1) if shown.cells[r][c] else (table[r][c],)
        for r in range(rows)
        for c in range(columns)
    ]
    found: dict[tuple[int, int], set[int]] = {}
    for flat in product(*free):
        tried = with_totals([list(flat[r * columns : (r + 1) * columns]) for r in range(rows)])
        if all(
            hidden[r][c] or tried[r][c] == full[r][c] for r in range(rows + 1) for c in range(columns + 1)
        ):
            for r in range(rows):
                for c in range(columns):
                    if hidden[r][c]:
                        found.setdefault((r, c), set()).add(tried[r][c])
    return found


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=2, max_size=3), min_size=2, max_size=2).filter(
        lambda rows: len({len(row) for row in rows}) == 1
    )
)
@settings(max_examples=60, deadline=None)
def test_no_hidden_cell_of_a_table_can_be_worked_out(table: list[list[int]]) -> None:
    shown = suppress(table, threshold=3)
    for several in possible_values(table, shown, most=7).values():
        assert len(several) > 1


@given(tables)
def test_every_small_cell_and_total_is_hidden(table: list[list[int]]) -> None:
    full, hidden = with_totals(table), mask(suppress(table))
    for values, hides in zip(full, hidden, strict=True):
        for value, hide in zip(values, hides, strict=True):
            assert hide or not 0 < value < 5


@given(tables)
def test_no_line_has_a_single_hidden_cell(table: list[list[int]]) -> None:
    hidden = mask(suppress(table))
    lines = [*hidden, *(list(column) for column in zip(*hidden, strict=True))]
    assert all(sum(line) != 1 for line in lines)


def test_one_small_cell_takes_a_rectangle_with_it() -> None:
    shown = suppress([[2, 20, 30], [20, 20, 30], [40, 50, 60]])
    assert shown.cells == ((True, True, False), (True, True, False), (False, False, False))
    assert not any((*shown.row_totals, *shown.column_totals, shown.total))


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    shown = suppress([[0, 5], [5, 9]])
    assert not any(any(row) for row in mask(shown))


def test_a_ring_that_only_one_cell_bridges_is_opened() -> None:
    """Two rectangles of small cells joined by one: every row and column has two hidden, yet the joint follows."""
    table = [[2, 2, 2, 9], [2, 2, 9, 9], [9, 9, 2, 2], [9, 9, 2, 2]]
    shown = suppress(table, threshold=3)
    assert sum(shown.cells[0]) + shown.row_totals[0] > 3 or sum(row[2] for row in shown.cells) > 3


def test_an_empty_table_hides_nothing() -> None:
    assert suppress([]) == Suppressed((), (), (), total=False)


@pytest.mark.parametrize("table", [[[1, 2], [3]], [[-1]]])
def test_what_is_no_table_of_counts_is_an_error(table: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="rectangle"):
        suppress(table)
