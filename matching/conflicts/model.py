"""Table of declared conflicts of interest. What the platform finds by itself (accounts, telephones) is not kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel.errors import DuplicateRequest
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.base import Base, Identified, Timestamped
from matching.conflicts.rules import ConflictState, Named, Relation


class ConflictOfInterest(Identified, Timestamped, Base):
    """One person's tie to a firm, as a lender knows it. ``user_id`` is None where a firm named somebody nobody knows.

    ``standing`` is true until it is lifted, then NULL: one declaration stands at a time.
    """

    __tablename__ = "conflict_of_interest"
    __table_args__ = (
        UniqueConstraint(
            "lender_organisation_id",
            "firm_id",
            "user_id",
            "standing",
            name="uq_conflict_of_interest_standing",
        ),
        Index("ix_conflict_of_interest_lender_organisation_id_id", "lender_organisation_id", "id"),
    )

    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    officer_name: Mapped[str] = mapped_column(String(80))
    relation: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(500), default="")
    named_by: Mapped[str] = mapped_column(String(16))
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=ConflictState.STANDING.value)
    version: Mapped[int] = mapped_column(default=1)
    standing: Mapped[bool | None] = mapped_column(default=True)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    lifted_by: Mapped[str] = mapped_column(String(80), default="")
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(String(500), default="")

    @property
    def state_now(self) -> ConflictState:
        return ConflictState(self.state)

    @property
    def relation_now(self) -> Relation:
        return Relation(self.relation)

    @property
    def named(self) -> Named:
        return Named(self.named_by)


ON_RECORD = DuplicateRequest(
    "conflict_declared",
    Words("该人员对这家企业的回避已登记。", "This person’s conflict with the firm is on record already."),
)
# PostgreSQL says the constraint's name, SQLite its columns.
constraints.register(
    {
        "uq_conflict_of_interest_standing": ON_RECORD,
        "uq_conflict_of_interest_lender_organisation_id_firm_id_user_id_standing": ON_RECORD,
    }
)
