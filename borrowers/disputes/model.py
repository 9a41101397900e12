"""Disputes of firms about records held of them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.store.base import Base, Identified, Timestamped

_OPEN = text("state IN ('raised', 'checking')")


class Dispute(Identified, Timestamped, Base):
    """A firm's dispute about one record; a record has at most one that is open.

    ``item``, ``occurred_on`` and ``department`` say which record it was, also when the record is past its retention.
    ``outcome`` and ``answer`` are empty until it is decided.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        Index("uq_dispute_record_no", "record_no", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_dispute_state_due_on", "state", "due_on"),
        Index("ix_dispute_firm_id_id", "firm_id", "id"),
    )

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    record_no: Mapped[int] = mapped_column(BigInteger)
    item: Mapped[str] = mapped_column(String(64))
    occurred_on: Mapped[date | None]
    department: Mapped[str] = mapped_column(String(48))
    reason: Mapped[str] = mapped_column(Text)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[str] = mapped_column(String(16))
    version: Mapped[int] = mapped_column(default=1)
    due_on: Mapped[date]
    raised_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    decided_by_name: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(12), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
