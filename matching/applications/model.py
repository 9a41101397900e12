"""Tables of applications, submissions and what belongs to them.

Amounts are fen; the amounts applied for, offered, accepted and granted are kept apart. A submission keeps the
product version it was made under, and what was known of the firm then, as a digest and the explanation shown.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.base import Base, BigId, Identified, Json, Timestamped
from matching.applications.clocks import DecisionClock
from matching.applications.rules import ApplicationState, OfferState, SubmissionState, SupplementState


class Application(Identified, Timestamped, Base):
    """A firm's one form: what it needs. ``choices`` hold the products chosen so far, each with a branch or none."""

    __tablename__ = "application"

    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=ApplicationState.DRAFT.value)
    version: Mapped[int] = mapped_column(default=1)
    saved_at: Mapped[datetime] = mapped_column(default=clock.now)
    submitted_at: Mapped[datetime | None]
    amount_fen: Mapped[int | None]
    term_months: Mapped[int | None]
    purpose: Mapped[str | None] = mapped_column(String(24))
    purpose_note: Mapped[str] = mapped_column(String(500), default="")
    contact_name: Mapped[str] = mapped_column(String(80), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    choices: Mapped[list[Any]] = mapped_column(default=list)
    """``{"product": public id, "branch": public id or null}`` for each product chosen."""

    submissions: Mapped[list[Submission]] = relationship(
        back_populates="application", order_by="Submission.id"
    )
    documents: Mapped[list[ApplicationDocument]] = relationship(
        cascade="all, delete-orphan", order_by="ApplicationDocument.id"
    )


class ApplicationDocument(Timestamped, Base):
    """A document handed in with the form, under the material of the checklist it answers."""

    __tablename__ = "application_document"
    __table_args__ = (UniqueConstraint("application_id", "document_id", "material_code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    material_code: Mapped[str] = mapped_column(String(64), default="")


class Submission(Identified, Timestamped, Base):
    """One application to one product. ``in_flight`` is true until it is granted or ends, then NULL."""

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("firm_id", "product_id", "in_flight"),
        UniqueConstraint("application_id", "product_id"),
        CheckConstraint("applied_fen > 0", name="applied"),
        CheckConstraint("quota_held_fen >= 0", name="quota_held"),
        Index("ix_submission_queue", "lender_organisation_id", "state", "id"),
    )

    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    firm_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    firm_name: Mapped[str] = mapped_column(String(200))
    firm_uscc: Mapped[str] = mapped_column(String(18), default="")
    lender_id: Mapped[int] = mapped_column(ForeignKey("lender.id"), index=True)
    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    lender_name: Mapped[dict[str, Any]]
    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"), index=True)
    product_version_id: Mapped[int] = mapped_column(ForeignKey("product_version.id"), index=True)
    product_name: Mapped[dict[str, Any]]
    branch_id: Mapped[int | None] = mapped_column(ForeignKey("branch.id"), index=True)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consent.id"), index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)

    state: Mapped[str] = mapped_column(String(20), default=SubmissionState.SUBMITTED.value)
    version: Mapped[int] = mapped_column(default=1)
    in_flight: Mapped[bool | None] = mapped_column(default=True)
    reopenings: Mapped[int] = mapped_column(default=0)

    applied_fen: Mapped[int]
    term_months: Mapped[int]
    purpose: Mapped[str] = mapped_column(String(24))
    purpose_note: Mapped[str] = mapped_column(String(500), default="")
    contact_name: Mapped[str] = mapped_column(String(80))
    contact_phone: Mapped[str] = mapped_column(String(40))
    offered_fen: Mapped[int | None]
    accepted_fen: Mapped[int | None]
    granted_fen: Mapped[int | None]
    quota_held_fen: Mapped[int] = mapped_column(default=0)

    verdict: Mapped[str] = mapped_column(String(16))
    explanation: Mapped[dict[str, Any]]
    facts_digest: Mapped[str] = mapped_column(String(64))
    grade: Mapped[str | None] = mapped_column(String(16))
    """The firm's grade on the platform's scale when it applied; None where it was not evaluated."""
    change_seq: Mapped[int]

    started_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    paused_seconds: Mapped[int] = mapped_column(default=0)
    paused_since: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    application: Mapped[Application] = relationship(back_populates="submissions")
    kept_match: Mapped[KeptMatch | None] = relationship()
    offers: Mapped[list[Offer]] = relationship(back_populates="submission", order_by="Offer.number")
    supplements: Mapped[list[SupplementRequest]] = relationship(
        back_populates="submission", order_by="SupplementRequest.id"
    )
    decisions: Mapped[list[Decision]] = relationship(order_by="Decision.id")
    documents: Mapped[list[SubmissionDocument]] = relationship(order_by="SubmissionDocument.id")

    @property
    def state_now(self) -> SubmissionState:
        return SubmissionState(self.state)

    @property
    def decision_clock(self) -> DecisionClock:
        return DecisionClock(self.started_at, self.paused_seconds, self.paused_since, self.decided_at)

    @property
    def product(self) -> Words:
        """The product's name as it was."""
        return Words.from_json(self.product_name)

    @property
    def lender(self) -> Words:
        """The lender's name as it was."""
        return Words.from_json(self.lender_name)

    @property
    def current_offer(self) -> Offer | None:
        """The newest version of the offer, in whatever state."""
        return self.offers[-1] if self.offers else None

    @property
    def open_supplement(self) -> SupplementRequest | None:
        waiting = [request for request in self.supplements if request.state == SupplementState.OPEN]
        return waiting[-1] if waiting else None


class KeptMatch(Base):
    """The match a submission was made on, whole: :mod:`matching.applications.kept_matches` works it out again.

    ``facts`` are None once their retention has passed; ``answer`` is the canonical text, ``digest`` its SHA-256.
    """

    __tablename__ = "kept_match"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    on: Mapped[date]
    product_version_id: Mapped[int] = mapped_column(ForeignKey("product_version.id"))
    model: Mapped[str] = mapped_column(String(80))
    change_seq: Mapped[int]
    facts: Mapped[dict[str, Any] | None] = mapped_column(Json)
    beside: Mapped[dict[str, Any]] = mapped_column(Json)
    answer: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class SubmissionEvent(Base):
    """One step of a submission, as its timeline shows it; the audit trail holds the proof."""

    __tablename__ = "submission_event"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    step: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    who: Mapped[str] = mapped_column(String(80), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")


class Offer(Identified, Timestamped, Base):
    """One version of the terms a lender offers. Once sent it never changes: other terms are another version."""

    __tablename__ = "offer"
    __table_args__ = (
        UniqueConstraint("submission_id", "number"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default=OfferState.PROPOSED.value)
    version: Mapped[int] = mapped_column(default=1)
    amount_fen: Mapped[int]
    annual_rate_ppm: Mapped[int]
    term_months: Mapped[int]
    repayment_method: Mapped[str] = mapped_column(String(24))
    guarantee_type: Mapped[str] = mapped_column(String(32))
    fees: Mapped[list[Any]] = mapped_column(default=list)
    conditions: Mapped[str] = mapped_column(String(1000), default="")
    apr_ppm: Mapped[int]
    expires_on: Mapped[date]
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    first_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    """The first of two approvers, where the amount lies above the lender's limit."""
    first_approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    approved_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer_reason: Mapped[str] = mapped_column(String(500), default="")

    submission: Mapped[Submission] = relationship(back_populates="offers")


class SupplementRequest(Identified, Timestamped, Base):
    """What a lender asks a firm to add, until when. ``items`` are texts."""

    __tablename__ = "supplement_request"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=SupplementState.OPEN.value)
    version: Mapped[int] = mapped_column(default=1)
    items: Mapped[list[str]]
    note: Mapped[str] = mapped_column(String(500), default="")
    deadline: Mapped[date]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(1000), default="")

    submission: Mapped[Submission] = relationship(back_populates="supplements")


class Decision(Timestamped, Base):
    """A coded decision against a submission: not accepted or rejected, with up to four reasons and a text."""

    __tablename__ = "submission_decision"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    step: Mapped[str] = mapped_column(String(16))
    reasons: Mapped[list[str]]
    text: Mapped[str] = mapped_column(String(500), default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)


class SubmissionDocument(Timestamped, Base):
    """A document as this lender holds it: by material of the checklist, or in answer to a supplement request."""

    __tablename__ = "submission_document"
    __table_args__ = (UniqueConstraint("submission_id", "document_id", "material_code"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), index=True)
    material_code: Mapped[str] = mapped_column(String(64), default="")
    supplement_id: Mapped[int | None] = mapped_column(ForeignKey("supplement_request.id"), index=True)


class Note(Identified, Timestamped, Base):
    """A lender's internal note; the firm never sees it."""

    __tablename__ = "submission_note"

    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    author: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)


_IN_FLIGHT = DuplicateRequest(
    "submission_in_flight",
    Words(
        "您已有一笔该产品的申请在办理中，请等待结果或先撤回。",
        "You already have an application for this product under way. Wait for the answer or withdraw it first.",
    ),
)
constraints.register(
    {
        "uq_submission_firm_id_product_id_in_flight": _IN_FLIGHT,
        "uq_submission_application_id_product_id": _IN_FLIGHT,
    }
)
