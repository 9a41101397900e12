"""Opening the database: one engine, read and write units of work, and what each dialect needs to keep promises.

SQLite: WAL, ``synchronous=FULL`` (NORMAL loses acknowledged writes at a power cut), foreign keys, and writers
that begin with ``BEGIN IMMEDIATE`` so that two of them queue instead of failing half-way. PostgreSQL:
``synchronous_commit=on``. Serialisation failures and deadlocks are retried by the caller of
:meth:`Database.write` through :func:`is_retryable`. The values of statements never stand in errors: they reach logs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session, UOWTransaction, sessionmaker

from creditbridge.store.together import Together

T = TypeVar("T")
RETRYABLE_SQLSTATES = {"40001", "40P01"}
UNREACHABLE_SQLSTATES = {"08", "53", "57"}
"""Classes: connection exception, insufficient resources, operator intervention."""
BUSY_TIMEOUT_MS = 10_000
LOOK_AGAIN_S = 0.001
"""How often a writer of SQLite looks whether it is its turn."""


class WriteInReadUnit(RuntimeError):
    """A unit of work opened for reading tried to write: a GET must not change business state."""


class Database:
    """The application's database. One instance per process, made from its URL.

    ``places`` names folders that belong to it (the lake of credit records); sessions carry them as ``Session.info``.
    """

    def __init__(self, url: str, *, pool_size: int = 5, places: Mapping[str, Path] | None = None) -> None:
        self.url = url
        self.places: dict[str, Path] = dict(places or {})
        self.engine = _engine(url, pool_size)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        reading = {"creditbridge_begin": "DEFERRED"} if self.is_sqlite else {"postgresql_readonly": True}
        # A session that was closed is not begun again: what was written in it then, nobody would commit.
        self._write = sessionmaker(
            self.engine, expire_on_commit=False, info=self.places, close_resets_only=False
        )
        self._read = sessionmaker(
            self.engine.execution_options(**reading),
            class_=ReadSession,
            autoflush=False,
            expire_on_commit=False,
            info=self.places,
            close_resets_only=False,
        )
        self._together = Together(self.write)

    def write_session(self) -> Session:
        """A session whose first statement takes the writer's place in the queue; the caller commits once."""
        return self._write()

    def read_session(self) -> Session:
        """A session that refuses to flush changes."""
        return self._read()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A write unit of work: committed when the block ends well, rolled back otherwise."""
        with self.write_session() as session, session.begin():
            yield session

    def write_together(self, use: Callable[[Session], T]) -> T:
        """Write something small in one transaction with what other threads write just now: see :class:`Together`."""
        return self._together.write(use)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read unit of work."""
        with self.read_session() as session:
            yield session

    def dispose(self) -> None:
        self.engine.dispose()


class ReadSession(Session):
    """A session for reading: flushing a change is a programming error."""


@event.listens_for(ReadSession, "before_flush")
def _refuse_flush(session: Session, context: UOWTransaction, instances: Any) -> None:  # noqa: ARG001
    if session.new or session.dirty or session.deleted:
        raise WriteInReadUnit(
            f"new={list(session.new)} dirty={list(session.dirty)} deleted={list(session.deleted)}"
        )


def is_retryable(error: BaseException) -> bool:
    """Whether a failed unit of work may succeed when simply run again."""
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in RETRYABLE_SQLSTATES


def is_unreachable(error: BaseException) -> bool:
    """Whether the database did not answer: it is down, or SQLite's one place for a writer stayed taken too long."""
    if not isinstance(error, OperationalError):
        return False
    state = getattr(error.orig, "sqlstate", "")  # None where PostgreSQL could not even be asked
    return "database is locked" in str(error.orig) or state is None or state[:2] in UNREACHABLE_SQLSTATES


def _engine(url: str, pool_size: int) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(url, pool_size=pool_size, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001
    # The driver must not begin transactions by itself: _begin_sqlite says how each one begins.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("creditbridge_begin", "IMMEDIATE")
    if mode != "IMMEDIATE":
        connection.exec_driver_sql(f"BEGIN {mode}")
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA busy_timeout=0")
    try:
        if not _came_to_write(driver):
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # says what is wrong
    finally:
        driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")


def _came_to_write(driver: Any) -> bool:
    """Begin as the one writer, waiting for one's turn; whether it came in :data:`BUSY_TIMEOUT_MS`.

    SQLite itself looks again after ever longer sleeps, up to a tenth of a second: who has waited long is then passed by
    all who come after, and among writers of a few milliseconds each one in twenty waits for a hundred.
    """
    patience = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while time.monotonic() < patience:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            time.sleep(LOOK_AGAIN_S)
        else:
            return True
    return False


def _prepare_postgresql(connection: Any, record: object) -> None:  # noqa: ARG001
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET TIME ZONE 'UTC'")
    connection.commit()
