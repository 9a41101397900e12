"""Small invented cities and rules over them, for the laws of the label engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from hypothesis import strategies as st

from creditbridge.labels.catalogue import Label, labels
from creditbridge.labels.columns import NO_DAY, NO_VALUE, City, Column, day_number
from creditbridge.labels.language import (
    Age,
    AllOf,
    AnyOf,
    FactIs,
    Indicator,
    Latest,
    Not,
    Records,
    Rule,
    Sum,
)
from creditbridge.records.columns import RecordColumns

ON = date(2026, 3, 31)
ITEMS = {"penalty.fine": 3, "tax.paid": 4, "tax.credit_grade": 9, "judicial.execution": 12}
SIZES = ("large", "medium", "small", "micro")
_DAY = day_number(ON)


def a_label(rule: Rule, number: int = 0, **changes: Any) -> Label:
    """A label of the catalogue with another rule."""
    return replace(
        labels()["tax_a"], rule=rule, number=number, code=f"label_{number}", **{"retired_on": None, **changes}
    )


def days() -> st.SearchStrategy[int]:
    """Days about the day itself, ends of months and leap days often among them."""
    special = [
        date(2025, 2, 28),
        date(2024, 2, 29),
        date(2025, 8, 31),
        date(2026, 3, 30),
        date(2026, 4, 2),
        ON,
    ]
    return st.one_of(st.integers(_DAY - 900, _DAY + 40), st.sampled_from([day_number(d) for d in special]))


@st.composite
def cities(draw: st.DrawFn) -> City:
    numbers = sorted(draw(st.sets(st.integers(0, 12), min_size=1, max_size=5)))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 13),
                st.sampled_from([*ITEMS.values(), 77]),
                days(),
                st.one_of(st.just(NO_DAY), days()),
                st.one_of(st.just(NO_VALUE), st.integers(-3, 6)),
                st.integers(0, 3),
            ),
            max_size=25,
        )
    )
    columns = ("firm_no", "item", "occurred_on", "ends_on", "value", "severity")
    data = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
    records = RecordColumns.of(
        {**data, "received_on": [0] * len(rows), "record_no": list(range(100, 100 + len(rows)))}
    )
    return City(
        np.array(numbers, np.uint32),
        records,
        {"tax_growth": draw(_column(len(numbers), st.integers(-3, 6)))},
        {
            "firm_size": draw(_column(len(numbers), st.integers(0, 3), SIZES)),
            "employees": draw(_column(len(numbers), st.integers(0, 6))),
            "established_on": draw(_column(len(numbers), days())),
        },
    )


@st.composite
def _column(
    draw: st.DrawFn, size: int, values: st.SearchStrategy[int], codes: tuple[str, ...] = ()
) -> Column:
    drawn = draw(st.lists(st.tuples(values, st.booleans()), min_size=size, max_size=size))
    return Column(np.array([v for v, _ in drawn], np.int64), np.array([k for _, k in drawn], np.bool_), codes)


_items = st.lists(st.sampled_from([*ITEMS, "tax.*"]), min_size=1, max_size=2, unique=True).map(tuple)
_months = st.sampled_from([None, 1, 3, 12, 24])
_bound = st.one_of(st.none(), st.integers(-3, 6))


def _leaves() -> st.SearchStrategy[Rule]:
    bounds = st.tuples(_bound, _bound).filter(lambda pair: pair != (None, None))
    return st.one_of(
        st.builds(
            Records, _items, _months, st.booleans(), st.integers(0, 3), st.integers(1, 3), _bound, _bound
        ),
        st.builds(Sum, _items, st.integers(1, 8), _months),
        st.builds(Latest, _items, st.lists(st.integers(-3, 6), min_size=1).map(tuple), _months),
        bounds.map(lambda pair: Indicator("tax_growth", *pair)),
        bounds.map(lambda pair: FactIs("employees", *pair)),
        st.sets(st.sampled_from(SIZES), min_size=1).map(
            lambda sizes: FactIs("firm_size", among=tuple(sorted(sizes)))
        ),
        st.builds(Age, st.just("established_on"), st.integers(0, 2), st.one_of(st.none(), st.integers(3, 4))),
        st.builds(Age, st.just("established_on"), st.none(), st.integers(1, 3)),
        st.just(FactIs("annual_revenue", at_least=1)),
    )


def rules() -> st.SearchStrategy[Rule]:
    return st.recursive(
        _leaves(),
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda nodes: AllOf(tuple(nodes))),
            st.lists(inner, min_size=1, max_size=3).map(lambda nodes: AnyOf(tuple(nodes))),
            inner.map(Not),
        ),
        max_leaves=6,
    )
