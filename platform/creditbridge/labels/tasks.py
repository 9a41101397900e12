"""Jobs of labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.labels import service


def forget_past(session: Session, _payload: Mapping[str, Any]) -> None:
    """Take out withdrawn labels whose retention is over."""
    service.forget_past(session)
