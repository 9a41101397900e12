"""Tables of scoring: the versions of the scorecard, and trials of a version beside the one in use."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, ForeignKey, Index, String, event, inspect, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from creditbridge.access.model import User
from creditbridge.scoring.rules import TrialState, VersionState
from creditbridge.store.base import Base, BigId, Identified, Timestamped

_LIVE = text("state = 'live'")


class ScorecardVersion(Identified, Timestamped, Base):
    """One version; its content is immutable from the moment it leaves draft. One at most is live and one in work.

    ``author_ids`` are all who wrote in it: none of them may approve it. ``working`` is 1 while it is in work.
    """

    __tablename__ = "scorecard_version"
    __table_args__ = (
        Index("uq_scorecard_version_live", "state", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
    )

    number: Mapped[int] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(String(24), default=VersionState.DRAFT.value)
    version: Mapped[int] = mapped_column(default=1)
    working: Mapped[int | None] = mapped_column(unique=True)
    content: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    author_ids: Mapped[list[Any]]
    change_note: Mapped[str] = mapped_column(String(500), default="")
    returned_reason: Mapped[str] = mapped_column(String(500), default="")
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    replaced_at: Mapped[datetime | None]

    trials: Mapped[list[ScorecardTrial]] = relationship(
        back_populates="of", order_by="ScorecardTrial.id", foreign_keys="ScorecardTrial.version_id"
    )


class ScorecardTrial(Identified, Timestamped, Base):
    """A version beside the one that was in use, over every firm on a day. ``result`` is empty until it is done."""

    __tablename__ = "scorecard_trial"

    version_id: Mapped[int] = mapped_column(BigId, ForeignKey(ScorecardVersion.id), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    against_number: Mapped[int]
    on_date: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=TrialState.WAITING.value)
    firms: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    finished_at: Mapped[datetime | None]

    of: Mapped[ScorecardVersion] = relationship(back_populates="trials", foreign_keys=[version_id])


@event.listens_for(ScorecardVersion, "before_update")
def _keep_immutable(mapper: Mapper[Any], connection: Connection, row: ScorecardVersion) -> None:  # noqa: ARG001
    """A version that has left draft keeps what it says: scores cite it."""
    changed = inspect(row).attrs
    if row.state != VersionState.DRAFT and any(
        changed[name].history.has_changes() for name in ("content", "digest", "author_ids", "change_note")
    ):
        raise AssertionError(f"version {row.number} is {row.state} and cannot be rewritten")
