"""Seeing what a request wrote: the tables of every committed statement, and a digest of all rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, event, select

from creditbridge.app.models import Base
from creditbridge.store.database import Database

_WRITES = re.compile(
    r"\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)\"?", re.IGNORECASE
)
_KEY = "written_tables"


class Watch:
    """Collects the tables that committed transactions wrote since :meth:`taken` was last asked.

    ``tried`` are those that any statement wrote since it was last cleared, kept or not.
    """

    def __init__(self, engine: Engine) -> None:
        self.tried: set[str] = set()
        self._committed: set[str] = set()
        event.listen(engine, "after_cursor_execute", self._note)
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "rollback", self._forget)

    def taken(self) -> frozenset[str]:
        """What was written since the last time, and begin anew."""
        found, self._committed = frozenset(self._committed), set()
        return found

    def _note(self, connection: Connection, cursor: Any, statement: str, *rest: Any) -> None:  # noqa: ARG002
        written = _WRITES.match(statement)
        if written and cursor.rowcount != 0:
            connection.info.setdefault(_KEY, set()).add(written.group(1))
            self.tried.add(written.group(1))

    def _commit(self, connection: Connection) -> None:
        self._committed |= connection.info.pop(_KEY, set())

    def _forget(self, connection: Connection) -> None:
        connection.info.pop(_KEY, None)


def digest(database: Database, *, without: Collection[str] = ()) -> dict[str, str]:
    """The digest of each table's rows."""
    found = {}
    with database.engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name in without:
                continue
            rows = connection.execute(select(table).order_by(*table.primary_key.columns)).all()
            found[table.name] = hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
        connection.rollback()
    return found
