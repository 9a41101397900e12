"""Fixtures for every test: a fresh database, a clock, an application and signed-in clients.

The integration tests run on SQLite by default and on PostgreSQL when ``TEST_DATABASE_URL`` is set. Each test
gets an empty database: on SQLite a copy of a migrated file, on PostgreSQL a schema of its own.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
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
    server = os.environ.get("TEST_DATABASE_URL")
    if server:
        yield from _postgresql_schema(server)
        return
    path = tmp_path / "creditbridge.sqlite3"
    shutil.copy(request.getfixturevalue("empty_sqlite"), path)
    opened = Database(f"sqlite:///{path}")
    yield opened
    opened.dispose()


def _postgresql_schema(server: str) -> Iterator[Database]:
    schema = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    separator = "&" if "?" in server else "?"
    opened = Database(f"{server}{separator}options=-csearch_path%3D{schema}", pool_size=10)
    Base.metadata.create_all(opened.engine)
    yield opened
    opened.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    admin.dispose()


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
