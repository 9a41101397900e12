"""The table of what-ifs: who asked what of the city, and the digest of what was shown."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel import clock
from creditbridge.store.base import Base, Identified, Json


class WhatIfRun(Identified, Base):
    """One what-if; append-only. ``moved`` are the thresholds asked for by criterion, null for a criterion left out.

    ``question`` is the digest of the rule that was counted, of the curve and of the city: the same again is no new
    question. ``rule`` is the rule itself where it was not saved: the product version, where there is one, holds another.
    ``change_seq`` and ``on`` say of which city; ``exact`` that the platform asked, which sees unrounded figures.
    """

    __tablename__ = "whatif_run"
    __table_args__ = (
        Index("ix_whatif_run_organisation_id_at", "organisation_id", "at"),
        Index("ix_whatif_run_organisation_id_question", "organisation_id", "question"),
    )

    at: Mapped[datetime] = mapped_column(default=clock.now)
    user_id: Mapped[int]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    product_version_id: Mapped[int | None] = mapped_column(ForeignKey("product_version.id"), index=True)
    row_version: Mapped[int]
    rule_digest: Mapped[str] = mapped_column(String(64))
    question: Mapped[str | None] = mapped_column(String(64))
    rule: Mapped[dict[str, Any] | None] = mapped_column(Json)
    moved: Mapped[dict[str, Any]] = mapped_column(Json)
    curve_of: Mapped[str | None] = mapped_column(String(48))
    change_seq: Mapped[int]
    on: Mapped[date]
    exact: Mapped[bool]
    answer_digest: Mapped[str] = mapped_column(String(64))
