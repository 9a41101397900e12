"""The outbox: effects that must happen after a transaction, written inside it.

A request never enqueues a job. It writes an outbox row; the relay hands rows to the queue; the sweeper hands
them over again until a handler has marked them done. Handlers are idempotent by the event's id.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Index, String, Text, and_, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from creditbridge.kernel import clock
from creditbridge.store.base import Base, Identified, Json, Timestamped

RESEND_AFTER = timedelta(seconds=60)
# An event is never given up. After this many hand-overs it is handed over more seldom, so that one that always
# fails does not crowd out the others.
SELDOM_AFTER = 20
RESEND_SELDOM_AFTER = timedelta(hours=1)


class OutboxEvent(Identified, Timestamped, Base):
    """One effect to bring about. ``name`` is given by the emitting room, as ``room.what_happened``."""

    __tablename__ = "outbox_event"
    __table_args__ = (Index("ix_outbox_event_open", "done_at", "enqueued_at"),)

    name: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    not_before: Mapped[datetime | None]
    """For an effect that is to come later, as a further try after a pause; None for at once."""
    enqueued_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(Text, default="")


def emit(session: Session, name: str, **payload: Any) -> OutboxEvent:
    """Write an event in the caller's transaction. The payload holds ids, never credit or personal data."""
    event = OutboxEvent(name=name, payload=payload)
    session.add(event)
    return event


def emit_later(session: Session, name: str, moment: datetime, **payload: Any) -> OutboxEvent:
    """The same for an effect that is not to come before ``moment``."""
    event = emit(session, name, **payload)
    event.not_before = moment
    return event


def waiting(session: Session, limit: int = 500) -> Sequence[OutboxEvent]:
    """Events never handed over, or handed over (or seen in line) a while ago and still not done."""
    moment = clock.now()
    return session.scalars(
        select(OutboxEvent)
        .where(
            OutboxEvent.done_at.is_(None),
            or_(OutboxEvent.not_before.is_(None), OutboxEvent.not_before <= moment),
            or_(
                OutboxEvent.enqueued_at.is_(None),
                and_(OutboxEvent.attempts < SELDOM_AFTER, OutboxEvent.enqueued_at < moment - RESEND_AFTER),
                OutboxEvent.enqueued_at < moment - RESEND_SELDOM_AFTER,
            ),
        )
        .order_by(OutboxEvent.id)
        .limit(limit)
    ).all()


def mark_enqueued(session: Session, event_ids: Sequence[int]) -> None:
    session.execute(
        update(OutboxEvent)
        .where(OutboxEvent.id.in_(event_ids))
        .values(enqueued_at=clock.now(), attempts=OutboxEvent.attempts + 1)
    )


def mark_still_in_line(session: Session, event_ids: Sequence[int]) -> None:
    """Note that these were found waiting for their turn: no hand-over, and nothing to look for until later."""
    session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(event_ids)).values(enqueued_at=clock.now()))


def claim_open(session: Session, public_id: str) -> OutboxEvent | None:
    """The event if it is still to be done, locked for this transaction; None when it was done already."""
    return session.scalar(
        select(OutboxEvent)
        .where(OutboxEvent.public_id == public_id, OutboxEvent.done_at.is_(None))
        .with_for_update(skip_locked=True)
    )


def mark_done(session: Session, event: OutboxEvent) -> None:
    event.done_at = clock.now()
    session.add(event)


def mark_failed(session: Session, public_id: str, error: str) -> None:
    session.execute(
        update(OutboxEvent).where(OutboxEvent.public_id == public_id).values(last_error=error[:2000])
    )
