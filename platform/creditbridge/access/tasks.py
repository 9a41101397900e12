"""Jobs of access."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access import resets, throttle


def forget_tries(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Delete counted tries whose window has ended, and links to a new password that ended long ago."""
    throttle.forget_old(session)
    resets.forget_old(session)
