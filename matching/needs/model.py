"""Tables of financing needs. What lenders see of the firm before it reveals itself is frozen when the need is posted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel.words import Words
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from matching.needs.rules import NeedState, PartState


class FinancingNeed(Identified, Timestamped, Base):
    """What a firm looks for. ``grade``, ``firm_size``, ``section`` and ``region_code`` are the firm's when posted.

    They are kept as far as they fit several firms; what would single it out is left empty.
    """

    __tablename__ = "financing_need"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_financing_need_state", "state", "expires_on"),
    )

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=NeedState.DRAFT.value)
    version: Mapped[int] = mapped_column(default=1)
    amount_fen: Mapped[int]
    term_months: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(String(300), default="")
    contact_name: Mapped[str] = mapped_column(String(80))
    contact_phone: Mapped[str] = mapped_column(String(40))
    grade: Mapped[str | None] = mapped_column(String(16))
    firm_size: Mapped[str | None] = mapped_column(String(16))
    section: Mapped[str | None] = mapped_column(String(1))
    region_code: Mapped[str | None] = mapped_column(String(6))
    posted_at: Mapped[datetime | None]
    respond_by: Mapped[date | None]
    expires_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]

    parts: Mapped[list[NeedLender]] = relationship(back_populates="need", order_by="NeedLender.id")

    @property
    def state_now(self) -> NeedState:
        return NeedState(self.state)


class NeedLender(Identified, Timestamped, Base):
    """One lender's part in a need: the product it could serve it with, its answer, and whether it knows the firm."""

    __tablename__ = "need_lender"
    __table_args__ = (
        UniqueConstraint("need_id", "lender_id"),
        Index("ix_need_lender_queue", "lender_organisation_id", "state"),
    )

    need_id: Mapped[int] = mapped_column(ForeignKey("financing_need.id"), index=True)
    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"), index=True)
    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    lender_name: Mapped[dict[str, Any]]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    product_public_id: Mapped[str] = mapped_column(String(26))
    product_name: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(16))
    firm_score: Mapped[int]
    lender_score: Mapped[int]
    suggested: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(String(16), default=PartState.INVITED.value)
    version: Mapped[int] = mapped_column(default=1)
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    offer_amount_fen: Mapped[int | None]
    offer_rate_ppm: Mapped[int | None]
    offer_term_months: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(500), default="")
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"), index=True)
    revealed_at: Mapped[datetime | None]

    need: Mapped[FinancingNeed] = relationship(back_populates="parts")

    @property
    def state_now(self) -> PartState:
        return PartState(self.state)

    @property
    def is_told(self) -> bool:
        """Whether the lender may still read what the need says of the firm: not once it has ended for this lender."""
        return self.state_now is not PartState.CLOSED and self.need.state_now is not NeedState.WITHDRAWN

    @property
    def lender(self) -> Words:
        return Words.from_json(self.lender_name)

    @property
    def product(self) -> Words:
        return Words.from_json(self.product_name)

    @property
    def score(self) -> int:
        """How well the two suit, from both sides."""
        return (self.firm_score + self.lender_score) // 2


class UnmetSearch(Timestamped, Base):
    """A search by a firm that no product answered: without the firm, once a day and search."""

    __tablename__ = "unmet_search"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    on_day: Mapped[date] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    amount_fen: Mapped[int | None]
    term_months: Mapped[int | None]
    purpose: Mapped[str | None] = mapped_column(String(24))
    grade: Mapped[str | None] = mapped_column(String(16))
    firm_size: Mapped[str | None] = mapped_column(String(16))
    section: Mapped[str | None] = mapped_column(String(1))
    region_code: Mapped[str | None] = mapped_column(String(6))
