"""Tables of claims: which account speaks for which firm, and the proof it gave."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.store.base import Base, Identified, Timestamped

_VERIFIED = text("state = 'verified'")
_OPEN = text("state IN ('submitted', 'verified')")


class Claim(Identified, Timestamped, Base):
    """An organisation of kind firm says it is a registered firm; the platform verifies or refuses.

    A firm has at most one verified claim, an organisation at most one open one: both held by the database.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index("uq_claim_firm_id", "firm_id", unique=True, sqlite_where=_VERIFIED, postgresql_where=_VERIFIED),
        Index(
            "uq_claim_organisation_id",
            "organisation_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_claim_state_id", "state", "id"),
        Index("ix_claim_firm_id_state", "firm_id", "state"),
    )

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    claimed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    operator_name: Mapped[str] = mapped_column(String(80))
    operator_phone: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(16), default="submitted")
    version: Mapped[int] = mapped_column(default=1)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class ClaimProof(Identified, Timestamped, Base):
    """A file given as proof with a claim. It belongs to the claim, not to the firm: the claim may be false."""

    __tablename__ = "claim_proof"

    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    file_name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
