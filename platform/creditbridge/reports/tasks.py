"""Jobs of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.reports import service
from creditbridge.store import outbox
from creditbridge.store.database import Database

DUE = "reports.due"


def ask_due(session: Session, _payload: Mapping[str, Any]) -> None:
    """Have last month's report made, where it is not there."""
    if service.month_due(session) is not None:
        outbox.emit(session, DUE)


def make_due(database: Database, _payload: Mapping[str, Any]) -> bool:
    """Make last month's report once.

    Reading a whole city takes long, so no transaction that writes is open meanwhile.
    """
    service.make_beside(database)
    return True
