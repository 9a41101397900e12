"""Tables of notices: what was put before whom, and who has read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.access.model import User
from creditbridge.kernel import clock
from creditbridge.notices.mail_rules import MailState
from creditbridge.store.base import Base, BigId, Identified, Timestamped


class Notice(Identified, Timestamped, Base):
    """A message to an organisation, or to some roles, one branch or one person of it.

    ``params`` fill the kind's words: ids, amounts and words, never credit or personal data. A to-do is done when
    ``done_at`` is set, by the step that settles its subject.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_of_organisation", "organisation_id", "id"),
        Index("ix_notice_open_todo", "organisation_id", "is_todo", "done_at"),
        Index("ix_notice_subject", "subject_kind", "subject_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    # The branch is a row of the lenders' room, which lies above; its key is kept without a constraint on it.
    branch_id: Mapped[int | None] = mapped_column(index=True)
    roles: Mapped[str] = mapped_column(String(200), default="")
    """The roles it is for, each between spaces (`` lender_reviewer lender_approver ``); empty for every role."""
    kind: Mapped[str] = mapped_column(String(60))
    params: Mapped[dict[str, Any]]
    link_endpoint: Mapped[str] = mapped_column(String(80), default="")
    link_values: Mapped[dict[str, Any]]
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[str] = mapped_column(String(64), default="")
    is_todo: Mapped[bool] = mapped_column(default=False)
    due_on: Mapped[str | None] = mapped_column(String(10))
    """The legal date by which a to-do should be done, as ``2026-11-23``."""
    done_at: Mapped[datetime | None]


class NoticeMail(Identified, Timestamped, Base):
    """One mail to one person about one notice, and what came of it; ``error`` is that of the last try."""

    __tablename__ = "notice_mail"
    __table_args__ = (UniqueConstraint("notice_id", "user_id"),)

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=MailState.WAITING.value)
    version: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(default=clock.now)
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(80), default="")

    notice: Mapped[Notice] = relationship()
    user: Mapped[User] = relationship()

    @property
    def state_now(self) -> MailState:
        return MailState(self.state)


class NoticeReading(Base):
    """One person has read one notice."""

    __tablename__ = "notice_reading"
    __table_args__ = (UniqueConstraint("notice_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    read_at: Mapped[datetime] = mapped_column(default=clock.now)
