"""Facts a firm reports of itself 企业自报, with date and evidence."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.store.base import Base, Identified, Json, Timestamped

_CURRENT = text("state IN ('reported', 'confirmed')")


class ReportedFact(Identified, Timestamped, Base):
    """One value a firm reported. A fact of a firm has at most one that is current.

    ``value`` holds ``{"value": …}`` in the fact's JSON form, so that no database takes a bare null for a value.
    """

    __tablename__ = "reported_fact"
    __table_args__ = (
        Index(
            "uq_reported_fact_firm_id_fact",
            "firm_id",
            "fact",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
    )

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    fact: Mapped[str] = mapped_column(String(64))
    value: Mapped[dict[str, Any]] = mapped_column(Json)
    as_of: Mapped[date]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="reported")
    version: Mapped[int] = mapped_column(default=1)
    reported_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    confirmed_organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
