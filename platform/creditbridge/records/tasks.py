"""Jobs of the records room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.records import batches, compaction, pulling
from creditbridge.store import outbox
from creditbridge.store.database import Database


def pull_due(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Have the feeds fetched whose time has come."""
    pulling.emit_due(session)


def look_after_lake(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Have the lake put in order; that takes longer than a transaction should."""
    outbox.emit(session, compaction.COMPACT)


def pull(database: Database, payload: Mapping[str, Any]) -> bool:
    """Fetch one feed; whatever came of it is noted, and the next time comes by itself."""
    pulling.pull(database, payload["source_id"])
    return True


def compact(database: Database, payload: Mapping[str, Any]) -> bool:  # noqa: ARG001 - called as every handler is
    """Put files of the lake together, purge what is past its retention, remove files nobody reads or may read."""
    compaction.compact(database)
    compaction.sweep(database)
    batches.remove_past_rows(database)
    return True
