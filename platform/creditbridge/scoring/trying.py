"""Trials: a version beside the one in use, over every firm of the city, before anybody is scored by it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, NotAllowed
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from creditbridge.scoring import comparing, service
from creditbridge.scoring.city import parts_of
from creditbridge.scoring.comparing import Comparison
from creditbridge.scoring.engine import indicators
from creditbridge.scoring.model import ScorecardTrial, ScorecardVersion
from creditbridge.scoring.rules import IN_WORK, VERSION_STATE_WORDS, TrialState, VersionState
from creditbridge.scoring.scorecards import Scorecard, read
from creditbridge.scoring.scores import score
from creditbridge.store import outbox
from creditbridge.store.database import Database

ASKED = "scoring.trial_asked"

_ALREADY = DuplicateRequest(
    "trial_under_way",
    Words("对比正在进行，请稍后查看结果。", "The comparison is under way. Look for its outcome in a moment."),
)


def ask(session: Session, actor: Actor, public_id: str) -> ScorecardTrial:
    """Have a version in work compared; a job does it and keeps the outcome.

    Raises:
        Conflict: if the version is not in work, or a trial of its content is under way.
    """
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    found = service.version(session, public_id)
    if found.state not in IN_WORK:
        raise illegal_step(VERSION_STATE_WORDS[VersionState(found.state)])
    if any(one.state == TrialState.WAITING and one.digest == found.digest for one in found.trials):
        raise _ALREADY
    trial = ScorecardTrial(
        version_id=found.id,
        digest=found.digest,
        against_number=service.in_use(session).number,
        on_date=clock.today(),
        user_id=actor.user_id,
    )
    session.add(trial)
    session.flush()
    outbox.emit(session, ASKED, trial_id=trial.public_id)
    record_as(
        session,
        actor,
        "scorecard.trial_asked",
        subject_kind="scorecard",
        subject_id=found.public_id,
        number=found.number,
        digest=found.digest,
    )
    return trial


def carry_out(database: Database, trial_id: str) -> None:
    """Do a trial that waits: read without holding a write transaction, then keep the outcome. Harmless when repeated."""
    with database.read() as session:
        trial = _trial(session, trial_id)
        if trial is None or trial.state != TrialState.WAITING:
            return
        present = service.in_use(session)
        stale = trial.digest != trial.of.digest or trial.against_number != present.number
        outcome = None
        if not stale:
            outcome = over_city(session, present.card, read(trial.of.content), trial.on_date)
    with database.write() as session:
        trial = _trial(session, trial_id)
        if trial is not None and trial.state == TrialState.WAITING:
            trial.state = (TrialState.FAILED if outcome is None else TrialState.DONE).value
            trial.finished_at = clock.now()
            if outcome is not None:
                trial.firms, trial.result = outcome.whole.firms, outcome.as_json()


def over_city(session: Session, champion: Scorecard, challenger: Scorecard, on: date) -> Comparison:
    """Both scorecards for every firm on a day."""
    whole = comparing.nothing()
    for records, firms in parts_of(session, on):
        table = indicators(records, firms, on)
        both = score(table, champion), score(table, challenger)
        whole = whole.plus(comparing.compare(*both, firms))
    return whole


def _trial(session: Session, trial_id: str) -> ScorecardTrial | None:
    return session.scalar(
        select(ScorecardTrial)
        .where(ScorecardTrial.public_id == trial_id)
        .options(joinedload(ScorecardTrial.of).joinedload(ScorecardVersion.trials))
    )
