"""Jobs of needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matching.needs import expiring, suggesting


def expire_due(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """End needs and answers whose last day has passed."""
    expiring.expire_due(session)


def suggest(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Suggest lenders for all open needs together."""
    suggesting.suggest(session)
