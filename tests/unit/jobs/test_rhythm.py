from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from creditbridge.jobs.rules import DAILY, HOURLY, Rhythm
from creditbridge.kernel.clock import LEGAL_ZONE


def shanghai(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LEGAL_ZONE)


def test_an_hourly_slot_begins_at_the_full_hour() -> None:
    assert HOURLY.slot(shanghai(2026, 11, 23, 10, 59, 59)) == shanghai(2026, 11, 23, 10)


def test_the_instant_of_a_slot_belongs_to_it() -> None:
    assert HOURLY.slot(shanghai(2026, 11, 23, 10)) == shanghai(2026, 11, 23, 10)


def test_a_daily_slot_is_counted_in_shanghai() -> None:
    assert DAILY.slot(datetime(2026, 11, 22, 16, 10, tzinfo=UTC)) == shanghai(2026, 11, 23, 0, 10)


def test_before_todays_slot_yesterdays_is_the_last() -> None:
    assert DAILY.slot(shanghai(2026, 11, 23, 0, 9)) == shanghai(2026, 11, 22, 0, 10)


@pytest.mark.parametrize("every", [timedelta(0), timedelta(hours=-1), timedelta(hours=7), timedelta(days=2)])
def test_a_rhythm_divides_a_day(every: timedelta) -> None:
    with pytest.raises(ValueError, match="divides a day"):
        Rhythm(every)
