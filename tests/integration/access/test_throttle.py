"""Tries counted in a transaction of the caller's: each counted once, none beyond the limit, none that came to nothing."""

from datetime import timedelta

import pytest

from creditbridge.access import throttle
from creditbridge.access.model import Attempt
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Throttled
from creditbridge.store.database import Database

HOUR = timedelta(hours=1)


def _take(database: Database) -> None:
    with database.write() as session:
        throttle.take_within(session, "try", "somebody", limit=2, window=HOUR)


def test_tries_are_refused_beyond_the_limit_until_the_window_ends(database: Database) -> None:
    begun = clock.now()
    with clock.at(begun):
        _take(database)
    with clock.at(begun + HOUR / 2):
        _take(database)
        with pytest.raises(Throttled) as refused:
            _take(database)
    assert refused.value.retry_after == HOUR.seconds / 2
    with clock.at(begun + HOUR):
        _take(database)
        _take(database)
        with pytest.raises(Throttled):
            _take(database)


def test_a_try_whose_transaction_is_undone_is_not_counted(database: Database) -> None:
    for _ in range(3):
        with database.write_session() as session:
            throttle.take_within(session, "try", "somebody", limit=2, window=HOUR)
            session.rollback()
    with database.read() as session:
        assert session.query(Attempt).count() == 0


def test_the_tries_of_others_are_counted_by_themselves(database: Database) -> None:
    _take(database)
    with database.write() as session:
        for _ in range(2):
            throttle.take_within(session, "try", "somebody else", limit=2, window=HOUR)
    _take(database)
