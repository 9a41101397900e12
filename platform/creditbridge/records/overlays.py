"""Laying something over a record, and taking it off again. Readers honour it from the commit on."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, NotFound
from creditbridge.kernel.words import Words
from creditbridge.records import manifest
from creditbridge.records.columns import day_number
from creditbridge.records.model import RecordOverlay
from creditbridge.records.overlaying import OverlayKind

_RECORD = Words("信用记录", "record")
_OVERLAY = Words("记录标注", "mark on the record")


def lay(
    session: Session,
    firm_no: int,
    record_no: int,
    kind: OverlayKind,
    *,
    from_on: date | None = None,
    subject_kind: str = "",
    subject_id: str = "",
    withdrawn: bool = False,
    occurred_on: date | None = None,
    ends_on: date | None = None,
    value: int | None = None,
    severity: int | None = None,
) -> RecordOverlay:
    """Lay an overlay over a record, from a day on (today).

    Args:
        session: a write session.
        firm_no: whose record it is.
        record_no: the record.
        kind: what it is; only a correction brings values, or withdraws the record.
        from_on: the first day on which it holds.
        subject_kind: what it goes back to (``dispute``, ``repair``).
        subject_id: the id of that.
        withdrawn: the record is taken out for good.
        occurred_on: the right day.
        ends_on: the right end.
        value: the right value.
        severity: the right severity, 0 to 3.

    Raises:
        NotFound: the firm has no such record.
        Conflict: the same kind of overlay lies there already.
    """
    if record_no not in manifest.opened(session).held_of(firm_no).record_no:
        raise NotFound(_RECORD)
    if _open(session, record_no, kind) is not None:
        raise Conflict(
            "already_overlaid", Words("该记录已有相同标注。", "The record carries the same mark already.")
        )
    row = RecordOverlay(
        number=manifest.reserve_overlay(session),
        record_no=record_no,
        firm_no=firm_no,
        kind=kind.value,
        from_on=from_on or clock.today(),
        withdrawn=withdrawn,
        occurred_on=None if occurred_on is None else day_number(occurred_on),
        ends_on=None if ends_on is None else day_number(ends_on),
        value=value,
        severity=severity,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    session.add(row)
    session.flush()
    return row


def lift(
    session: Session, firm_no: int, record_no: int, kind: OverlayKind, *, on: date | None = None
) -> None:
    """Take an overlay off from a day on (today): the record counts again as delivered.

    Raises:
        NotFound: no such overlay lies there.
    """
    row = _open(session, record_no, kind)
    if row is None or row.firm_no != firm_no:
        raise NotFound(_OVERLAY)
    values: dict[str, Any] = {
        "until_on": on or clock.today(),
        "ended_number": manifest.reserve_overlay(session),
    }
    ended = session.execute(
        update(RecordOverlay)
        .where(RecordOverlay.id == row.id, RecordOverlay.ended_number.is_(None))
        .values(**values)
    )
    assert isinstance(ended, CursorResult)
    if ended.rowcount != 1:
        raise NotFound(_OVERLAY)
    session.refresh(row)


def _open(session: Session, record_no: int, kind: OverlayKind) -> RecordOverlay | None:
    return session.scalar(
        select(RecordOverlay).where(
            RecordOverlay.record_no == record_no,
            RecordOverlay.kind == kind.value,
            RecordOverlay.ended_number.is_(None),
        )
    )
