"""Carrying a run out, part by part. Each part is worked on, written and made current by itself.

A part is done once its row commits, in the transaction that makes its findings current; a run that is interrupted,
killed even, goes on with the first part that is not. What a part finds depends on nothing another part does, so parts
may be worked on in any order, or by several processes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.records import manifest
from creditbridge.records.buckets import BUCKETS, buckets_of
from creditbridge.records.columns import RecordColumns, day_number
from creditbridge.records.lake import Lake, Watermark
from creditbridge.runs import models, publishing, registrations, results, rules, summing, touched
from creditbridge.runs.evaluating import Model, evaluate
from creditbridge.runs.model import Run, RunPart
from creditbridge.runs.places import folder
from creditbridge.runs.registrations import Registrations
from creditbridge.runs.results import Results
from creditbridge.runs.rules import LIFECYCLE, RunKind, RunState
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.transitions import move

AT_ONCE_SECONDS = 240.0
"""After so long a worker hands a run back, so that other work gets its turn."""
FINISHED = "runs.finished"

Told = Callable[[int, int], None]
"""Told how many parts are done, of how many."""


@dataclass(frozen=True, slots=True)
class _Work:
    """A run as its parts need it: plain data, the same for all of them."""

    run_id: int
    public_id: str
    kind: RunKind
    on: date
    parts: int
    lake: Lake
    model: Model
    registrations: Registrations
    folder: Path
    base: _Base | None

    def of_part(self, part: int) -> Registrations:
        return self.registrations.taken(buckets_of(self.registrations.firm_no) % self.parts == part)


@dataclass(frozen=True, slots=True)
class _Base:
    """The run before, whose findings stand for firms that are neither touched nor due."""

    folder: Path
    files: dict[int, str]
    watermark: Watermark
    on: date

    def part(self, part: int) -> Results:
        return results.read(self.folder / self.files[part])


def carry_out(
    database: Database, public_id: str, *, seconds: float = AT_ONCE_SECONDS, told: Told = lambda *_: None
) -> bool:
    """Go on with a run; answers whether it is over. Harmless for one that is."""
    until = time.monotonic() + seconds
    with database.write() as session:
        work = _begin(session, public_id)
    if work is None:
        return True
    for part in range(work.parts):
        with database.read() as session:
            if not _goes_on(session, work.run_id):
                return True
            done = _is_done(session, work.run_id, part)
        if not done:
            if time.monotonic() > until:
                return False
            _do(database, work, part)
        told(part + 1, work.parts)
    with database.write() as session:
        _finish(session, work)
    return True


def carry_out_within(
    session: Session, public_id: str, *, with_facts: bool = True, told: Told = lambda *_: None
) -> None:
    """Carry a run out in one transaction of the caller's: for a city that is loaded whole or not at all.

    Without ``with_facts`` the caller has written the facts that the run finds.
    """
    work = _begin(session, public_id)
    if work is None:
        return
    for part in range(work.parts):
        _make_current(session, work, part, *_find(work, part), with_facts=with_facts)
        told(part + 1, work.parts)
    _finish(session, work)


def _begin(session: Session, public_id: str) -> _Work | None:
    """Fix what the run rests on at its first step; read it again at a later one. None if the run is over."""
    run = session.scalar(select(Run).where(Run.public_id == public_id))
    if run is None or run.state in (RunState.FINISHED, RunState.STOPPED):
        return None
    lake = manifest.opened(session)
    firms = registrations.read(session)
    if run.state == RunState.WAITING:
        _fix(session, run, lake, len(firms))
    assert run.record_no is not None
    assert run.overlay_no is not None
    assert run.parts is not None
    return _Work(
        run_id=run.id,
        public_id=run.public_id,
        kind=RunKind(run.kind),
        on=run.on_date,
        parts=run.parts,
        lake=lake.at(Watermark(run.record_no, run.overlay_no)),
        model=models.of_run(session, run),
        registrations=firms,
        folder=folder(session),
        base=_base_of(session, run),
    )


def _fix(session: Session, run: Run, lake: Lake, firms: int) -> None:
    described = models.current(session, run.on_date)
    base = _usable_base(session, run, described.digest, firms) if run.kind == RunKind.DAILY else None
    move(
        session,
        run,
        LIFECYCLE,
        "begin",
        record_no=lake.watermark.record_no,
        overlay_no=lake.watermark.overlay_no,
        parts=rules.parts_for(firms),
        model=described.stated,
        model_digest=described.digest,
        base_run_id=None if base is None else base.id,
        firms=firms,
        started_at=clock.now(),
    )


def _usable_base(session: Session, run: Run, model_digest: str, firms: int) -> Run | None:
    """The last current run, if its findings can stand: the same model, the same parting, no later a date."""
    last = session.scalar(
        select(Run)
        .where(Run.state == RunState.FINISHED, Run.kind != RunKind.PAST)
        .order_by(Run.on_date.desc(), Run.id.desc())
        .limit(1)
    )
    if last is None or last.on_date > run.on_date:
        return None
    same = last.model_digest == model_digest and last.parts == rules.parts_for(firms)
    return last if same else None


def _base_of(session: Session, run: Run) -> _Base | None:
    if run.base_run_id is None:
        return None
    base = session.get_one(Run, run.base_run_id)
    assert base.record_no is not None
    assert base.overlay_no is not None
    rows = session.execute(select(RunPart.part, RunPart.file).where(RunPart.run_id == base.id))
    return _Base(
        folder(session),
        {row.part: row.file for row in rows},
        Watermark(base.record_no, base.overlay_no),
        base.on_date,
    )


def _goes_on(session: Session, run_id: int) -> bool:
    return session.scalar(select(Run.state).where(Run.id == run_id)) == RunState.RUNNING


def _is_done(session: Session, run_id: int, part: int) -> bool:
    found = select(RunPart.id).where(RunPart.run_id == run_id, RunPart.part == part)
    return session.scalar(found) is not None


def _do(database: Database, work: _Work, part: int) -> None:
    found, worked_on = _find(work, part)
    with database.write() as session:
        if not _is_done(session, work.run_id, part):
            _make_current(session, work, part, found, worked_on)


def _find(work: _Work, part: int) -> tuple[Results, publishing.Findings]:
    """What the part's firms come to, and those of them that were worked on now."""
    firms = work.of_part(part)
    before = work.base.part(part) if work.base else None
    chosen = firms if before is None else firms.taken(_touched_or_due(work, part, firms, before))
    evaluated = evaluate(_records_of(work, part, chosen), chosen, work.model, work.on)
    fresh = results.of(evaluated)
    return (fresh if before is None else results.merged(before, fresh)), publishing.Findings(evaluated, fresh)


def _touched_or_due(work: _Work, part: int, firms: Registrations, before: Results) -> NDArray[np.bool_]:
    """Firms that are new, registered otherwise, with records or overlays since, or on whose day something moves."""
    assert work.base is not None
    firm_no = firms.firm_no
    place = np.searchsorted(before.firm_no, firm_no).clip(0, max(len(before) - 1, 0))
    if not len(before):
        return np.ones(len(firm_no), np.bool_)
    new: NDArray[np.bool_] = before.firm_no[place] != firm_no
    register = firms.stated()
    moved = np.any(register != before.registration[place], axis=1)
    due = before.next_change_on[place] <= day_number(work.on)
    since = touched.since(
        work.lake, rules.buckets_in(part, work.parts), work.base.watermark, work.base.on, work.on
    )
    wanted: NDArray[np.bool_] = new | moved | due | np.isin(firm_no, since)
    return wanted


def _records_of(work: _Work, part: int, firms: Registrations) -> RecordColumns:
    """The records of these firms as they count on the run's day."""
    if not len(firms):
        return RecordColumns.empty()
    buckets = rules.buckets_in(part, work.parts)
    if len(firms) * BUCKETS < len(work.registrations) * len(buckets) // 4:
        return work.lake.read_firms(firms.firm_no, work.on)
    held = RecordColumns.joined(work.lake.read(bucket, work.on) for bucket in buckets)
    ours = np.isin(held.firm_no, firms.firm_no)
    return held if ours.all() else held.taken(ours)


def _make_current(
    session: Session,
    work: _Work,
    part: int,
    found: Results,
    worked_on: publishing.Findings,
    *,
    with_facts: bool = True,
) -> None:
    """Write the part's file, make what was found current, and note the part as done."""
    name = f"{work.public_id}/{part:02}.arrow"
    results.write(found, work.folder / name, {"run": work.public_id, "on": work.on.isoformat()})
    changed = 0
    if work.kind.publishes:
        publishing.record_labels(session, worked_on)
        changed = publishing.publish(session, worked_on, work.model, work.public_id) if with_facts else 0
    session.add(
        RunPart(
            run_id=work.run_id,
            part=part,
            file=name,
            digest=found.digest(),
            firms=len(found),
            computed=len(worked_on),
            changed=changed,
            tallies=summing.tallies_of(found),
        )
    )
    session.flush()
    run = session.get_one(Run, work.run_id, populate_existing=True)
    done = select(func.count(), func.sum(RunPart.computed), func.sum(RunPart.changed))
    run.parts_done, run.computed, run.changed = session.execute(done.where(RunPart.run_id == run.id)).one()


def _finish(session: Session, work: _Work) -> None:
    run = session.get_one(Run, work.run_id, populate_existing=True)
    parts = session.scalars(select(RunPart).where(RunPart.run_id == run.id).order_by(RunPart.part)).all()
    values: dict[str, Any] = {
        "digest": rules.digest_of(part.digest for part in parts),
        "summary": summing.summary_of(
            [work.folder / part.file for part in parts], [part.tallies for part in parts]
        ),
    }
    if work.kind.publishes:
        values["snapshot"] = publishing.close(session)
    move(session, run, LIFECYCLE, "finish", active=None, finished_at=clock.now(), problem="", **values)
    outbox.emit(session, FINISHED, run=run.public_id)
