"""Jobs of tracking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.store import outbox
from creditbridge.store.database import Database
from matching.tracking import unserved


def ask_for_count(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Have the firms counted that no product serves."""
    outbox.emit(session, unserved.RECOUNT)


def count_unserved(database: Database, payload: Mapping[str, Any]) -> bool:  # noqa: ARG001 - called as every handler is
    """Count the firms that no product serves.

    Reading a whole city takes long, so no transaction that writes is open meanwhile.
    """
    unserved.count_beside(database)
    return True
