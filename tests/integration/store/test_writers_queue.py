"""Writers of SQLite queue for the one place there is, and are told when it stays taken."""

from __future__ import annotations

from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from creditbridge.store import database as store
from creditbridge.store.database import Database, is_unreachable


@pytest.fixture
def file(tmp_path: Path) -> Database:
    made = Database(f"sqlite:///{tmp_path / 'queue.sqlite3'}")
    with made.write() as session:
        session.execute(text("CREATE TABLE told (who TEXT)"))
    return made


def test_a_place_that_stays_taken_is_told(file: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_TIMEOUT_MS", 20)
    with file.write() as session:
        session.execute(text("INSERT INTO told VALUES ('first')"))
        with file.write_session() as other, pytest.raises(OperationalError) as refused:
            other.execute(text("INSERT INTO told VALUES ('second')"))
    assert is_unreachable(refused.value)
    with file.write() as session:
        session.execute(text("INSERT INTO told VALUES ('third')"))
    with file.read() as session:
        assert session.scalars(text("SELECT who FROM told")).all() == ["first", "third"]


def test_a_writer_that_waits_comes_next(file: Database) -> None:
    waits = Event()

    def second() -> None:
        with file.write_session() as session:
            waits.set()
            session.execute(text("INSERT INTO told VALUES ('second')"))
            session.commit()

    with file.write() as session:
        session.execute(text("INSERT INTO told VALUES ('first')"))
        waiting = Thread(target=second)
        waiting.start()
        assert waits.wait(10)
        session.execute(text("INSERT INTO told VALUES ('first again')"))
    waiting.join(10)
    with file.read() as session:
        assert session.scalars(text("SELECT who FROM told")).all() == ["first", "first again", "second"]
