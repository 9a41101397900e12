"""Jobs of applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matching.applications import expiring


def expire_due(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """End offers and requests for documents whose last day has passed."""
    expiring.expire_due(session)
