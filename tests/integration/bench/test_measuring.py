from __future__ import annotations

from creditbridge.bench import measuring
from creditbridge.store.database import Database


def test_an_empty_city_measures_nothing(database: Database) -> None:
    assert measuring.measure(database) == []


def test_times_are_told_as_first_median_and_95th_of_a_hundred() -> None:
    measured = measuring._timed("nothing", range(100), lambda number: number)

    assert measured is not None
    assert measured.calls == 100
    assert measured.median_ms <= measured.p95_ms
