"""No small cell of a table of two dimensions can be worked out: checked by trying every table that agrees."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.reports.protecting import Total, most_of, protect

THRESHOLD = 3
MOST = 8


def _table(inner: list[list[int]]) -> tuple[list[int], list[Total]]:
    """Cells row by row with their sums to the right, and the sums below."""
    rows = [[*row, sum(row)] for row in inner]
    rows.append([sum(column) for column in zip(*rows, strict=True)])
    width = len(rows[0])
    at = [[width * y + x for x in range(width)] for y in range(len(rows))]
    totals = [Total(row[-1], tuple(row[:-1])) for row in at]
    totals += [Total(column[-1], tuple(column[:-1])) for column in zip(*at, strict=True)]
    return [value for row in rows for value in row], totals


def _agreeing(values: list[int], hidden: frozenset[int], inner: list[list[int]]):
    """Every table a reader cannot tell from the real one: what is hidden is at least 1."""
    width, height = len(inner[0]), len(inner)
    inside = [(y, x) for y in range(height) for x in range(width)]
    free = [range(1, MOST + 1) if (width + 1) * y + x in hidden else (inner[y][x],) for y, x in inside]
    for tried in product(*free):
        table = [list(tried[width * y : width * (y + 1)]) for y in range(height)]
        cells, _ = _table(table)
        if all(place in hidden or cells[place] == values[place] for place in range(len(values))):
            yield cells


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=2, max_size=2), min_size=2, max_size=2))
def test_every_small_cell_could_be_as_large_as_the_threshold(inner: list[list[int]]) -> None:
    values, totals = _table(inner)
    hidden = protect(values, totals, THRESHOLD)
    small = {place for place, value in enumerate(values) if 0 < value < THRESHOLD}

    assert small <= hidden
    if not small or sum(values[:-1]) == 0:
        return
    everything = {place for place, value in enumerate(values) if value}
    if hidden >= everything:
        return  # nothing is left to hide
    most = dict.fromkeys(small, 0)
    for cells in _agreeing(values, hidden, inner):
        for place in small:
            most[place] = max(most[place], cells[place])
    assert all(value >= THRESHOLD for value in most.values()), (values, hidden)


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    values, totals = _table([[10, 20], [0, 30]])

    assert protect(values, totals) == frozenset()


def test_a_lone_small_cell_takes_another_with_it_in_row_and_column() -> None:
    values, totals = _table([[2, 20, 30], [10, 40, 50], [60, 70, 80]])
    hidden = protect(values, totals)

    assert 0 in hidden
    assert len(hidden) >= 4
    assert most_of(values, totals, hidden, [0])[0] >= 5
