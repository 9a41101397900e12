"""Tables of the records room: batches, the files of the lake, overlays, and addresses that feeds are fetched from."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from creditbridge.access.model import User
from creditbridge.kernel import clock
from creditbridge.store.base import Base, BigId, Identified, Timestamped

_TAKEN = text("state = 'taken'")


class LakeState(Base):
    """The single row (``id`` = 1): which files are listed, the next numbers to give, and how far records are taken."""

    __tablename__ = "record_lake"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int]
    next_record_no: Mapped[int]
    taken_record_no: Mapped[int]
    next_overlay_no: Mapped[int]


class RecordBatch(Identified, Timestamped, Base):
    """A file of a feed that was or is being taken. It is in the lake once its state is ``taken``, and wholly.

    ``reference`` is the sender's name for it, ``content_hash`` what it holds: neither is taken twice from one feed.
    """

    __tablename__ = "record_batch"
    __table_args__ = (
        CheckConstraint("rows = good_rows + quarantined + duplicate_rows", name="rows_accounted"),
        Index(
            "uq_record_batch_feed_reference_taken",
            "feed",
            "reference",
            unique=True,
            sqlite_where=_TAKEN,
            postgresql_where=_TAKEN,
        ),
        Index(
            "uq_record_batch_feed_content_taken",
            "feed",
            "content_hash",
            unique=True,
            sqlite_where=_TAKEN,
            postgresql_where=_TAKEN,
        ),
        Index("ix_record_batch_state_heartbeat_at", "state", "heartbeat_at"),
        Index("ix_record_batch_first_record_no", "first_record_no"),
    )

    feed: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(200))
    content_hash: Mapped[str] = mapped_column(String(64))
    file_name: Mapped[str] = mapped_column(String(255))
    format: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(16))
    received_on: Mapped[date]
    heartbeat_at: Mapped[datetime] = mapped_column(default=clock.now)
    taken_at: Mapped[datetime | None]
    user_id: Mapped[int | None] = mapped_column(ForeignKey(User.id), index=True)
    user_name: Mapped[str] = mapped_column(String(120), default="")
    rows_read: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    good_rows: Mapped[int] = mapped_column(default=0)
    duplicate_rows: Mapped[int] = mapped_column(default=0)
    quarantined: Mapped[int] = mapped_column(default=0)
    late: Mapped[int] = mapped_column(default=0)
    records: Mapped[int] = mapped_column(default=0)
    replaced: Mapped[int] = mapped_column(default=0)
    firms: Mapped[int] = mapped_column(default=0)
    first_record_no: Mapped[int | None]
    quality: Mapped[dict[str, Any]] = mapped_column(default=dict)
    problem: Mapped[str] = mapped_column(Text, default="")


class LakeFile(Base):
    """One file of the lake. It is read while ``retired_at`` is empty, and removed some time after."""

    __tablename__ = "record_lake_file"
    __table_args__ = (Index("ix_record_lake_file_retired_at_bucket", "retired_at", "bucket"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    bucket: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(120), unique=True)
    rows: Mapped[int]
    purge_from: Mapped[date | None]
    batch_id: Mapped[int | None] = mapped_column(ForeignKey(RecordBatch.id), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    retired_at: Mapped[datetime | None]


class RecordOverlay(Identified, Timestamped, Base):
    """What lies over a record; see :class:`creditbridge.records.overlaying.Overlay`."""

    __tablename__ = "record_overlay"
    __table_args__ = (Index("ix_record_overlay_firm_no", "firm_no"),)

    number: Mapped[int] = mapped_column(unique=True)
    record_no: Mapped[int] = mapped_column(index=True)
    firm_no: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    ended_number: Mapped[int | None]
    withdrawn: Mapped[bool] = mapped_column(default=False)
    occurred_on: Mapped[int | None]
    ends_on: Mapped[int | None]
    value: Mapped[int | None]
    severity: Mapped[int | None]
    subject_kind: Mapped[str] = mapped_column(String(40), default="")
    subject_id: Mapped[str] = mapped_column(String(64), default="")


class FeedSource(Identified, Timestamped, Base):
    """Where a feed is fetched from, and what came of the last time."""

    __tablename__ = "record_feed_source"

    feed: Mapped[str] = mapped_column(String(60), unique=True)
    url: Mapped[str] = mapped_column(String(2000))
    token_sealed: Mapped[str] = mapped_column(Text, default="")
    every_hours: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(index=True)
    etag: Mapped[str] = mapped_column(String(200), default="")
    last_at: Mapped[datetime | None]
    last_outcome: Mapped[str] = mapped_column(String(40), default="")
    last_problem: Mapped[str] = mapped_column(Text, default="")
    stopped: Mapped[bool] = mapped_column(default=False)
