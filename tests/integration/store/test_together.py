"""Small writes committed together: each is told its own, and nothing that was told is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.store.database import Database
from creditbridge.store.together import Together

ROUNDS = 40


def _add(session: Session, name: str) -> str:
    session.add(Organisation(name=name, kind="lender"))
    session.flush()
    return name


def _refuse(session: Session, name: str) -> str:
    _add(session, name)
    raise ValueError(name)


def _names(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Organisation.name)))


def _commits(database: Database) -> list[object]:
    found: list[object] = []
    event.listen(database.engine, "commit", found.append)
    return found


def test_one_write_alone_is_committed_and_answered(database: Database) -> None:
    assert database.write_together(partial(_add, name="一")) == "一"
    assert _names(database) == {"一"}


def test_who_waits_for_the_writers_place_is_written_with_the_first(database: Database) -> None:
    """The others join while the first waits; one that is refused takes back its own alone."""
    commits = _commits(database)
    started, go = Event(), Event()

    def hold() -> None:
        with database.write() as session:
            _add(session, "先")
            started.set()
            go.wait(30)

    wanted = {f"第{n}": _add for n in range(6)} | {"不": _refuse}
    together = Together(database.write)
    with ThreadPoolExecutor(len(wanted) + 1) as pool:
        first = pool.submit(hold)
        assert started.wait(30)
        asked = {name: pool.submit(together.write, partial(use, name=name)) for name, use in wanted.items()}
        while database.is_sqlite and len(together._waiting) < len(wanted):
            Event().wait(0.001)
        go.set()
        first.result()
        outcomes = {name: one.exception() for name, one in asked.items()}
    assert {name for name, error in outcomes.items() if error} == {"不"}
    assert isinstance(outcomes["不"], ValueError)
    assert _names(database) == {"先", *(name for name, use in wanted.items() if use is _add)}
    if database.is_sqlite:  # PostgreSQL lets the first begin at once: how many join it is chance
        assert len(commits) == 2


def test_many_at_once_lose_nothing(database: Database) -> None:
    def one(n: int) -> str:
        return database.write_together(partial(_refuse if n % 7 == 0 else _add, name=f"企业{n}"))

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(one, n) for n in range(ROUNDS)]
        told = {done.result() for done in asked if done.exception() is None}
    assert told == {f"企业{n}" for n in range(ROUNDS) if n % 7}
    assert _names(database) == told


def test_a_commit_that_fails_is_told_to_each_and_leaves_nothing(database: Database) -> None:
    together = Together(database.write)

    def broken(connection: object) -> None:
        raise OSError("no room on the disk")

    event.listen(database.engine, "commit", broken)
    try:
        with pytest.raises(OSError, match="no room"):
            together.write(partial(_add, name="一"))
    finally:
        event.remove(database.engine, "commit", broken)
    assert _names(database) == set()
    assert together.write(partial(_add, name="二")) == "二"
    with database.read() as session:
        assert session.scalar(select(func.count(Organisation.id))) == 1


def test_without_a_writers_place_only_the_one_who_asked_is_refused(database: Database) -> None:
    class Full:
        def __enter__(self) -> Session:
            raise TimeoutError

        def __exit__(self, *what: object) -> None: ...

    places = iter([Full(), database.write()])
    together = Together(lambda: next(places))
    with pytest.raises(TimeoutError):
        together.write(partial(_add, name="一"))
    together.write(partial(_add, name="二"))
    assert _names(database) == {"二"}
