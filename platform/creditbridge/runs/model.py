"""Tables of runs: each run, its parts as they are done, and the medians firms are compared with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.access.model import User
from creditbridge.store.base import Base, BigId, Identified, Timestamped


class Run(Identified, Timestamped, Base):
    """One run over the city for a legal date.

    ``base_run_id`` is the run whose findings stand for firms that were not worked on again. ``model`` names the
    versions of everything a finding rests on, ``model_digest`` sums them up; with ``record_no`` and ``overlay_no``
    (how far the lake was filled) they make every finding repeatable. ``active`` is 1 while it goes on and else empty,
    so that no two runs go on at once.
    """

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("active IS NULL OR active = 1", name="active_one"),
        Index("ix_run_state_on", "state", "on_date"),
    )

    kind: Mapped[str] = mapped_column(String(8))
    on_date: Mapped[date]
    state: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(default=1)
    active: Mapped[int | None] = mapped_column(unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    user_name: Mapped[str] = mapped_column(String(120), default="")
    base_run_id: Mapped[int | None] = mapped_column(ForeignKey("run.id"), index=True)
    model: Mapped[dict[str, Any]] = mapped_column(default=dict)
    model_digest: Mapped[str] = mapped_column(String(64), default="")
    record_no: Mapped[int | None]
    overlay_no: Mapped[int | None]
    parts: Mapped[int | None]
    parts_done: Mapped[int] = mapped_column(default=0)
    firms: Mapped[int] = mapped_column(default=0)
    computed: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    digest: Mapped[str] = mapped_column(String(64), default="")
    snapshot: Mapped[str] = mapped_column(String(64), default="")
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(Text, default="")


class RunPart(Base):
    """A part of a run that is done: its file, the digest of what the file says, and what it came to."""

    __tablename__ = "run_part"
    __table_args__ = (UniqueConstraint("run_id", "part"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey(Run.id))
    part: Mapped[int]
    file: Mapped[str] = mapped_column(String(120))
    digest: Mapped[str] = mapped_column(String(64))
    firms: Mapped[int]
    computed: Mapped[int]
    changed: Mapped[int]
    tallies: Mapped[dict[str, Any]] = mapped_column(default=dict)
