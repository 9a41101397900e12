"""Tables of lenders: the institution itself, its branches and the regions they serve."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.access.model import Organisation
from creditbridge.kernel.words import Words
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from lenders.institutions.rules import LenderState


class Lender(Identified, Timestamped, Base):
    """A financial institution on the platform; its members sign in through its organisation."""

    __tablename__ = "lender"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(24))
    licence_number: Mapped[str] = mapped_column(String(40), unique=True)
    intro_zh: Mapped[str] = mapped_column(Text, default="")
    intro_en: Mapped[str] = mapped_column(Text, default="")
    contact_name: Mapped[str] = mapped_column(String(80), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    website: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(16), default=LenderState.APPLIED.value, index=True)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    approved_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    branches: Mapped[list[Branch]] = relationship(back_populates="lender", order_by="Branch.id")

    @property
    def name(self) -> Words:
        """The lender's name; without an English one the Chinese stands for both."""
        return Words(self.organisation.name, self.organisation.name_en or self.organisation.name)

    @property
    def intro(self) -> Words:
        return Words(self.intro_zh, self.intro_en or self.intro_zh)


class Branch(Identified, Timestamped, Base):
    """分行, 支行 or 网点. An inactive one keeps its history and takes no new work."""

    __tablename__ = "branch"
    __table_args__ = (UniqueConstraint("lender_id", "name"),)

    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"), index=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    is_active: Mapped[bool] = mapped_column(default=True)

    lender: Mapped[Lender] = relationship(back_populates="branches")
    parent: Mapped[Branch | None] = relationship(remote_side="Branch.id")
    service_areas: Mapped[list[ServiceArea]] = relationship(
        order_by="ServiceArea.region_code", cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def words(self) -> Words:
        return Words(self.name, self.name_en or self.name)

    @property
    def region_codes(self) -> list[str]:
        return [area.region_code for area in self.service_areas]


class ServiceArea(Base):
    """A region a branch serves, with everything inside it."""

    __tablename__ = "service_area"
    __table_args__ = (UniqueConstraint("branch_id", "region_code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    branch_id: Mapped[int] = mapped_column(ForeignKey("branch.id"), index=True)
    region_code: Mapped[str] = mapped_column(String(6), index=True)
