"""Tables of drawdowns, what happened to their terms, and amendments. The money itself is in the books."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel.errors import DuplicateRequest
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from matching.drawdowns.rules import AmendmentState, DrawdownState
from matching.lines.model import CreditLine


class Drawdown(Identified, Timestamped, Base):
    """One use of a line. Its terms are those of the day it was asked for; ``hold_id`` is its hold in the books.

    ``paid_out_on`` is the day its schedule starts. Pool and share are frozen with it. ``carries_id`` is the loan of the
    renewed line that goes on under this one without being repaid.
    """

    __tablename__ = "drawdown"
    __table_args__ = (
        CheckConstraint("amount_fen > 0", name="amount"),
        Index("ix_drawdown_queue", "lender_organisation_id", "state", "id"),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("credit_line.id"), index=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(16), default=DrawdownState.REQUESTED.value)
    state_reason: Mapped[str] = mapped_column(String(500), default="")
    version: Mapped[int] = mapped_column(default=1)
    amount_fen: Mapped[int]
    rate_ppm: Mapped[int]
    term_months: Mapped[int]
    repayment_method: Mapped[str] = mapped_column(String(24))
    day_count: Mapped[str] = mapped_column(String(8))
    penalty_surcharge_ppm: Mapped[int] = mapped_column(default=500_000)
    grace_days: Mapped[int] = mapped_column(default=0)
    purpose: Mapped[str] = mapped_column(String(200), default="")
    pool_id: Mapped[int | None] = mapped_column(ForeignKey("risk_pool.id"), index=True)
    pool_share_ppm: Mapped[int] = mapped_column(default=0)
    carries_id: Mapped[int | None] = mapped_column(ForeignKey("drawdown.id"), index=True)
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_transaction.id"), index=True)
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    approved_at: Mapped[datetime | None]
    paid_out_on: Mapped[date | None]
    ended_on: Mapped[date | None]

    line: Mapped[CreditLine] = relationship()
    carries: Mapped[Drawdown | None] = relationship(remote_side="Drawdown.id")
    changes: Mapped[list[DrawdownChange]] = relationship(order_by="DrawdownChange.id")

    @property
    def state_now(self) -> DrawdownState:
        return DrawdownState(self.state)


class DrawdownChange(Timestamped, Base):
    """What changed the schedule from a day on: a prepayment (fen, what it keeps), a rate (ppm), or more months."""

    __tablename__ = "drawdown_change"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    drawdown_id: Mapped[int] = mapped_column(ForeignKey("drawdown.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    on_date: Mapped[date]
    value: Mapped[int]
    keep: Mapped[str] = mapped_column(String(8), default="")
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)


class Amendment(Identified, Timestamped, Base):
    """A change of what was agreed: proposed by one officer, approved by another, and the firm's to accept."""

    __tablename__ = "line_amendment"
    __table_args__ = (
        UniqueConstraint("line_id", "drawdown_id", "kind", "open"),
        # A NULL drawdown is no duplicate of another NULL one.
        Index(
            "uq_line_amendment_open_limit",
            "line_id",
            "open",
            unique=True,
            sqlite_where=text("drawdown_id IS NULL"),
            postgresql_where=text("drawdown_id IS NULL"),
        ),
    )

    line_id: Mapped[int] = mapped_column(ForeignKey("credit_line.id"), index=True)
    drawdown_id: Mapped[int | None] = mapped_column(ForeignKey("drawdown.id"), index=True)
    firm_id: Mapped[int] = mapped_column(ForeignKey("firm.id"), index=True)
    lender_organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default=AmendmentState.PROPOSED.value)
    open: Mapped[bool | None] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    before: Mapped[int]
    after: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500), default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    first_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    """The first of two approvers, where a limit is raised above the lender's limit for one person."""
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    answered_at: Mapped[datetime | None]

    line: Mapped[CreditLine] = relationship()
    drawdown: Mapped[Drawdown | None] = relationship()

    @property
    def state_now(self) -> AmendmentState:
        return AmendmentState(self.state)


_OPEN = DuplicateRequest(
    "amendment_open",
    Words("已有一项同类变更在办理中。", "A change of this kind is under way already."),
)
constraints.register(
    {"uq_line_amendment_line_id_drawdown_id_kind_open": _OPEN, "uq_line_amendment_open_limit": _OPEN}
)


def stated(row: Drawdown) -> dict[str, Any]:
    """A drawdown's terms as the audit trail keeps them."""
    return {
        "state": row.state,
        "amount_fen": row.amount_fen,
        "term_months": row.term_months,
        "method": row.repayment_method,
    }
