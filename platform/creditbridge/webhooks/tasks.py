"""Jobs of webhooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.store.database import Database
from creditbridge.webhooks import deliveries, delivering


def deliver(database: Database, payload: Mapping[str, Any]) -> bool:
    """Try a delivery; answers whether the event is done."""
    return delivering.deliver(database, payload["delivery_id"])


def forget_old(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Forget deliveries that were over long ago."""
    deliveries.forget_old(session)
