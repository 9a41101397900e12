"""Jobs of reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.reports import service


def make_due(session: Session, _payload: Mapping[str, Any]) -> None:
    """Make last month's report once."""
    service.make_due(session)
