"""Tables of products: the product, its versions, and what happened to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from creditbridge.kernel.words import Words
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from lenders.institutions.model import Lender
from lenders.products.lifecycle import ProductState, VersionState
from lenders.products.rules import ApplicantKind
from lenders.schemes.model import Scheme

_LIVE = text("state = 'live'")
_IN_WORK = text("state IN ('draft', 'pending_approval', 'pending_publication')")


class Product(Identified, Timestamped, Base):
    """A loan product of one lender. Its quota is copied from the live version and moves by conditional updates."""

    __tablename__ = "product"
    __table_args__ = (CheckConstraint("quota_used_fen >= 0", name="quota_used"),)

    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"), index=True)
    scheme_id: Mapped[int | None] = mapped_column(ForeignKey("scheme.id"), index=True)
    applicant_kind: Mapped[str] = mapped_column(String(16), default=ApplicantKind.FIRM.value)
    state: Mapped[str] = mapped_column(String(16), default=ProductState.UNPUBLISHED.value, index=True)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    suspended_by_platform: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    quota_fen: Mapped[int | None]
    quota_used_fen: Mapped[int] = mapped_column(default=0)

    lender: Mapped[Lender] = relationship()
    scheme: Mapped[Scheme | None] = relationship()
    versions: Mapped[list[ProductVersion]] = relationship(
        back_populates="product", order_by="ProductVersion.number"
    )


class ProductVersion(Identified, Timestamped, Base):
    """One version: immutable from the moment it leaves draft. At most one is live and one in work."""

    __tablename__ = "product_version"
    __table_args__ = (
        UniqueConstraint("product_id", "number"),
        Index(
            "uq_product_version_live", "product_id", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE
        ),
        Index(
            "uq_product_version_in_work",
            "product_id",
            unique=True,
            sqlite_where=_IN_WORK,
            postgresql_where=_IN_WORK,
        ),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(24), default=VersionState.DRAFT.value, index=True)
    version: Mapped[int] = mapped_column(default=1)
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(160), default="")
    terms: Mapped[dict[str, Any]]
    admission: Mapped[dict[str, Any]]
    amount_formula: Mapped[dict[str, Any] | None]
    # Everybody who wrote in this version: none of them may approve it.
    author_ids: Mapped[list[Any]]
    change_note: Mapped[str] = mapped_column(String(500), default="")
    returned_reason: Mapped[str] = mapped_column(String(500), default="")
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    published_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    product: Mapped[Product] = relationship(back_populates="versions")

    @property
    def name(self) -> Words:
        return Words(self.name_zh, self.name_en or self.name_zh)


class ProductEvent(Base):
    """A step of a product or a version, for the page that shows its history; the audit trail holds the proof."""

    __tablename__ = "product_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    version_number: Mapped[int | None]
    step: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime]
    who: Mapped[str] = mapped_column(String(80), default="")
    organisation: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")


_CONTENT = ("name_zh", "name_en", "terms", "admission", "amount_formula", "author_ids", "change_note")


@event.listens_for(ProductVersion, "before_update")
def _keep_immutable(mapper: Mapper[Any], connection: Connection, row: ProductVersion) -> None:  # noqa: ARG001
    """A version that has left draft keeps what it says: submissions cite it."""
    changed = inspect(row).attrs
    if row.state != VersionState.DRAFT and any(changed[name].history.has_changes() for name in _CONTENT):
        raise AssertionError(f"version {row.number} is {row.state} and cannot be rewritten")
