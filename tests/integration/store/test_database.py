from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InvalidRequestError

from creditbridge.access.model import Organisation
from creditbridge.store import change_counter
from creditbridge.store.database import Database, WriteInReadUnit


def test_a_read_unit_refuses_to_write(database: Database):
    with database.read() as session:
        session.add(Organisation(kind="firm", name="甲"))
        with pytest.raises(WriteInReadUnit):
            session.flush()


def _add_and_fail(database: Database) -> None:
    with database.write() as session:
        session.add(Organisation(kind="firm", name="甲"))
        session.flush()
        raise RuntimeError


def test_a_failed_unit_leaves_nothing(database: Database):
    with pytest.raises(RuntimeError):
        _add_and_fail(database)
    with database.read() as session:
        assert session.query(Organisation).count() == 0


def test_a_session_that_was_closed_writes_no_more(database: Database):
    for session in (database.write_session(), database.read_session()):
        session.close()
        with pytest.raises(InvalidRequestError):
            session.execute(text("SELECT 1"))


def test_concurrent_writers_never_lose_a_count(database: Database):
    with database.write() as session:
        change_counter.raise_counter(session)

    def raise_once(_: int) -> None:
        with database.write() as session:
            change_counter.raise_counter(session)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(raise_once, range(64)))
    with database.read() as session:
        assert change_counter.current(session) == 65


def test_durability_settings(database: Database):
    with database.read() as session:
        if database.is_sqlite:
            assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert session.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
            assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1
        else:
            assert session.execute(text("SHOW synchronous_commit")).scalar() == "on"
