"""Fixtures of the tests of the schema: a database that no migration has touched."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from creditbridge.store.database import Database


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[Database]:
    """A database without any table."""
    server = os.environ.get("TEST_DATABASE_URL")
    if not server:
        opened = Database(f"sqlite:///{tmp_path / 'bare.sqlite3'}")
        yield opened
        opened.dispose()
        return
    name = f"migrated_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE SCHEMA "{name}"'))
    opened = Database(f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{name}")
    yield opened
    opened.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP SCHEMA "{name}" CASCADE'))
    admin.dispose()
