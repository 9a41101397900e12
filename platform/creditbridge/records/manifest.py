"""The list of the lake's files and its counters.

Whatever changes the list moves its generation, so that two changes made on the same sight of it cannot both go through.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.words import Words
from creditbridge.records.buckets import bucket_of
from creditbridge.records.lake import Lake, Watermark
from creditbridge.records.model import LakeFile, LakeState, RecordOverlay
from creditbridge.records.overlaying import Overlay, OverlayKind

FOLDER_KEY = "lake_folder"
"""Where a session finds the lake's folder (``Session.info``); see :class:`creditbridge.store.database.Database`."""
RECORDS, REPLACED, PURGED = "records", "replaced", "purged"
_STATE = 1
_EMPTY = {"generation": 0, "next_record_no": 0, "taken_record_no": 0, "next_overlay_no": 0}
_CHANGED = Words("数据刚刚有更新，请重试。", "The records have just changed. Please try again.")


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that lies in the folder and is to be listed."""

    bucket: int
    kind: str
    name: str
    rows: int
    purge_from: date | None = None


def folder(session: Session) -> Path:
    """Where the files of the lake lie."""
    place = session.info.get(FOLDER_KEY)
    if place is None:
        raise RuntimeError("the database was opened without a folder for the lake")
    return Path(place)


def opened(session: Session) -> Lake:
    """The lake as it is now, to read from in this process or another."""
    state = _state(session)
    files: dict[str, dict[int, list[str]]] = {kind: defaultdict(list) for kind in (RECORDS, REPLACED, PURGED)}
    listed = select(LakeFile.kind, LakeFile.bucket, LakeFile.name).where(LakeFile.retired_at.is_(None))
    for kind, bucket, name in session.execute(listed.order_by(LakeFile.id)):
        files[kind][bucket].append(name)
    overlays: dict[int, list[Overlay]] = defaultdict(list)
    for row in session.scalars(select(RecordOverlay).order_by(RecordOverlay.number)):
        overlays[bucket_of(row.firm_no)].append(overlay_of(row))
    return Lake(
        folder=folder(session),
        files=dict(files[RECORDS]),
        replaced=dict(files[REPLACED]),
        purged=dict(files[PURGED]),
        overlays=dict(overlays),
        watermark=Watermark(state.taken_record_no, state.next_overlay_no),
        generation=state.generation + state.next_overlay_no,
    )


def overlay_of(row: RecordOverlay) -> Overlay:
    return Overlay(
        number=row.number,
        record_no=row.record_no,
        firm_no=row.firm_no,
        kind=OverlayKind(row.kind),
        from_on=row.from_on,
        until_on=row.until_on,
        ended_number=row.ended_number,
        withdrawn=row.withdrawn,
        occurred_on=row.occurred_on,
        ends_on=row.ends_on,
        value=row.value,
        severity=row.severity,
    )


def generation(session: Session) -> int:
    """The lake's generation: whoever read it before and finds it unchanged need not read again."""
    state = _state(session)
    return state.generation + state.next_overlay_no


def files_generation(session: Session) -> int:
    """Moves with every change to the list of files; see :func:`move`."""
    return _state(session).generation


def reserve_records(session: Session, count: int) -> int:
    """Set numbers aside for new records; answers the first. Numbers that are never used leave a gap, harmlessly."""
    return _reserve(session, "next_record_no", count)


def reserve_overlay(session: Session) -> int:
    """The number of an overlay's next step."""
    return _reserve(session, "next_overlay_no", 1)


def move(session: Session, seen: int, taken_record_no: int | None = None) -> int:
    """Move the generation on, if nobody changed the list of files since ``seen``.

    ``taken_record_no`` says how far records are taken now: later ones come with greater numbers only.

    Raises:
        Conflict: somebody changed it.
    """
    values: dict[str, Any] = {"generation": LakeState.generation + 1}
    if taken_record_no is not None:
        values["taken_record_no"] = taken_record_no
    moved = session.execute(
        update(LakeState)
        .where(LakeState.id == _STATE, LakeState.generation == seen)
        .values(values)
        .returning(LakeState.generation)
    ).scalar()
    if moved is None:
        raise Conflict("lake_changed", _CHANGED)
    return moved


def list_files(session: Session, files: Iterable[NewFile], batch_id: int | None = None) -> None:
    """List new files; they are read from the commit on."""
    session.add_all(
        LakeFile(
            bucket=one.bucket,
            kind=one.kind,
            name=one.name,
            rows=one.rows,
            purge_from=one.purge_from,
            batch_id=batch_id,
        )
        for one in files
    )
    session.flush()


def retire(session: Session, file_ids: Sequence[int]) -> None:
    """Take files off the list. They stay on the disk for readers that still have them.

    Raises:
        Conflict: one was taken off before.
    """
    done = session.execute(
        update(LakeFile)
        .where(LakeFile.id.in_(file_ids), LakeFile.retired_at.is_(None))
        .values(retired_at=clock.now())
    )
    assert isinstance(done, CursorResult)
    if done.rowcount != len(file_ids):
        raise Conflict("lake_changed", _CHANGED)


def remove(path: Path) -> None:
    """Remove a file, if it is there."""
    if path.exists():
        os.unlink(path)  # noqa: PTH108 - a mapped file stays readable for whoever has it open


def _reserve(session: Session, column: str, count: int) -> int:
    counter: Any = getattr(LakeState, column)
    query = (
        update(LakeState).where(LakeState.id == _STATE).values({column: counter + count}).returning(counter)
    )
    after = session.execute(query).scalar()
    if after is None:
        session.add(LakeState(id=_STATE, **_EMPTY))
        session.flush()
        after = session.execute(query).scalar_one()
    return int(after) - count


def _state(session: Session) -> LakeState:
    """The row as this transaction sees it; an empty lake may have none."""
    found = session.scalar(
        select(LakeState).where(LakeState.id == _STATE).execution_options(populate_existing=True)
    )
    return found or LakeState(id=_STATE, **_EMPTY)
