"""Carrying a run out, part by part. Each part is found (``finding``), in this process or in several, and made current here.

A part is done once its row commits, in the transaction that makes its findings current; a run that is interrupted,
killed even, goes on with the first part that is not. What a part finds depends on nothing another part does, so parts
may be found by several processes; they are made current in their order, so that they leave the same behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.labels import recording
from creditbridge.records import manifest
from creditbridge.records.lake import Lake, Watermark
from creditbridge.runs import models, pooling, publishing, registrations, rules, service, summing
from creditbridge.runs.finding import Base, Found, Work, find
from creditbridge.runs.model import Run, RunPart
from creditbridge.runs.places import folder
from creditbridge.runs.pooling import Given
from creditbridge.runs.registrations import Registrations
from creditbridge.runs.rules import LIFECYCLE, RunKind, RunState
from creditbridge.store import bulk, outbox
from creditbridge.store.database import Database
from creditbridge.store.transitions import move

AT_ONCE_SECONDS = 240.0
"""After so long a worker hands a run back, so that other work gets its turn."""
FINISHED = "runs.finished"

Told = Callable[[int, int], None]
"""Told how many parts are done, of how many."""


def carry_out(
    database: Database,
    public_id: str,
    *,
    seconds: float = AT_ONCE_SECONDS,
    told: Told = lambda *_: None,
    processes: int | None = None,
) -> bool:
    """Go on with a run; answers whether it is over. Harmless for one that is.

    Args:
        database: where the run was asked for.
        public_id: the run.
        seconds: after so long it answers that the run is not over, between two parts.
        told: told of each part that is done.
        processes: how many find parts at a time; as this process was set up (:func:`pooling.use`) if not given.
    """
    until = time.monotonic() + seconds
    # What takes its time is read beforehand: while one writes to SQLite, nobody else can.
    with database.read() as session:
        firms = registrations.read(session) if _is_to_do(session, public_id) else None
    if firms is None:
        return True
    with database.write() as session:
        work = _begin(session, public_id, firms)
    if work is None:
        return True
    with database.read() as session:
        left = [part for part in range(work.parts) if not _is_done(session, work.run_id, part)]
    told(work.parts - len(left), work.parts)

    def given() -> Iterator[Given]:
        for part in left:
            with database.read() as session:
                held = _held(session, work, part)
            yield part, held  # no transaction stays open while parts are found

    with closing(pooling.find_all(work, given(), len(left), processes)) as found_parts:
        for found in found_parts:
            with database.read() as session:
                if not _goes_on(session, work.run_id):
                    return True
            _write(database, work, found, told=told)
            if found.part != left[-1] and time.monotonic() > until:
                return False
    with database.read() as session:
        if not _goes_on(session, work.run_id):
            return True
        outcome = _outcome(session, work)
    with database.write() as session:
        if _goes_on(session, work.run_id):
            _finish(session, work, outcome)
    return True


def carry_out_within(
    session: Session, public_id: str, *, with_facts: bool = True, told: Told = lambda *_: None
) -> None:
    """Carry a run out in one transaction of the caller's: for a city that is loaded whole or not at all.

    Without ``with_facts`` the caller has written the facts that the run finds.
    """
    work = _begin(session, public_id, registrations.read(session))
    if work is None:
        return
    for part in range(work.parts):
        found = find(work, part, _held(session, work, part))
        _make_current(session, work, found, with_facts=with_facts)
        told(part + 1, work.parts)
    _finish(session, work, _outcome(session, work))


def _is_to_do(session: Session, public_id: str) -> bool:
    state = session.scalar(select(Run.state).where(Run.public_id == public_id))
    return state in (RunState.WAITING, RunState.RUNNING)


def _begin(session: Session, public_id: str, firms: Registrations) -> Work | None:
    """Fix what the run rests on at its first step; read it again at a later one.

    None if the run is over, or if what it rests on is no longer installed: another one is asked for then.
    """
    run = session.scalar(select(Run).where(Run.public_id == public_id))
    if run is None or run.state in (RunState.FINISHED, RunState.STOPPED):
        return None
    if run.state == RunState.RUNNING and not models.are_those_of(run):
        service.ask_anew(session, run)
        return None
    lake = manifest.opened(session)
    if run.state == RunState.WAITING:
        _fix(session, run, lake, len(firms))
    assert run.record_no is not None
    assert run.overlay_no is not None
    assert run.parts is not None
    return Work(
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
    models.keep_catalogues(folder(session))
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


def _base_of(session: Session, run: Run) -> Base | None:
    if run.base_run_id is None:
        return None
    base = session.get_one(Run, run.base_run_id)
    assert base.record_no is not None
    assert base.overlay_no is not None
    rows = session.execute(select(RunPart.part, RunPart.file).where(RunPart.run_id == base.id))
    return Base(
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


def _write(database: Database, work: Work, found: Found, *, told: Told) -> None:
    with database.write() as session:
        if not _is_done(session, work.run_id, found.part):
            bulk.make_room(session)
            _make_current(session, work, found)
    told(found.part + 1, work.parts)


def _held(session: Session, work: Work, part: int) -> dict[int, str]:
    """The digests of the labels that a part's firms carry."""
    if not work.kind.publishes:
        return {}
    return recording.digests_of(session, work.of_part(part).firm_id.tolist())


def _make_current(session: Session, work: Work, found: Found, *, with_facts: bool = True) -> None:
    """Make what was found current, and note the part as done."""
    changed = 0
    if found.prepared is not None:
        publishing.record_labels(session, found.prepared)
        changed = publishing.publish(session, found.prepared, work.public_id) if with_facts else 0
    session.add(
        RunPart(
            run_id=work.run_id,
            part=found.part,
            file=found.file,
            digest=found.digest,
            firms=found.firms,
            computed=found.computed,
            changed=changed,
            tallies=found.tallies,
        )
    )
    session.flush()
    run = session.get_one(Run, work.run_id, populate_existing=True)
    done = select(func.count(), func.sum(RunPart.computed), func.sum(RunPart.changed))
    run.parts_done, run.computed, run.changed = session.execute(done.where(RunPart.run_id == run.id)).one()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What a run came to once all its parts are done; ``stands`` is None for one that makes nothing current."""

    digest: str
    summary: dict[str, Any]
    stands: publishing.Standing | None


def _outcome(session: Session, work: Work) -> _Outcome:
    rows = select(RunPart.file, RunPart.digest, RunPart.tallies).where(RunPart.run_id == work.run_id)
    parts = session.execute(rows.order_by(RunPart.part)).all()
    return _Outcome(
        rules.digest_of(part.digest for part in parts),
        summing.summary_of([work.folder / part.file for part in parts], [part.tallies for part in parts]),
        publishing.standing(session) if work.kind.publishes else None,
    )


def _finish(session: Session, work: Work, outcome: _Outcome) -> None:
    run = session.get_one(Run, work.run_id, populate_existing=True)
    values: dict[str, Any] = {"digest": outcome.digest, "summary": outcome.summary}
    if outcome.stands is not None:
        values["snapshot"] = publishing.close(session, outcome.stands)
    move(session, run, LIFECYCLE, "finish", active=None, finished_at=clock.now(), problem="", **values)
    outbox.emit(session, FINISHED, run=run.public_id)
