"""Asking for runs, and reading what they did and found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.records.buckets import BUCKETS
from creditbridge.runs import results, rules
from creditbridge.runs.model import Run, RunPart
from creditbridge.runs.places import folder
from creditbridge.runs.results import Results
from creditbridge.runs.rules import LIFECYCLE, RunKind, RunState
from creditbridge.store import outbox
from creditbridge.store.transitions import move

ASKED = "runs.asked"
WANTED = "runs.wanted"
_RUN = Words("评价任务", "run")
_GOES_ON = Words(
    "已有一次评价正在进行，请等它完成后再发起。",
    "A run is going on. Wait until it is finished, then ask again.",
)
_LATER = Words("评价日期不能晚于今天。", "The date cannot be later than today.")
_EARLIER = Words(
    "全量与每日评价的日期不能早于最近一次评价；如需查看过去某日，请选“历史时点评价”。",
    "A full or daily run cannot be for a date before the last one. To look at a past day, choose a run for a past date.",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found of one firm: the run, the findings of the firm's part and its row in them."""

    run: Run
    results: Results
    row: int

    @property
    def is_rated(self) -> bool:
        return int(self.results.score[self.row]) != results.UNRATED


def ask(session: Session, kind: RunKind, on: date, *, actor: Actor | None = None, user_name: str = "") -> Run:
    """Ask for a run; a worker carries it out.

    Raises:
        Conflict: ``run_goes_on`` while another one does.
        InvalidInput: the date cannot be one.
    """
    _check_date(session, kind, on)
    run = Run(
        kind=kind.value,
        on_date=on,
        state=LIFECYCLE.initial.value,
        active=1,
        user_id=actor.user_id if actor else None,
        user_name=user_name,
        model={},
        summary={},
    )
    try:
        with session.begin_nested():
            session.add(run)
            session.flush()
    except IntegrityError as error:
        raise Conflict("run_goes_on", _GOES_ON) from error
    outbox.emit(session, ASKED, run=run.public_id)
    record_as(
        session,
        actor,
        "runs.asked",
        subject_kind="run",
        subject_id=run.public_id,
        kind=kind.value,
        on=on.isoformat(),
    )
    return run


def want_current(session: Session) -> None:
    """Have the findings brought up to date soon, because something that lies over records changed."""
    outbox.emit(session, WANTED)


def _check_date(session: Session, kind: RunKind, on: date) -> None:
    if on > clock.today():
        raise InvalidInput({"on": [_LATER]})
    last = last_current(session)
    if kind.publishes and last is not None and on < last.on_date:
        raise InvalidInput({"on": [_EARLIER]})


def stop(session: Session, public_id: str, *, actor: Actor) -> Run:
    """Stop a run that goes on. What its finished parts made current stays; the next run brings the rest.

    Raises:
        NotFound: there is none.
        Conflict: it is over.
    """
    run = run_of(session, public_id)
    _stop(session, run, actor)
    return run


def ask_anew(session: Session, run: Run) -> Run:
    """Stop a run that began by other catalogues than are installed now, and ask for another one in its place.

    Its parts would not be of one kind. What the finished ones made current stays until the new run comes to them.
    """
    _stop(session, run, None, problem=rules.OTHER_CATALOGUES)
    return ask(session, RunKind(run.kind), run.on_date, user_name=run.user_name)


def _stop(session: Session, run: Run, actor: Actor | None, *, problem: str = "") -> None:
    move(session, run, LIFECYCLE, "stop", active=None, finished_at=clock.now(), problem=problem)
    why = {"because": problem} if problem else {}
    record_as(session, actor, "runs.stopped", subject_kind="run", subject_id=run.public_id, **why)


def run_of(session: Session, public_id: str) -> Run:
    """The run of that id.

    Raises:
        NotFound: there is none.
    """
    run = session.scalar(select(Run).where(Run.public_id == public_id))
    if run is None:
        raise NotFound(_RUN)
    return run


def runs(session: Session, *, before_id: int | None = None, limit: int = 50) -> Sequence[Run]:
    """Runs, the newest first."""
    statement = select(Run).order_by(Run.id.desc()).limit(limit)
    return session.scalars(statement if before_id is None else statement.where(Run.id < before_id)).all()


def last_current(session: Session) -> Run | None:
    """The finished run whose findings are current."""
    return session.scalar(
        select(Run)
        .where(Run.state == RunState.FINISHED, Run.kind != RunKind.PAST)
        .order_by(Run.on_date.desc(), Run.id.desc())
        .limit(1)
    )


def is_going_on(session: Session) -> bool:
    return going_on(session) is not None


def going_on(session: Session) -> Run | None:
    """The run that waits or goes on."""
    return session.scalar(select(Run).where(Run.active == 1))


def last_full_on(session: Session) -> date | None:
    """The date of the last full run that finished."""
    last: date | None = session.scalar(
        select(func.max(Run.on_date)).where(Run.state == RunState.FINISHED, Run.kind == RunKind.FULL)
    )
    return last


def found_of(session: Session, run: Run, firm_no: int) -> Found | None:
    """What a run found of one firm; None if the firm was not there yet, or the files are past their time."""
    if run.parts is None:
        return None
    part = firm_no % BUCKETS % run.parts
    name = session.scalar(select(RunPart.file).where(RunPart.run_id == run.id, RunPart.part == part))
    if name is None or not (folder(session) / name).exists():
        return None
    found = results.read(folder(session) / name)
    row = found.place_of(firm_no)
    return None if row is None else Found(run, found, row)


def months_of(session: Session, firm_no: int, months: int = 12) -> list[Found]:
    """What the last run of each month found of a firm, the oldest first."""
    finished = session.scalars(
        select(Run)
        .where(Run.state == RunState.FINISHED)
        .order_by(Run.on_date.desc(), Run.id.desc())
        .limit(40 * months)
    )
    by_month: dict[date, Run] = {}
    for run in finished:
        by_month.setdefault(rules.month_start(run.on_date), run)
    chosen = sorted(by_month)[-months:]
    found = [found_of(session, by_month[month], firm_no) for month in chosen]
    return [one for one in found if one is not None]
