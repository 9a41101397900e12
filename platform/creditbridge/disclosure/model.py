"""Tables of disclosure: consents, and the ledger of every look at a firm's data."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel import clock
from creditbridge.store.base import Base, Identified, Timestamped


class Consent(Identified, Timestamped, Base):
    """A firm lets one lender see a scope of its data for one purpose until a day.

    ``firm_organisation_id`` is the account that gave it and may revoke it. ``text_digest`` is the SHA-256 of the exact Chinese text the signatory saw. ``for_kind`` and ``for_id`` name the
    thing it serves (a submission) by kind and public id; ``grant_ref`` the grant that consumed it.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_live", "firm_id", "lender_organisation_id", "purpose", "state"),)

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    firm_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    scope: Mapped[list[str]]
    text_version: Mapped[str] = mapped_column(String(16))
    text_digest: Mapped[str] = mapped_column(String(64))
    expires_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(16), default="awaiting")
    version: Mapped[int] = mapped_column(default=1)
    for_kind: Mapped[str] = mapped_column(String(20), default="")
    for_id: Mapped[str] = mapped_column(String(26), default="", index=True)
    prepared_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    signed_by_name: Mapped[str] = mapped_column(String(80), default="")
    signed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(Text, default="")
    grant_ref: Mapped[str] = mapped_column(String(64), default="")


class AccessEntry(Identified, Base):
    """One look at a firm's data by another party: who, when, what, why, under which consent. Append-only.

    Names of lender, branch and officer are as they were at the moment of the look. ``what`` are scope codes,
    ``items`` public ids of documents; values never stand here.
    """

    __tablename__ = "access_entry"
    __table_args__ = (Index("ix_access_entry_firm_id_id", "firm_id", "id"),)

    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    kind: Mapped[str] = mapped_column(String(16))
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"))
    consent_id: Mapped[int] = mapped_column(ForeignKey("consent.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    organisation_name: Mapped[str] = mapped_column(String(200))
    # The branch is a row of the lenders' room, which lies above; its key is kept without a constraint on it.
    branch_id: Mapped[int | None]
    branch_name: Mapped[str] = mapped_column(String(200), default="")
    user_id: Mapped[int | None]
    officer_name: Mapped[str] = mapped_column(String(80))
    via: Mapped[str] = mapped_column(String(16))
    what: Mapped[list[str]]
    items: Mapped[list[str]]
    why_zh: Mapped[str] = mapped_column(String(300))
    why_en: Mapped[str] = mapped_column(String(300))
