"""Conflicts of interest about a submission: the officer steps aside, the firm names one, work goes to somebody else."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access import persons
from creditbridge.access.rules import Actor
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.registry import service as registry
from matching.applications import announcing
from matching.applications.lookup import submission_of_firm, submission_of_lender
from matching.applications.model import Submission
from matching.applications.rules import OPEN_STATES, SUBMISSION_STATE_WORDS
from matching.applications.stepping import check_working, note_event
from matching.conflicts import service as conflicts
from matching.conflicts.model import ConflictOfInterest
from matching.conflicts.rules import Relation


def declare(
    session: Session,
    actor: Actor,
    submission_id: str,
    *,
    relation: Relation,
    note: str = "",
    officer_id: str | None = None,
) -> ConflictOfInterest:
    """An officer says that they (an approver: that a colleague) have an interest in the firm that applies.

    From then on that person takes no step about this firm, and what they handled of it is nobody's until assigned.

    Raises:
        NotFound: no such submission of this lender.
        NotAllowed, InvalidInput, DuplicateRequest: see :func:`matching.conflicts.service.declare`.
    """
    submission = submission_of_lender(session, actor, submission_id)
    check_working(session, actor)
    firm = registry.firm_by_id(session, submission.firm_id)
    made = conflicts.declare(session, actor, firm, relation, note=note, officer_id=officer_id)
    _step_aside(session, actor, made)
    return made


def name_officer(
    session: Session, actor: Actor, submission_id: str, *, officer: str, relation: Relation, note: str = ""
) -> Submission:
    """The firm says that one of the lender's people has a tie to it; that person keeps away until it is looked into.

    Raises:
        NotFound: no such submission of this firm.
        Conflict: it has ended.
        InvalidInput: see :func:`matching.conflicts.service.name_by_firm`.
    """
    submission = submission_of_firm(session, actor, submission_id)
    if submission.state_now not in OPEN_STATES:
        raise illegal_step(SUBMISSION_STATE_WORDS[submission.state_now])
    firm = registry.firm_by_id(session, submission.firm_id)
    made = conflicts.name_by_firm(
        session,
        actor,
        firm,
        submission.lender_organisation_id,
        relation,
        officer=officer,
        note=note,
    )
    for row in made:
        _step_aside(session, actor, row)
    note_event(session, actor, submission, "name_conflict")
    announcing.announce(session, submission, "name_conflict")
    return submission


def _step_aside(session: Session, actor: Actor, made: ConflictOfInterest) -> None:
    """What the person handles of this firm at this lender is given back."""
    if made.user_id is None:
        return
    handled = session.scalars(
        select(Submission).where(
            Submission.firm_id == made.firm_id,
            Submission.lender_organisation_id == made.lender_organisation_id,
            Submission.officer_id.in_(persons.accounts_of_person(session, made.user_id)),
            Submission.in_flight.is_not(None),
        )
    ).all()
    for submission in handled:
        submission.officer_id = None
        session.flush()
        note_event(session, actor, submission, "step_aside")
        announcing.hand_over_todos(session, submission, "step_aside", {})
