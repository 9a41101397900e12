"""Writing the history in bulk, in the order of time, so that lists by key are lists by time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.demo.history.lines import Book, granted_by_product
from creditbridge.demo.history.telling import Tale
from creditbridge.demo.history.walking import Walk
from creditbridge.notices.model import Notice, NoticeReading
from lenders.products import service as products
from matching.applications import offering
from matching.lines import opening
from matching.lines.model import CreditLine

_NOTICES_KEPT = timedelta(days=40)
_READ_AFTER = timedelta(days=2)


def write(session: Session, tales: Sequence[Tale], book: Book, now: datetime) -> None:
    """Write every application with what hangs on it, its lines, and what they draw on quotas."""
    ordered = sorted(tales, key=lambda tale: (tale.application.created_at, tale.application.public_id))
    walks = [walk for tale in ordered for walk in tale.walks]
    _add(session, (walk.consent for walk in walks))
    for walk in walks:
        walk.row.consent_id = walk.consent.id
        if walk.row.in_flight is None:
            # A plain None would let the column's default, true, step in.
            walk.row.in_flight = null()
    _add(session, (tale.application for tale in ordered))
    _write_parts(session, walks)
    _write_lines(session, tales, book)
    _write_notices(session, walks, now)
    _take_quotas(session, walks, book.lines)
    record_as(
        session,
        None,
        "demo.history_loaded",
        subject_kind="demo",
        subject_id="history",
        applications=len(ordered),
        submissions=len(walks),
        lines=len(book.lines),
    )


def _add(session: Session, rows: Iterable[Any]) -> None:
    session.add_all(rows)
    session.flush()


def _write_parts(session: Session, walks: Sequence[Walk]) -> None:
    """Events and looks, each in the order in which they happened."""
    events, looks = [], []
    for walk in walks:
        for event in walk.events:
            event.submission_id = walk.row.id
        for look in walk.looks:
            look.consent_id = walk.consent.id
        events += walk.events
        looks += walk.looks
    _add(session, sorted(events, key=lambda event: event.at))
    _add(session, sorted(looks, key=lambda look: look.at))


def _write_lines(session: Session, tales: Sequence[Tale], book: Book) -> None:
    submission_of = {grant.public_id: grant.walk.row.id for tale in tales for grant in tale.grants}
    for line in book.lines:
        line.submission_id = submission_of.get(line.public_id)
    _add(session, book.lines)


def _write_notices(session: Session, walks: Sequence[Walk], now: datetime) -> None:
    """The messages of the last weeks and every open to-do."""
    kept = [
        notice
        for walk in walks
        for notice in walk.notices
        if notice.created_at > now - _NOTICES_KEPT or (notice.is_todo and notice.done_at is None)
    ]
    _add(session, sorted(kept, key=lambda notice: notice.created_at))


def read_old_notices(session: Session, members: Sequence[Actor], now: datetime) -> None:
    """Let members have read whatever reached them more than two days ago."""
    of_organisation: dict[int, list[Actor]] = {}
    for member in members:
        of_organisation.setdefault(member.organisation_id, []).append(member)
    old = select(Notice).where(Notice.created_at < now - _READ_AFTER).order_by(Notice.id)
    session.add_all(
        NoticeReading(
            notice_id=notice.id, user_id=member.user_id, read_at=notice.created_at + timedelta(hours=3)
        )
        for notice in session.scalars(old)
        for member in of_organisation.get(notice.organisation_id, ())
        if _is_for(notice, member)
    )
    session.flush()


def _is_for(notice: Notice, member: Actor) -> bool:
    to_person = notice.user_id is None or notice.user_id == member.user_id
    return to_person and (not notice.roles or f" {member.role.value} " in notice.roles)


def _take_quotas(session: Session, walks: Sequence[Walk], lines: Sequence[CreditLine]) -> None:
    """What grants and standing offers draw on the products' quotas, by the products room's own rule."""
    drawn = granted_by_product(lines)
    for walk in walks:
        if walk.row.quota_held_fen:
            drawn[walk.row.product_id] = drawn.get(walk.row.product_id, 0) + walk.row.quota_held_fen
    for product_id, fen in sorted(drawn.items()):
        products.take_quota(session, product_id, fen)
    opening.open_books(session)
    opening.open_quotas(session, [(offering.about(walk.row), walk.row.quota_held_fen) for walk in walks])
