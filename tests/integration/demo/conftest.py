"""The demo city, loaded once for all tests that only read it."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from creditbridge.app import reactions
from creditbridge.app.models import Base
from creditbridge.demo import loader
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from creditbridge.store.files import FileStore
from creditbridge.webhooks import secret_keeping
from tests.conftest import TODAY, places_in


@pytest.fixture(scope="session", autouse=True)
def connected() -> None:
    secret_keeping.seal_with("k" * 40)
    reactions.connect()


@contextmanager
def empty_database(folder: Path) -> Iterator[Database]:
    server = os.environ.get("TEST_DATABASE_URL")
    if server is None:
        folder.mkdir(parents=True, exist_ok=True)
        database = Database(f"sqlite:///{folder / 'city.sqlite3'}", places=places_in(folder))
        Base.metadata.create_all(database.engine)
        yield database
        database.dispose()
        shutil.rmtree(folder)
        return
    schema = f"city_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    separator = "&" if "?" in server else "?"
    database = Database(f"{server}{separator}options=-csearch_path%3D{schema}", places=places_in(folder))
    Base.metadata.create_all(database.engine)
    yield database
    database.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
    admin.dispose()


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The whole city as `make run` loads it; not to be written in."""
    folder = tmp_path_factory.mktemp("city")
    with empty_database(folder / "data") as database:
        with clock.at(TODAY):
            loader.load(database, FileStore(folder / "files"), lambda *_: None)
        yield database
