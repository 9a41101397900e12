from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from creditbridge.app import readiness, schema
from creditbridge.store.database import Database


def problems(database: Database) -> list[str]:
    with database.read() as session:
        return readiness.problems(session)


def test_a_migrated_database_is_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'ready.sqlite3'}")
    schema.upgrade(database)
    assert problems(database) == []
    database.dispose()


def test_a_database_of_another_version_is_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'other.sqlite3'}")
    schema.upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert problems(database) == ["schema"]
    database.dispose()


def test_a_database_without_tables_is_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bare.sqlite3'}")
    assert problems(database) == ["schema"]
    database.dispose()


def test_a_database_that_cannot_be_opened_is_not_ready(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'missing' / 'x.sqlite3'}")
    assert problems(database) == ["database"]
    database.dispose()
