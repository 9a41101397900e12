"""Tables of approval limits: what holds for a lender now, and every change that was proposed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest
from creditbridge.kernel.words import Words
from creditbridge.store import constraints
from creditbridge.store.base import Base, Identified, Timestamped
from matching.approvals.rules import ChangeState


class ApprovalLimit(Base):
    """Above which amount a lender wants two approvers. No row, or no amount: one approver is enough for any."""

    __tablename__ = "approval_limit"
    __table_args__ = (CheckConstraint("second_above_fen >= 0", name="limit"),)

    organisation_id: Mapped[int] = mapped_column(
        ForeignKey("organisation.id"), primary_key=True, autoincrement=False
    )
    second_above_fen: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(default=clock.now)


class ApprovalLimitChange(Identified, Timestamped, Base):
    """A change of the limit: proposed by one officer, confirmed by another. ``open`` until it is decided, then NULL."""

    __tablename__ = "approval_limit_change"
    __table_args__ = (
        UniqueConstraint("organisation_id", "open"),
        CheckConstraint("after_fen >= 0", name="after"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=ChangeState.PROPOSED.value)
    version: Mapped[int] = mapped_column(default=1)
    open: Mapped[bool | None] = mapped_column(default=True)
    before_fen: Mapped[int | None]
    after_fen: Mapped[int | None]
    reason: Mapped[str] = mapped_column(String(500))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    proposed_by: Mapped[str] = mapped_column(String(80), default="")
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    decided_by: Mapped[str] = mapped_column(String(80), default="")
    decided_at: Mapped[datetime | None]

    @property
    def state_now(self) -> ChangeState:
        return ChangeState(self.state)


CHANGE_OPEN = DuplicateRequest(
    "change_open",
    Words(
        "已有一项限额变更待复核，请先处理。", "A change of the limit is waiting already. Decide on it first."
    ),
)
constraints.register({"uq_approval_limit_change_organisation_id_open": CHANGE_OPEN})
