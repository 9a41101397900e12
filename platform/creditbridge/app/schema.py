"""The database's schema against this version of the code: which revision it is at, and bringing it up to date."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from creditbridge.app.models import Base
from creditbridge.store.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"
# Any constant will do, it only has to be the same in every process that migrates.
_MIGRATION_LOCK = 7_305_102


class SchemaError(RuntimeError):
    """The database cannot be used by this version of the code; the message is one line."""


@cache
def head() -> str:
    """The newest revision this version of the code knows."""
    revision = _scripts().get_current_head()
    assert revision is not None, "there is no migration"
    return revision


def revision(connection: Connection) -> str | None:
    """The revision a database is at; None when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def check_known(connection: Connection) -> None:
    """Refuse a database of a revision that this version of the code has never heard of.

    Raises:
        SchemaError: if it has been migrated by a newer version.
    """
    present = revision(connection)
    if present is not None and present not in {script.revision for script in _scripts().walk_revisions()}:
        raise SchemaError(
            f"The database is at revision {present}, which is newer than this version of CreditBridge "
            f"(it knows up to {head()}). Install the newer version, or restore a backup."
        )


def upgrade(database: Database) -> bool:
    """Bring the database to :func:`head` in one transaction; answers whether anything had to be done.

    Raises:
        SchemaError: if it cannot be reached, or is newer than the code.
    """
    try:
        with database.engine.begin() as connection:
            if not database.is_sqlite:  # SQLite's writers queue by themselves
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            check_known(connection)
            if revision(connection) == head():
                return False
            command.upgrade(config(connection), "head")
            return True
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise SchemaError(
            f"The database at {database.engine.url.render_as_string()} does not answer: {reason}"
        ) from error


def differences(connection: Connection) -> list[Any]:
    """What distinguishes a database's schema from the tables in the code; empty when nothing does."""
    context = MigrationContext.configure(
        connection, opts={"compare_type": True, "compare_server_default": False}
    )
    return list(compare_metadata(context, Base.metadata))


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration; there is no alembic.ini, since nothing in it would be ours to set."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    made.set_main_option("path_separator", "newline")
    made.attributes["connection"] = connection
    return made


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(config())
