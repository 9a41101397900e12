"""Tables of policy schemes 政策产品: a sponsor's terms, and the lenders that take part."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel.words import Words
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from lenders.institutions.model import Lender
from lenders.schemes.rules import SchemeState


class Scheme(Identified, Timestamped, Base):
    """What a sponsor (a government department, a fund) offers together with several lenders."""

    __tablename__ = "scheme"

    name_zh: Mapped[str] = mapped_column(String(120), unique=True)
    name_en: Mapped[str] = mapped_column(String(200), default="")
    sponsor_zh: Mapped[str] = mapped_column(String(120))
    sponsor_en: Mapped[str] = mapped_column(String(200), default="")
    description_zh: Mapped[str] = mapped_column(Text, default="")
    description_en: Mapped[str] = mapped_column(Text, default="")
    region_codes: Mapped[list[str]]
    support_zh: Mapped[str] = mapped_column(String(500), default="")
    support_en: Mapped[str] = mapped_column(String(800), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(16), default=SchemeState.OPEN.value)
    version: Mapped[int] = mapped_column(default=1)

    participants: Mapped[list[SchemeParticipant]] = relationship(
        back_populates="scheme", order_by="SchemeParticipant.id", cascade="all, delete-orphan"
    )

    @property
    def name(self) -> Words:
        return Words(self.name_zh, self.name_en or self.name_zh)

    @property
    def sponsor(self) -> Words:
        return Words(self.sponsor_zh, self.sponsor_en or self.sponsor_zh)

    @property
    def description(self) -> Words:
        return Words(self.description_zh, self.description_en or self.description_zh)

    @property
    def support(self) -> Words:
        """What the sponsor adds: a risk pool, an interest subsidy."""
        return Words(self.support_zh, self.support_en or self.support_zh)


class SchemeParticipant(Timestamped, Base):
    """A lender that takes part in a scheme."""

    __tablename__ = "scheme_participant"
    __table_args__ = (UniqueConstraint("scheme_id", "lender_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scheme_id: Mapped[int] = mapped_column(ForeignKey("scheme.id"), index=True)
    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"), index=True)

    scheme: Mapped[Scheme] = relationship(back_populates="participants")
    lender: Mapped[Lender] = relationship()
