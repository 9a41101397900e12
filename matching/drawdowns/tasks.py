"""Jobs of drawdowns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matching.drawdowns import servicing


def service_due(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Book the interest that fell due and notice what is late."""
    servicing.service_due(session)
