"""Jobs of tracking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matching.tracking import unserved


def count_unserved(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Count the firms that no product serves."""
    unserved.count(session)
