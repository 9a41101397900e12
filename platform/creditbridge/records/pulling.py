"""Fetching a feed from an address: on a schedule, by the one way to outside addresses, and then as any batch.

The other side answers a GET with the file (CSV, TSV, XLSX or Parquet). It may name the batch in ``X-Batch-Id``, say
``ETag`` and answer 304 while there is nothing new. What was taken before is not taken again, whatever it is called.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from enum import StrEnum
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, DomainError, DuplicateRequest, NotFound
from creditbridge.kernel.words import Words
from creditbridge.outbound import service as outbound
from creditbridge.outbound.service import Answer, Limits
from creditbridge.records.batch_report import Sent
from creditbridge.records.feeds import feeds
from creditbridge.records.model import FeedSource
from creditbridge.sheets.limits import MIB
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.sealing import BrokenSeal, Sealer

PURPOSE = "feed token"
PULL = "records.pull_feed"
LIMITS = Limits(seconds=300.0, idle_seconds=30.0, answer_bytes=64 * MIB)
"""An answer is held in memory; larger deliveries come as files."""
RHYTHMS = (1, 6, 24, 168)
_SOURCE = Words("采集地址", "address of the feed")
_NOT_MODIFIED, _OK = 304, 200
_UNREADABLE = Words(
    "系统密钥已更换，原访问令牌无法读取，请重新填写。",
    "The system’s key was changed and the token cannot be read any more. Enter it again.",
)
_SUFFIX_OF_TYPE = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".parquet"})


class PullOutcome(StrEnum):
    TAKEN = "taken"
    UNCHANGED = "unchanged"
    FAILED = "failed"


PULL_WORDS = {
    PullOutcome.TAKEN: Words("已接收", "Taken"),
    PullOutcome.UNCHANGED: Words("没有新数据", "Nothing new"),
    PullOutcome.FAILED: Words("失败", "Failed"),
}


class _Keeper:
    """The sealer of this process for the tokens with which feeds are asked."""

    sealer: Sealer | None = None


def seal_with(secret_key: str) -> None:
    """Say with which key of the application this process seals and opens tokens."""
    _Keeper.sealer = Sealer(secret_key, PURPOSE)


def source_of(session: Session, feed: str) -> FeedSource | None:
    """Where a feed is fetched from; None if it is not."""
    return session.scalar(select(FeedSource).where(FeedSource.feed == feed))


def sources(session: Session) -> dict[str, FeedSource]:
    """Every feed's source by the feed's code."""
    return {row.feed: row for row in session.scalars(select(FeedSource))}


def set_source(
    session: Session, actor: Actor, feed: str, *, url: str, every_hours: int, token: str = ""
) -> None:
    """Say where a feed is fetched from and how often. ``url`` was tested by :func:`creditbridge.outbound.service.check`.

    An empty token keeps the one there is, as long as it goes to the server it was given for.

    Raises:
        NotFound: there is no such feed.
    """
    if feed not in feeds():
        raise NotFound(_SOURCE)
    source = source_of(session, feed)
    if source is None:
        source = FeedSource(feed=feed, url=url, every_hours=every_hours, next_at=clock.now())
        session.add(source)
    if token:
        source.token_sealed = _sealer().seal(token)
    elif _origin(url) != _origin(source.url):
        source.token_sealed = ""
    source.url, source.every_hours, source.stopped, source.etag = url, every_hours, False, ""
    session.flush()
    record_as(
        session, actor, "records.source_set", subject_kind="feed", subject_id=feed, every_hours=every_hours
    )


def stop(session: Session, actor: Actor, feed: str) -> None:
    """Fetch a feed no longer; doing it again is harmless.

    Raises:
        NotFound: it is not fetched.
    """
    source = source_of(session, feed)
    if source is None:
        raise NotFound(_SOURCE)
    if not source.stopped:
        source.stopped, source.token_sealed = True, ""
        session.flush()
        record_as(session, actor, "records.source_stopped", subject_kind="feed", subject_id=feed)


def ask_now(session: Session, feed: str) -> None:
    """Have a feed fetched as soon as a worker is free.

    Raises:
        NotFound: it is not fetched.
        Conflict: it was stopped.
    """
    source = source_of(session, feed)
    if source is None:
        raise NotFound(_SOURCE)
    if source.stopped:
        raise Conflict("source_stopped", Words("该数据源已停止采集。", "This feed is not fetched any more."))
    outbox.emit(session, PULL, source_id=source.public_id)


def emit_due(session: Session) -> int:
    """Have every feed fetched whose time has come, each once; answers how many."""
    moment = clock.now()
    due = session.scalars(
        select(FeedSource).where(FeedSource.next_at <= moment, FeedSource.stopped.is_(False))
    ).all()
    emitted = 0
    for source in due:
        moved = session.execute(
            update(FeedSource)
            .where(FeedSource.id == source.id, FeedSource.next_at == source.next_at)
            .values(next_at=moment + timedelta(hours=source.every_hours))
            .execution_options(synchronize_session=False)
        )
        assert isinstance(moved, CursorResult)
        if moved.rowcount == 1:
            outbox.emit(session, PULL, source_id=source.public_id)
            emitted += 1
    return emitted


def pull(database: Database, public_id: str) -> PullOutcome | None:
    """Fetch a feed and take what came; None if it was stopped meanwhile. What goes wrong is noted beside the source."""
    with database.read() as session:
        source = session.scalar(select(FeedSource).where(FeedSource.public_id == public_id))
    if source is None or source.stopped:
        return None
    etag, problem = source.etag, ""
    try:
        answer = outbound.ask("GET", source.url, headers=_headers(source), limits=LIMITS)
        outcome, etag = _take(database, source, answer)
    except DuplicateRequest:
        outcome = PullOutcome.UNCHANGED
    except DomainError as error:
        outcome, problem = PullOutcome.FAILED, error.words.zh
    with database.write() as session:
        session.execute(
            update(FeedSource)
            .where(FeedSource.public_id == public_id, FeedSource.url == source.url)
            .values(last_at=clock.now(), last_outcome=outcome.value, last_problem=problem, etag=etag)
        )
    return outcome


def _headers(source: FeedSource) -> dict[str, str]:
    headers = {"Accept": ", ".join(_SUFFIX_OF_TYPE)}
    if source.token_sealed:
        headers["Authorization"] = f"Bearer {_opened(source.token_sealed)}"
    if source.etag:
        headers["If-None-Match"] = source.etag
    return headers


def _opened(sealed: str) -> str:
    try:
        return _sealer().open(sealed)
    except BrokenSeal as error:
        raise Conflict("token_unreadable", _UNREADABLE) from error


def _take(database: Database, source: FeedSource, answer: Answer) -> tuple[PullOutcome, str]:
    from creditbridge.records import intake  # loads Polars and Numba, which most pages do without

    if answer.status == _NOT_MODIFIED:
        return PullOutcome.UNCHANGED, source.etag
    if answer.status != _OK:
        words = Words("对方返回了状态 {status}。", "The other side answered with status {status}.")
        raise Conflict("pull_refused", words.fill(status=answer.status))
    name = _file_name(source, answer)
    with tempfile.TemporaryDirectory(prefix="creditbridge-feed-") as folder:
        path = Path(folder) / "sent"
        path.write_bytes(answer.body)
        reference = (
            answer.headers.get("x-batch-id", "")[:200] or f"{source.feed} {clock.now():%Y-%m-%dT%H:%M:%S}"
        )
        intake.take(database, feeds()[source.feed], Sent(path, name, reference))
    return PullOutcome.TAKEN, answer.headers.get("etag", "")[:200]


def _file_name(source: FeedSource, answer: Answer) -> str:
    """A name whose extension says the format: by the content type, else by the address, else CSV."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    suffix = _SUFFIX_OF_TYPE.get(kind) or PurePosixPath(urlsplit(source.url).path).suffix.lower()
    return f"{source.feed}{suffix if suffix in _SUFFIXES else '.csv'}"


def _origin(url: str) -> tuple[str, str]:
    """The server of an address."""
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _sealer() -> Sealer:
    assert _Keeper.sealer is not None, "the process has not said with which key tokens are sealed"
    return _Keeper.sealer
