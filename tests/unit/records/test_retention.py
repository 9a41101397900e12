from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.records import catalogue, retention
from creditbridge.records.columns import NO_DAY, day_number

DAYS = st.dates(date(1990, 1, 1), date(2040, 12, 31))


@given(DAYS, DAYS, st.integers(1, 10))
@settings(max_examples=100)
def test_counting_back_agrees_with_counting_on(base, on, years):
    assert (base <= retention.years_before(on, years)) == (retention.years_after(base, years) <= on)


@given(
    st.lists(
        st.tuples(st.integers(0, len(catalogue.items()) - 1), DAYS, DAYS | st.none()), min_size=1, max_size=8
    )
)
@settings(max_examples=60)
def test_the_purge_begins_on_the_first_day_on_which_something_is_past_its_time(rows):
    item = np.array([row[0] for row in rows], "u2")
    occurred = np.array([day_number(row[1]) for row in rows], "i4")
    ends = np.array([NO_DAY if row[2] is None else day_number(row[2]) for row in rows], "i4")
    first = retention.purge_from(item, occurred, ends)
    if first is None:
        assert not retention.past_time(item, occurred, ends, date(2200, 1, 1)).any()
        return
    assert retention.past_time(item, occurred, ends, first).any()
    assert not retention.past_time(item, occurred, ends, first - timedelta(days=1)).any()
