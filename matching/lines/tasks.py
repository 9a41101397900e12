"""Jobs of lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matching.lines import holding


def expire_due(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """End lines whose maturity has passed."""
    holding.expire_due(session)
