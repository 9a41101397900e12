from __future__ import annotations

import json
from datetime import date, timedelta
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel import dates
from creditbridge.kernel.dates import MonthEnd

DAYS = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("on", "worked"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2025, 1, 26), True),
        (date(2025, 2, 4), False),
        (date(2024, 9, 16), False),
        (date(2024, 5, 11), True),
    ],
)
def test_working_days_follow_the_yearly_notice(on, worked):
    assert dates.is_working_day(on) is worked


def test_a_year_without_data_falls_back_to_weekdays():
    assert not dates.has_calendar(2035)
    assert dates.is_working_day(date(2035, 10, 1))
    assert not dates.is_working_day(date(2035, 10, 6))


def test_known_years_are_told():
    assert all(dates.has_calendar(year) for year in (2024, 2025, 2026))


def test_every_make_up_day_lies_on_a_weekend_of_its_year():
    years = json.loads((files("creditbridge.kernel") / "data" / "holidays.json").read_text(encoding="utf-8"))[
        "years"
    ]
    for year, notice in years.items():
        for text in notice["make_up_days"]:
            assert date.fromisoformat(text).weekday() >= 5
            assert text.startswith(year)


@pytest.mark.parametrize(
    ("year", "worked"),
    # Weekdays of the year, less holidays on weekdays, plus make-up days: the State Council's own count.
    [(2024, 251), (2025, 248), (2026, 248)],
)
def test_a_year_has_as_many_working_days_as_the_notice_leaves(year, worked):
    assert dates.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)) == worked


def test_five_working_days_over_the_national_holiday():
    assert dates.add_working_days(date(2026, 9, 29), 5) == date(2026, 10, 12)


def test_no_working_days_leave_the_date_as_it_is():
    assert dates.add_working_days(date(2026, 10, 1), 0) == date(2026, 10, 1)


def test_working_days_count_backwards():
    assert dates.add_working_days(date(2026, 10, 8), -1) == date(2026, 9, 30)


@given(DAYS, st.integers(1, 60))
def test_adding_and_counting_working_days_agree(start, n):
    end = dates.add_working_days(start, n)
    assert dates.is_working_day(end)
    assert dates.working_days_between(start, end) == n


def test_no_working_days_lie_before_the_start():
    assert dates.working_days_between(date(2026, 11, 23), date(2026, 11, 1)) == 0


def test_the_next_working_day_may_be_the_day_itself():
    assert dates.next_working_day(date(2026, 11, 23)) == date(2026, 11, 23)
    assert dates.next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)


@pytest.mark.parametrize(
    ("start", "months", "policy", "expected"),
    [
        (date(2025, 1, 31), 1, MonthEnd.LAST_DAY, date(2025, 2, 28)),
        (date(2025, 1, 31), 1, MonthEnd.NEXT_DAY, date(2025, 3, 1)),
        (date(2024, 1, 31), 1, MonthEnd.LAST_DAY, date(2024, 2, 29)),
        (date(2025, 1, 31), 2, MonthEnd.NEXT_DAY, date(2025, 3, 31)),
        (date(2025, 11, 30), 3, MonthEnd.LAST_DAY, date(2026, 2, 28)),
        (date(2025, 3, 31), -1, MonthEnd.LAST_DAY, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, MonthEnd.LAST_DAY, date(2027, 1, 15)),
    ],
)
def test_months_are_added_by_the_month_end_policy(start, months, policy, expected):
    assert dates.add_months(start, months, policy) == expected


@pytest.mark.parametrize(
    ("start", "on", "years"),
    [
        (date(2020, 2, 29), date(2021, 2, 27), 0),
        (date(2020, 2, 29), date(2021, 2, 28), 1),
        (date(2020, 2, 29), date(2024, 2, 28), 3),
        (date(2020, 2, 29), date(2024, 2, 29), 4),
        (date(2024, 11, 24), date(2026, 11, 23), 1),
        (date(2024, 11, 23), date(2026, 11, 23), 2),
        (date(2026, 11, 23), date(2025, 11, 23), -1),
        (date(2026, 11, 23), date(2026, 11, 22), 0),
    ],
)
def test_full_years(start, on, years):
    assert dates.years_between(start, on) == years


@given(DAYS, st.integers(-600, 600))
def test_months_between_undo_added_months(start, months):
    end = dates.add_months(start, months)
    counted = dates.months_between(start, end)
    assert counted == months or (months < 0 and counted == months + 1 and end.day < start.day)


@given(DAYS, st.integers(0, 20_000))
def test_full_months_never_count_more_than_has_passed(start, days):
    on = start + timedelta(days=days)
    months = dates.months_between(start, on)
    assert dates.add_months(start, months) <= on < dates.add_months(start, months + 1)


@given(DAYS)
def test_written_dates_are_read_back(on):
    assert dates.parse_date(on.isoformat()) == on


@pytest.mark.parametrize("text", ["2026-11-23", "2026/11/23", "20261123", "2026年11月23日", " 2026-11-23 "])
def test_dates_as_people_write_them(text):
    assert dates.parse_date(text) == date(2026, 11, 23)


@pytest.mark.parametrize(
    "text",
    ["", "2026-02-29", "2026-13-01", "2026-00-01", "0000-01-01", "2026-1-0", "2026-11/23", "23.11.2026"],
)
def test_refused_dates_say_what_to_write(text):
    with pytest.raises(dates.DateTextError) as caught:
        dates.parse_date(text)
    assert "2026-11-23" in caught.value.words.zh
