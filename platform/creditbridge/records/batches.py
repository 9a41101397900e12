"""Batches: which were taken, which failed, what their quality was, and the rows that wait to be mended."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, NotFound
from creditbridge.kernel.words import Words
from creditbridge.records import catalogue, manifest
from creditbridge.records.batch_report import BatchReport, Sent
from creditbridge.records.compaction import COMPACT
from creditbridge.records.feeds import Feed, feeds
from creditbridge.records.model import RecordBatch
from creditbridge.store import audit, outbox
from creditbridge.store.database import Database

PAGE = 20
INTERRUPTED_AFTER = timedelta(minutes=2)
"""A batch that has not shown progress for so long has been left by whoever took it."""
BUSY = Words(
    "正在接收另一批数据，请稍后再试。",
    "Another batch is being taken at the moment. Please try again shortly.",
)
_BATCH = Words("批次", "batch")


class BatchState(StrEnum):
    TAKING = "taking"
    TAKEN = "taken"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


BATCH_STATE_WORDS: Mapping[BatchState, Words] = {
    BatchState.TAKING: Words("接收中", "Being taken"),
    BatchState.TAKEN: Words("已接收", "Taken"),
    BatchState.FAILED: Words("未接收", "Not taken"),
    BatchState.INTERRUPTED: Words("已中断", "Interrupted"),
}


@dataclass(frozen=True, slots=True)
class BatchPage:
    batches: Sequence[RecordBatch]
    next_cursor: str | None


def check_new(session: Session, feed: str, reference: str, content_hash: str) -> None:
    """See that a batch was not taken before.

    Raises:
        DuplicateRequest: it was; says as which batch.
    """
    taken = (RecordBatch.feed == feed, RecordBatch.state == BatchState.TAKEN.value)
    same = session.scalar(select(RecordBatch).where(*taken, RecordBatch.content_hash == content_hash))
    if same is not None:
        words = Words(
            "该文件已于 {on} 接收过（批次 {batch}），内容相同，没有重复接收。",
            "This file was taken on {on} already (batch {batch}); nothing was taken twice.",
        )
        raise DuplicateRequest("batch_taken", words.fill(on=same.received_on, batch=same.reference))
    named = session.scalar(select(RecordBatch).where(*taken, RecordBatch.reference == reference))
    if named is not None:
        words = Words(
            "批次号 {batch} 已于 {on} 接收过，但内容不同。若是新的数据，请换一个批次号。",
            "A batch {batch} with other content was taken on {on}. If this is new data, give it another name.",
        )
        raise DuplicateRequest("reference_taken", words.fill(on=named.received_on, batch=reference))


def begin(database: Database, feed: Feed, sent: Sent, content_hash: str) -> str:
    """Note that a batch is being taken; answers its public id. The caller is the only intake on this machine."""
    reference = sent.reference or sent.file_name
    with database.write() as session:
        session.execute(
            update(RecordBatch)
            .where(
                RecordBatch.state == BatchState.TAKING.value,
                RecordBatch.heartbeat_at < clock.now() - INTERRUPTED_AFTER,
            )
            .values(state=BatchState.INTERRUPTED.value)
        )
        check_new(session, feed.code, reference, content_hash)
        batch = RecordBatch(
            feed=feed.code,
            reference=reference[:200],
            content_hash=content_hash,
            file_name=sent.file_name[:255],
            format="",
            state=BatchState.TAKING.value,
            received_on=clock.today(),
            user_id=sent.user_id,
            user_name=sent.user_name,
            quality={},
        )
        session.add(batch)
        session.flush()
        return batch.public_id


def progress(database: Database, public_id: str, rows_read: int) -> None:
    """Note how far a batch is read."""
    with database.write() as session:
        session.execute(
            update(RecordBatch)
            .where(RecordBatch.public_id == public_id)
            .values(rows_read=rows_read, heartbeat_at=clock.now())
        )


def fail(database: Database, public_id: str, problem: Words) -> None:
    """Note that a batch could not be taken, and why."""
    with database.write() as session:
        session.execute(
            update(RecordBatch)
            .where(RecordBatch.public_id == public_id)
            .values(state=BatchState.FAILED.value, problem=problem.zh, quality={"problem": problem.as_json()})
        )


def mark_taken(session: Session, public_id: str, report: BatchReport, first_record_no: int) -> RecordBatch:
    """Mark a batch as taken, in the transaction that lists its files."""
    batch = session.scalars(select(RecordBatch).where(RecordBatch.public_id == public_id)).one()
    batch.state = BatchState.TAKEN.value
    batch.taken_at = clock.now()
    batch.format = report.format
    batch.rows = batch.rows_read = report.rows
    batch.good_rows, batch.duplicate_rows = report.good_rows, report.duplicate_rows
    batch.quarantined, batch.late = report.quarantined, report.late
    batch.records, batch.replaced, batch.firms = report.records, report.replaced, report.firms
    batch.first_record_no = first_record_no
    batch.quality = report.quality()
    session.flush()
    audit.record(
        session,
        "records.batch_taken",
        subject_kind="record_batch",
        subject_id=public_id,
        actor_id=batch.user_id,
        via="page" if batch.user_id else "command",
        details={"feed": batch.feed, "rows": report.rows, "records": report.records},
    )
    outbox.emit(session, COMPACT)
    return batch


@dataclass(frozen=True, slots=True)
class Delivered:
    """A batch of an invented city that came in the past: what it was, the number of its first record, and when."""

    report: BatchReport
    reference: str
    content_hash: str
    first_record_no: int
    at: datetime
    on: date


def note_delivered(session: Session, delivered: Iterable[Delivered]) -> None:
    """Note batches whose records are laid into the lake in the same transaction."""
    session.add_all(
        RecordBatch(
            feed=one.report.feed,
            reference=one.reference,
            content_hash=one.content_hash,
            file_name=f"{one.reference}.{one.report.format}",
            format=one.report.format,
            state=BatchState.TAKEN.value,
            received_on=one.on,
            heartbeat_at=one.at,
            taken_at=one.at,
            rows_read=one.report.rows,
            rows=one.report.rows,
            good_rows=one.report.good_rows,
            late=one.report.late,
            records=one.report.records,
            firms=one.report.firms,
            first_record_no=one.first_record_no,
            quality=one.report.quality(),
        )
        for one in delivered
    )
    session.flush()


def quarantine_path(folder: Path, public_id: str) -> Path:
    return folder / "quarantine" / f"{public_id}.parquet"


def rows_kept_until(found: RecordBatch) -> date | None:
    """The last day on which the rows that could not be taken can be had; None where there are none."""
    if not found.quarantined or found.taken_at is None:
        return None
    return clock.legal_date(found.taken_at) + timedelta(days=catalogue.loaded().quarantine_days)


def remove_past_rows(database: Database) -> int:
    """Remove the rows that waited too long to be mended: they hold what was sent about firms and people.

    The batch, its figures and its reasons stay. Answers how many batches lost their rows.
    """
    with database.read() as session:
        folder = manifest.folder(session)
        with_rows = session.scalars(select(RecordBatch).where(RecordBatch.quarantined > 0)).all()
    past = [
        path
        for found in with_rows
        if (last := rows_kept_until(found)) is not None and last < clock.today()
        if (path := quarantine_path(folder, found.public_id)).exists()
    ]
    for path in past:
        manifest.remove(path)
    return len(past)


def batch(session: Session, public_id: str) -> RecordBatch:
    """A batch by its public id.

    Raises:
        NotFound: if there is none.
    """
    found = session.scalar(select(RecordBatch).where(RecordBatch.public_id == public_id))
    if found is None:
        raise NotFound(_BATCH)
    return found


def state_of(found: RecordBatch) -> BatchState:
    """The state to show: a batch that stopped moving was interrupted."""
    state = BatchState(found.state)
    if state is BatchState.TAKING and found.heartbeat_at < clock.now() - INTERRUPTED_AFTER:
        return BatchState.INTERRUPTED
    return state


def listed(session: Session, cursor: int | None = None, *, feed: str = "", state: str = "") -> BatchPage:
    """Batches, the newest first."""
    query = select(RecordBatch).order_by(RecordBatch.id.desc()).limit(PAGE + 1)
    if cursor is not None:
        query = query.where(RecordBatch.id < cursor)
    if feed:
        query = query.where(RecordBatch.feed == feed)
    if state:
        query = query.where(RecordBatch.state == state)
    found = session.scalars(query).all()
    return BatchPage(found[:PAGE], str(found[PAGE - 1].id) if len(found) > PAGE else None)


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """What came of a feed so far."""

    feed: Feed
    batches: int
    records: int
    last_on: date


def feeds_with_figures(session: Session) -> Sequence[FeedFigures]:
    """Every feed with how much of it was taken."""
    query = (
        select(
            RecordBatch.feed,
            func.count(RecordBatch.id),
            func.sum(RecordBatch.records),
            func.max(RecordBatch.received_on),
        )
        .where(RecordBatch.state == BatchState.TAKEN.value)
        .group_by(RecordBatch.feed)
    )
    found = {code: (count, int(records), last) for code, count, records, last in session.execute(query)}
    return [FeedFigures(feed, *found.get(code, (0, 0, None))) for code, feed in feeds().items()]


def sources_of(session: Session, record_nos: Iterable[int]) -> dict[int, RecordBatch]:
    """The batches that brought these records, by record; one that came without a batch is left out."""
    rows = session.execute(
        select(RecordBatch.first_record_no, RecordBatch.records, RecordBatch.id)
        .where(RecordBatch.state == BatchState.TAKEN.value, RecordBatch.first_record_no.is_not(None))
        .order_by(RecordBatch.first_record_no, RecordBatch.id)
    ).all()
    begins = [row.first_record_no for row in rows]
    brought: dict[int, int] = {}
    for number in record_nos:
        place = bisect_right(begins, number) - 1
        if place >= 0 and number < begins[place] + rows[place].records:
            brought[number] = rows[place].id
    chosen = select(RecordBatch).where(RecordBatch.id.in_(set(brought.values())))
    found = {batch.id: batch for batch in session.scalars(chosen)}
    return {number: found[batch_id] for number, batch_id in brought.items()}


def take_out_rows(
    session: Session, actor: Actor | None, found: RecordBatch, locale: str, most: int | None = None
) -> tuple[list[str], Iterator[list[str]]]:
    """The rows that wait to be mended, to be taken away in a file: that is written down (None: by command).

    Raises:
        NotFound: none do.
    """
    taken_out = quarantined_rows(session, found, locale, most)
    record_as(
        session,
        actor,
        "records.quarantine_taken_out",
        subject_kind="record_batch",
        subject_id=found.public_id,
        rows=found.quarantined,
    )
    return taken_out


def quarantined_rows(
    session: Session, found: RecordBatch, locale: str, most: int | None = None
) -> tuple[list[str], Iterator[list[str]]]:
    """The header and the rows of a batch that wait to be mended.

    Raises:
        NotFound: none do.
    """
    from creditbridge.records import quarantine  # loads Polars, which most pages do without

    path = quarantine_path(manifest.folder(session), found.public_id)
    last = rows_kept_until(found)
    if last is None or last < clock.today() or not path.exists():
        raise NotFound(_BATCH)
    header = [*quarantine.header_of(path), quarantine.REASON.say(locale)]
    return header, quarantine.rows_of(path, locale, feeds().get(found.feed), most)
