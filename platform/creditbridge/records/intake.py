"""Taking a batch: a file of a feed becomes records of the lake, wholly or not at all.

The file is read in stretches of constant size; what can be taken is laid aside sorted by bucket, what cannot goes to
quarantine. Then each bucket is compared with what is held and written to a file of its own. Nothing of it is seen
until one short transaction lists the files and marks the batch as taken: a crash before leaves only stray files.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import Conflict, DomainError
from creditbridge.records import batches, manifest, merging, retention, segments
from creditbridge.records.batch_report import BatchReport, Sent
from creditbridge.records.columns import day_number
from creditbridge.records.feeds import Feed
from creditbridge.records.firm_index import FirmIndex
from creditbridge.records.headings import other_headings
from creditbridge.records.lake import Lake
from creditbridge.records.manifest import RECORDS, REPLACED, NewFile
from creditbridge.records.mapping import MappedRows, Mapper
from creditbridge.records.quarantine import Quarantine
from creditbridge.records.sources import Source, Stretch, as_columns, open_source
from creditbridge.records.spilling import Spill
from creditbridge.registry.identities import identities
from creditbridge.sheets.limits import OPERATOR, Limits
from creditbridge.sheets.refusals import refusal
from creditbridge.store.database import Database

Progress = Callable[[int, int | None], None]
"""Told how many rows are read, and of how many, where that is known."""
_TRIES = 3
_MAPPERS = 2
_WRITERS = 2
"""Buckets that are written while the next is compared: most of writing is waiting for the disk."""
_HASHED_AT_ONCE = 4 * 1024 * 1024


def take(
    database: Database,
    feed: Feed,
    sent: Sent,
    *,
    dry_run: bool = False,
    limits: Limits = OPERATOR,
    on_progress: Progress | None = None,
    firms: FirmIndex | None = None,
) -> BatchReport:
    """Take a file of a feed, or only say what would be taken.

    Raises:
        DuplicateRequest: this file, or a batch of this reference, was taken before.
        Conflict: another batch is being taken.
        InvalidInput: the file cannot be read; nothing of it was taken.
    """
    digest = content_hash(sent.path)
    with database.read() as session:
        folder = manifest.folder(session)
        batches.check_new(session, feed.code, sent.reference or sent.file_name, digest)
    with _alone(folder):
        batch_id = None if dry_run else batches.begin(database, feed, sent, digest)
        try:
            return _Work(database, feed, sent, folder, limits, on_progress, batch_id).run(firms)
        except DomainError as error:
            if batch_id is not None:
                batches.fail(database, batch_id, error.words)
            raise


def content_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_HASHED_AT_ONCE):
            digest.update(chunk)
    return digest.hexdigest()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One intake at a time on a machine; between machines the list's generation decides."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "intake.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("intake_busy", batches.BUSY) from error
        shutil.rmtree(folder / "aside", ignore_errors=True)  # of an intake that was killed
        yield
    finally:
        os.close(handle)


@dataclass(slots=True)
class _Work:
    """The stages of taking one batch."""

    database: Database
    feed: Feed
    sent: Sent
    folder: Path
    limits: Limits
    on_progress: Progress | None
    batch_id: str | None
    today: date = field(default_factory=clock.today)
    mark: str = ""
    report: BatchReport = field(init=False)
    problems: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.mark = self.batch_id or f"dry-{ids.public_id()}"
        self.report = BatchReport(self.feed.code, dry_run=self.batch_id is None, batch_id=self.batch_id)

    def run(self, firms: FirmIndex | None) -> BatchReport:
        aside = self.folder / "aside" / self.mark
        try:
            spill = Spill(aside)
            quarantine_path = aside / "quarantine.parquet"
            self._read(spill, quarantine_path, firms)
            if self.report.dry_run:
                self._finish_dry(spill)
            else:
                self._keep(spill, quarantine_path)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return self.report

    def _read(self, spill: Spill, quarantine_path: Path, firms: FirmIndex | None) -> None:
        """The first pass: every row is mapped, laid aside or refused."""
        report = self.report
        with open_source(self.sent.path, self.sent.file_name, self.feed, self.limits) as source:
            mapper = Mapper(self.feed, firms or self._firms(), self.today)
            quarantine = Quarantine(quarantine_path, source.header, source.columns)
            report.format, report.unread_columns = source.format, list(source.unread)
            report.headings = other_headings(source.columns, self.feed)
            for stretch, mapped in _mapped(source, mapper, self.feed):
                self._stretch(stretch, mapped, spill, quarantine)
                if self.on_progress is not None:
                    self.on_progress(report.rows, source.rows)
                if report.batch_id is not None:
                    batches.progress(self.database, report.batch_id, report.rows)
            quarantine.close()
        report.quarantined = quarantine.rows
        report.problems = self.problems

    def _stretch(
        self, stretch: Stretch, mapped: MappedRows | None, spill: Spill, quarantine: Quarantine
    ) -> None:
        report, frame = self.report, stretch.frame
        quarantine.put_broken(stretch.broken)
        self._count("cells_wrong@", len(stretch.broken))
        if mapped is not None:
            self._refuse(stretch, mapped, quarantine)
            mapped.records["row"] += report.rows
            spill.put(mapped.records)
            report.late += mapped.late
            for name, count in mapped.filled.items():
                report.filled[name] = report.filled.get(name, 0) + count
        report.rows += frame.height + len(stretch.broken)
        if report.rows > self.limits.rows:
            raise refusal("too_many_rows", limit=self.limits.rows)

    def _refuse(self, stretch: Stretch, mapped: MappedRows, quarantine: Quarantine) -> None:
        refused = (mapped.problems != "").arg_true()
        if not len(refused):
            return
        problems = mapped.problems.gather(refused)
        quarantine.put(stretch.frame[refused], stretch.lines(refused), problems)
        counts = problems.value_counts()
        for problem, count in counts.iter_rows():
            self._count(problem, count)

    def _count(self, problem: str, count: int) -> None:
        if count:
            self.problems[problem] = self.problems.get(problem, 0) + count

    def _firms(self) -> FirmIndex:
        with self.database.read() as session:
            return FirmIndex(identities(session))

    def _finish_dry(self, spill: Spill) -> None:
        with self.database.read() as session:
            lake = manifest.opened(session)
        self._merge(spill, lake, 0, [])

    def _keep(self, spill: Spill, quarantine_path: Path) -> None:
        """The second pass, again where somebody changed the lake meanwhile; then the one transaction."""
        for attempt in range(1, _TRIES + 1):
            with self.database.write() as session:
                seen = manifest.files_generation(session)
                first = manifest.reserve_records(session, spill.records)
                lake = manifest.opened(session)
            files: list[NewFile] = []
            self._merge(spill, lake, first, files)
            try:
                self._commit(seen, first, spill.records, files, quarantine_path)
            except Conflict:
                for one in files:
                    manifest.remove(self.folder / one.name)
                if attempt == _TRIES:
                    raise
            else:
                return

    def _commit(self, seen: int, first: int, count: int, files: list[NewFile], quarantine_path: Path) -> None:
        report = self.report
        if report.quarantined:
            kept = batches.quarantine_path(self.folder, self.mark)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(quarantine_path, kept)
            report.quarantine = kept
        for one in {(self.folder / file.name).parent for file in files}:
            segments.sync_folder(one)
        with self.database.write() as session:
            manifest.move(session, seen, first + count)
            batch = batches.mark_taken(session, self.mark, report, first)
            manifest.list_files(session, files, batch.id)

    def _merge(self, spill: Spill, lake: Lake, first: int, files: list[NewFile]) -> None:
        """Compare each bucket with what is held; write what is new unless it is a dry run."""
        report = self.report
        report.records = report.replaced = report.firms = good_rows = 0
        offset = first
        seen = None if self.feed.one_record_a_row else np.zeros(report.rows, np.bool_)
        with ThreadPoolExecutor(_WRITERS) as pool:
            writing: deque[Future[list[NewFile]]] = deque()
            for bucket, new in spill.buckets():
                merged = merging.merge(new, _held(lake, bucket, new["source_key"]))
                kept = new if merged.kept.all() else {name: one[merged.kept] for name, one in new.items()}
                count = len(kept["row"])
                if seen is None:
                    good_rows += count
                else:
                    seen[kept["row"]] = True
                report.records += count
                report.replaced += len(merged.replaces)
                report.firms += _different(kept["firm_no"])
                if count and not report.dry_run:
                    kept["record_no"] = np.arange(offset, offset + count, dtype=np.int64)
                    writing.append(pool.submit(self._write, bucket, kept, merged))
                offset += count
                while len(writing) > _WRITERS:
                    files += writing.popleft().result()
            for one in writing:
                files += one.result()
        report.good_rows = good_rows if seen is None else int(np.count_nonzero(seen))
        report.duplicate_rows = report.rows - report.quarantined - report.good_rows

    def _write(self, bucket: int, kept: dict[str, Any], merged: merging.Merged) -> list[NewFile]:
        columns = {**kept, "received_on": np.full(len(kept["row"]), day_number(self.today), np.int32)}
        name = f"{bucket:02}/{ids.public_id()}.parquet"
        segments.write(self.folder / name, columns)
        purge_from = retention.purge_from(kept["item"], kept["occurred_on"], kept["ends_on"])
        files = [NewFile(bucket, RECORDS, name, len(kept["row"]), purge_from)]
        if len(merged.replaces):
            pairs = {"record_no": merged.replaces, "by_record_no": kept["record_no"][merged.by]}
            name = f"{bucket:02}/{ids.public_id()}.replaced.parquet"
            segments.write(self.folder / name, pairs, segments.REPLACED)
            files.append(NewFile(bucket, REPLACED, name, len(merged.replaces)))
        return files


def _mapped(source: Source, mapper: Mapper, feed: Feed) -> Iterator[tuple[Stretch, MappedRows | None]]:
    """Each stretch with what it became, in order; the next ones are read and mapped meanwhile."""

    def mapped(frame: pl.DataFrame) -> MappedRows | None:
        return mapper.map(as_columns(frame, source, feed)) if frame.height else None

    with ThreadPoolExecutor(_MAPPERS) as pool:
        under_way: deque[tuple[Stretch, Future[MappedRows | None]]] = deque()
        for stretch in source.stretches:
            under_way.append((stretch, pool.submit(mapped, stretch.frame)))
            if len(under_way) > _MAPPERS:
                done, future = under_way.popleft()
                yield done, future.result()
        for done, future in under_way:
            yield done, future.result()


def _different(in_order: Any) -> int:
    """How many different numbers there are in a column that is sorted."""
    return int(np.count_nonzero(in_order[1:] != in_order[:-1])) + 1 if len(in_order) else 0


def _held(lake: Lake, bucket: int, keys: Any) -> dict[str, Any] | None:
    """What a bucket holds of entries with these keys."""
    sent = merging.SentKeys(keys)
    dtypes = {name: segments.RECORDS[name] for name in (*merging.COMPARED, "record_no", "source_key")}
    parts = []
    for name in lake.files.get(bucket, ()):
        path = lake.folder / name
        rows = sent.rows_of(segments.loaded(path, {"source_key": dtypes["source_key"]})["source_key"])
        if len(rows):
            parts.append(segments.stretch(segments.mapped(path), rows, dtypes))
    return {name: np.concatenate([one[name] for one in parts]) for name in dtypes} if parts else None
