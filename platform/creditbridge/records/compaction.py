"""Making one file of many, without what is past its retention; and removing files nobody reads any more.

A bucket is rewritten when it has gathered several files or when something in it is past its time. The new file is
written before the list changes, so a crash leaves a file that nobody lists; :func:`sweep` removes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock, ids
from creditbridge.records import manifest, retention, segments
from creditbridge.records.manifest import PURGED, RECORDS, REPLACED, NewFile
from creditbridge.records.model import LakeFile
from creditbridge.store.database import Database

Columns = Mapping[str, npt.NDArray[Any]]

COMPACT = "records.compact"
"""The event of the outbox after which the lake is put in order."""
MOST_FILES = 4
"""A bucket with more is put together."""
KEPT_FOR = timedelta(hours=24)
"""How long a retired file stays for readers, and a stray one for an intake that is under way."""


def compact(database: Database, today: date | None = None, *, most_files: int = MOST_FILES) -> int:
    """Put together every bucket that needs it, each in a transaction of its own; answers how many there were."""
    on = today or clock.today()
    with database.read() as session:
        buckets = _due(session, on, most_files)
    for bucket in buckets:
        _compact_bucket(database, bucket, on)
    return len(buckets)


def sweep(database: Database, older_than: timedelta = KEPT_FOR) -> int:
    """Remove files that are retired or that nobody listed, once they are old enough; answers how many."""
    limit = clock.now() - older_than
    with database.read() as session:
        folder = manifest.folder(session)
        rows = session.execute(select(LakeFile.name, LakeFile.retired_at)).all()
    gone = {name for name, retired_at in rows if retired_at is not None and retired_at < limit}
    listed = {name for name, _ in rows}
    removed = 0
    for path in sorted(folder.glob("*/*")):
        name = f"{path.parent.name}/{path.name}"
        stray = path.parent.name.isdigit() and name not in listed and path.stat().st_mtime < limit.timestamp()
        if name in gone or stray:
            manifest.remove(path)
            removed += 1
    return removed


def _due(session: Session, on: date, most_files: int) -> Sequence[int]:
    files = func.count(LakeFile.id)
    return session.scalars(
        select(LakeFile.bucket)
        .where(LakeFile.retired_at.is_(None), LakeFile.kind == RECORDS)
        .group_by(LakeFile.bucket)
        .having(or_(files > most_files, and_(files > 0, func.min(LakeFile.purge_from) <= on)))
        .order_by(LakeFile.bucket)
    ).all()


def _compact_bucket(database: Database, bucket: int, on: date) -> None:
    with database.read() as session:
        folder, seen = manifest.folder(session), manifest.files_generation(session)
        old = session.execute(
            select(LakeFile.id, LakeFile.kind, LakeFile.name)
            .where(LakeFile.bucket == bucket, LakeFile.retired_at.is_(None))
            .order_by(LakeFile.id)
        ).all()
    named = {kind: [name for _, one, name in old if one == kind] for kind in (RECORDS, REPLACED, PURGED)}
    fresh, gone = _rewritten(folder, bucket, on, named[RECORDS])
    fresh += _pairs(folder, bucket, fresh, named[REPLACED])
    fresh += _purged(folder, bucket, gone, named[PURGED])
    with database.write() as session:
        manifest.move(session, seen)
        manifest.retire(session, [file_id for file_id, _, _ in old])
        manifest.list_files(session, fresh)


def _rewritten(folder: Path, bucket: int, on: date, names: Sequence[str]) -> tuple[list[NewFile], Columns]:
    """One file of many, and what is left out of it because its time is over."""
    parts = [segments.loaded(folder / name, segments.RECORDS) for name in names]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in segments.RECORDS}
    keep = ~retention.past_time(joined["item"], joined["occurred_on"], joined["ends_on"], on)
    kept = {name: column[keep] for name, column in joined.items()}
    gone = {name: joined[name][~keep] for name in segments.PURGED}
    if not len(kept["record_no"]):
        return [], gone
    order = np.lexsort((kept["record_no"], kept["occurred_on"], kept["firm_no"]))
    sorted_columns = {name: column[order] for name, column in kept.items()}
    name = f"{bucket:02}/{ids.public_id()}.parquet"
    segments.write(folder / name, sorted_columns)
    purge_from = retention.purge_from(kept["item"], kept["occurred_on"], kept["ends_on"])
    return [NewFile(bucket, RECORDS, name, len(order), purge_from)], gone


def _purged(folder: Path, bucket: int, gone: Columns, names: Sequence[str]) -> list[NewFile]:
    """Of which firms records are gone for good, so that whoever looks back sees that something is missing."""
    parts = [gone, *(segments.loaded(folder / name, segments.PURGED) for name in names)]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in segments.PURGED}
    if not len(joined["firm_no"]):
        return []
    order = np.lexsort((joined["record_no"], joined["firm_no"]))
    firms, first = np.unique(joined["firm_no"][order], return_index=True)
    name = f"{bucket:02}/{ids.public_id()}.purged.parquet"
    lowest = {"firm_no": firms, "record_no": joined["record_no"][order][first]}
    segments.write(folder / name, lowest, segments.PURGED)
    return [NewFile(bucket, PURGED, name, len(firms))]


def _pairs(folder: Path, bucket: int, fresh: Sequence[NewFile], names: Sequence[str]) -> list[NewFile]:
    """Which record was replaced by which, as far as the replaced one is still held."""
    if not names or not fresh:
        return []
    parts = [segments.mapped(folder / name) for name in names]
    joined = {name: np.concatenate([part[name] for part in parts]) for name in segments.REPLACED}
    held = np.isin(joined["record_no"], segments.mapped(folder / fresh[0].name)["record_no"])
    if not held.any():
        return []
    name = f"{bucket:02}/{ids.public_id()}.replaced.parquet"
    segments.write(folder / name, {key: column[held] for key, column in joined.items()}, segments.REPLACED)
    return [NewFile(bucket, REPLACED, name, int(held.sum()))]
