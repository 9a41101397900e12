"""Jobs of monitoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from matching.monitoring import watching


def watch(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Compare watched firms with what was known last."""
    watching.run(session)
