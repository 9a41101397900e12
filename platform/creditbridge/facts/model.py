"""Tables of facts: what is known of each firm now, the log of every change, and places on named lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel import clock
from creditbridge.store.base import Base, BigId, Json


class FirmFactsRow(Base):
    """What is known of one firm now. ``fact_values`` maps a fact's code to its value, source, date and confirmation.

    Written by :mod:`creditbridge.facts.service` alone, in a transaction that raises the change counter;
    ``change_seq`` is the counter's value at the last change.
    """

    __tablename__ = "firm_facts"

    firm_id: Mapped[int] = mapped_column(BigId, ForeignKey("firm.id"), primary_key=True, autoincrement=False)
    fact_values: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    change_seq: Mapped[int] = mapped_column(index=True)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)


class FactChange(Base):
    """One change of one fact of one firm; append-only.

    ``value`` stands here for public facts only; of any other fact the log keeps the digest of its value.
    ``source`` and ``as_of`` are None where a fact was taken away.
    """

    __tablename__ = "fact_change"
    __table_args__ = (Index("ix_fact_change_firm_id_id", "firm_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    change_seq: Mapped[int] = mapped_column(index=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    fact: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    user_id: Mapped[int | None]
    organisation_id: Mapped[int | None]
    source: Mapped[str | None] = mapped_column(String(32))
    as_of: Mapped[date | None]
    confirmed: Mapped[bool | None]
    value: Mapped[Any | None] = mapped_column(Json)
    digest: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(200), default="")


class ListMember(Base):
    """Whether a firm is on a named list (``member``), or is known not to be. No row: not known."""

    __tablename__ = "list_member"
    __table_args__ = (UniqueConstraint("list_code", "firm_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_code: Mapped[str] = mapped_column(String(64))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    member: Mapped[bool]
    source: Mapped[str] = mapped_column(String(32))
    as_of: Mapped[date]
    confirmed: Mapped[bool] = mapped_column(default=True)
