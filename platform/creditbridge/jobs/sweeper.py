"""Sweeping what has had its time: events done long ago and kept answers go, events that keep failing are told of.

Handing lost events over again is no extra walk: the relay's query finds them (:func:`outbox.waiting`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.store import audit_head, idempotency
from creditbridge.store.outbox import OutboxEvent

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=30)
WORTH_TELLING_AFTER = timedelta(hours=1)


def sweep(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Delete events done more than :data:`KEPT_FOR` ago and log how many are long overdue."""
    swept = session.execute(delete(OutboxEvent).where(OutboxEvent.done_at < clock.now() - KEPT_FOR))
    assert isinstance(swept, CursorResult)
    stuck = overdue(session)
    if stuck:
        log.warning("%s outbox events have been open for more than an hour", stuck)


def sweep_answers(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Delete the answers kept for repeated requests once no repeat is answered from them any more."""
    idempotency.forget_old(session)


def keep_audit_head(session: Session, payload: Mapping[str, Any]) -> None:  # noqa: ARG001 - called as every handler is
    """Keep today's signed head of the audit trail beside the data."""
    audit_head.keep(session)


def overdue(session: Session) -> int:
    """How many events have been open for longer than :data:`WORTH_TELLING_AFTER`."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OutboxEvent)
            .where(
                OutboxEvent.done_at.is_(None),
                func.coalesce(OutboxEvent.not_before, OutboxEvent.created_at)
                < clock.now() - WORTH_TELLING_AFTER,
            )
        )
        or 0
    )
