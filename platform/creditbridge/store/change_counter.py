"""The change counter: one row, raised in every transaction that changes a fact or a published product.

An answer that cites ``change_seq`` says exactly which state of the city it was given for, and a process that
holds something derived knows by one read whether it is still true.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from creditbridge.store.base import Base


class ChangeCounter(Base):
    """The single row (``id`` = 1), put there by the first migration."""

    __tablename__ = "change_counter"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


def hold(session: Session) -> None:
    """Let no other transaction raise the counter before this one ends. On SQLite a writer is alone anyway."""
    session.execute(select(ChangeCounter.value).where(ChangeCounter.id == 1).with_for_update())


def raise_counter(session: Session) -> int:
    """Raise the counter in this transaction and answer its new value."""
    value: int | None = session.scalar(
        update(ChangeCounter)
        .where(ChangeCounter.id == 1)
        .values(value=ChangeCounter.value + 1)
        .returning(ChangeCounter.value)
    )
    if value is None:
        session.add(ChangeCounter(id=1, value=1))
        session.flush()
        return 1
    return value


def current(session: Session) -> int:
    """The counter as this transaction sees it."""
    value = session.scalar(select(ChangeCounter.value).where(ChangeCounter.id == 1))
    return value or 0
