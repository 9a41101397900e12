"""Fixtures for every test: a fresh database, a clock, an application and signed-in clients.

The integration tests run on SQLite by default and on PostgreSQL when ``TEST_DATABASE_URL`` is set. Each test
starts with empty tables: on SQLite in a copy of an empty file, on PostgreSQL in a schema that is emptied after it.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from creditbridge.app.models import Base
from creditbridge.app.settings import Settings, load
from creditbridge.kernel import clock
from creditbridge.store.database import Database

TODAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen_clock() -> Iterator[datetime]:
    """Every test runs at 10:00 in Shanghai on 23 November 2026, unless it sets the clock itself."""
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no rows, made once a run and copied for each test."""
    path = tmp_path_factory.mktemp("schema") / "empty.sqlite3"
    made = Database(f"sqlite:///{path}")
    Base.metadata.create_all(made.engine)
    made.dispose()  # closing the last connection folds the write-ahead log into the file
    return path


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of this test alone."""
    with opened_database(request, tmp_path) as opened:
        yield opened


@contextmanager
def opened_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[Database]:
    """An empty database for as long as the block lasts: of one test, or of a module that shares what it reads."""
    if os.environ.get("TEST_DATABASE_URL"):
        yield from _emptied(request.getfixturevalue("postgresql_schema"), folder)
        return
    path = folder / "creditbridge.sqlite3"
    shutil.copy(request.getfixturevalue("empty_sqlite"), path)
    opened = Database(f"sqlite:///{path}", places=places_in(folder))
    yield opened
    opened.dispose()


def places_in(folder: Path) -> dict[str, Path]:
    """The folders that belong to a database of a test."""
    return load({"ENVIRONMENT": "test", "DATA_DIR": str(folder)}).places


@pytest.fixture(scope="session")
def postgresql_schema() -> Iterator[str]:
    """The URL of a PostgreSQL schema of this run (and of this worker, when several run), with every table."""
    server = os.environ["TEST_DATABASE_URL"]
    schema = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    separator = "&" if "?" in server else "?"
    url = f"{server}{separator}options=-csearch_path%3D{schema}"
    made = Database(url)
    Base.metadata.create_all(made.engine)
    made.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    admin.dispose()


# Deletes row by row: far cheaper than TRUNCATE for the handful of rows that a test leaves in sixty tables.
EMPTY_EVERY_TABLE = """
DO $$
DECLARE
    named record;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR named IN SELECT tablename FROM pg_tables WHERE schemaname = current_schema() LOOP
        EXECUTE 'DELETE FROM ' || quote_ident(named.tablename);
    END LOOP;
    FOR named IN
        SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL
    LOOP
        PERFORM setval(quote_ident(named.sequencename)::regclass, 1, false);
    END LOOP;
END $$
"""


def _emptied(url: str, folder: Path) -> Iterator[Database]:
    opened = Database(url, pool_size=10, places=places_in(folder))
    yield opened
    with opened.engine.begin() as connection:
        connection.exec_driver_sql(EMPTY_EVERY_TABLE)
    opened.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A write session that is rolled back when the test ends."""
    with database.write_session() as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of the test environment with a data folder of this test's own."""
    made = load({"ENVIRONMENT": "test", "DATA_DIR": str(tmp_path / "data"), "SECRET_KEY": "k" * 40})
    made.files_dir.mkdir(parents=True)
    return made
