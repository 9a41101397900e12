from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.records.columns import NO_DAY, NO_VALUE, RecordColumns, day_number, day_of

ROWS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.integers(0, 99)), max_size=30)


def columns(rows):
    return RecordColumns.of(
        {
            "firm_no": [row[0] for row in rows],
            "item": [1] * len(rows),
            "occurred_on": [row[1] for row in rows],
            "ends_on": [NO_DAY] * len(rows),
            "value": [NO_VALUE] * len(rows),
            "severity": [0] * len(rows),
            "received_on": [0] * len(rows),
            "record_no": [row[2] for row in rows],
        }
    )


def keys(records):
    return list(
        zip(records.firm_no.tolist(), records.occurred_on.tolist(), records.record_no.tolist(), strict=True)
    )


@given(ROWS)
@settings(max_examples=60)
def test_records_stand_by_firm_day_and_number(rows):
    records = columns(rows)
    assert keys(records) == sorted(rows)
    assert records.is_ordered()


@given(ROWS, ROWS)
@settings(max_examples=60)
def test_joining_keeps_every_record_and_the_order(first, second):
    assert keys(RecordColumns.joined([columns(first), columns(second)])) == sorted(first + second)


@given(ROWS)
@settings(max_examples=60)
def test_each_firm_has_its_own_stretch(rows):
    records = columns(rows)
    starts = records.of_firms(np.arange(10))
    assert starts[0] == 0
    assert starts[-1] == len(records)
    for firm in range(10):
        assert set(records.firm_no[starts[firm] : starts[firm + 1]].tolist()) <= {firm}


def test_days_count_from_1970():
    assert day_number(date(1970, 1, 2)) == 1
    assert day_of(day_number(date(2026, 11, 28))) == date(2026, 11, 28)
    assert day_of(NO_DAY) is None


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="length"):
        RecordColumns.of({name: [1] * (2 if name == "item" else 1) for name in RecordColumns.__slots__})
