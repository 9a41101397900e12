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
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from creditbridge.access import passwords
from creditbridge.app.models import Base
from creditbridge.app.settings import Settings, load
from creditbridge.kernel import clock
from creditbridge.store.database import Database

TODAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TESTS = Path(__file__).parent

# A busy machine must not fail a property for being slow. `make mutants` loads a profile of its own after this one.
settings.register_profile("creditbridge", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("creditbridge")


SLOWEST = (
    "integration/app/test_run.py",
    "integration/demo/",
    "integration/api/test_api_document.py",
    "unit/bench/",
    "integration/bench/",
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share the tests (``--dist loadgroup``), what a file makes once is made in one of them alone.

    The tests of the demo city stay together beyond their files. What takes longest comes first, so that no process is
    left with it in the end.
    """
    if not getattr(config.option, "loadgroup", False):  # as xdist tells its processes
        return
    for item in items:
        path = item.path.relative_to(TESTS).as_posix()
        item.add_marker(pytest.mark.xdist_group("demo" if path.startswith("integration/demo/") else path))
    items.sort(key=_place_of)


def _place_of(item: pytest.Item) -> int:
    path = item.path.relative_to(TESTS).as_posix()
    return next((place for place, part in enumerate(SLOWEST) if path.startswith(part)), len(SLOWEST))


@pytest.fixture(autouse=True)
def frozen_clock() -> Iterator[datetime]:
    """Every test runs at 10:00 in Shanghai on 23 November 2026, unless it sets the clock itself."""
    with clock.at(TODAY):
        yield TODAY


@pytest.fixture(scope="session", autouse=True)
def real_hasher() -> Iterator[PasswordHasher]:
    """Passwords are hashed cheaply in tests: what an attacker pays, each test would. Answers the platform's own hasher."""
    with pytest.MonkeyPatch.context() as patched:
        own = passwords._hasher
        patched.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield own


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no rows, made once a run and copied for each test.

    ``EMPTY_SQLITE`` names one made before, where the same tests run for every mutant.
    """
    if os.environ.get("EMPTY_SQLITE"):
        return Path(os.environ["EMPTY_SQLITE"])
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
