"""Jobs of the index: new generations, and telling firms what a product newly published opens to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.store import outbox
from creditbridge.store.database import Database
from matching.index import live, telling

REFRESH = "index.refresh"


def ask_for_refresh(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Have the index looked at."""
    outbox.emit(session, REFRESH)


def refresh(database: Database, payload: Mapping[str, Any]) -> bool:  # noqa: ARG001 - called as every handler is
    """Write a new generation where many firms have changed since the last, or a new day has begun.

    Reading a whole city takes long, so no transaction that writes is open meanwhile.
    """
    with database.read() as session:
        live.refresh(session)
    return True


def tell_firms(database: Database, payload: Mapping[str, Any]) -> bool:
    """Tell the firms that a version newly published opens a product to; ``payload`` names the version and the one before."""
    with database.read() as session:
        firms = telling.newly_eligible(session, payload["version_id"], payload["before_id"])
    with database.write() as session:
        telling.tell(session, payload["version_id"], firms)
    return True
