"""Jobs of disclosure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.disclosure import consents


def expire_due(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Move consents past their last day to expired."""
    consents.expire_due(session)
