"""The one way a submission moves: checked by the table, on the clock, in the audit trail and on the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from matching.applications import announcing
from matching.applications.model import Application, Offer, Submission, SubmissionEvent
from matching.applications.rules import (
    APPLICATION,
    FIRST_DECISIONS,
    OFFER,
    OPEN_STATES,
    SUBMISSION,
    SUPPLEMENT,
    ApplicationState,
    OfferState,
    SubmissionState,
    check_step,
)
from matching.conflicts import service as conflicts

KEPT_REASON = 500


def take_step(
    session: Session,
    actor: Actor | None,
    submission: Submission,
    step: str,
    *,
    reason: str = "",
    **values: Any,
) -> SubmissionState:
    """Move a submission one step, with its clock, event, audit entry and to-dos; answers the new state.

    ``values`` are columns that change with the step. An actor of None is the system itself: a sweep, or the
    effect of another step. What is announced is said by the use case, which knows the words.

    Raises:
        NotAllowed: the step is not for the actor's role, or the actor's lender may not work on the platform now.
        RuleRefused: ``conflict_of_interest``.
        Conflict: the step is not legal now, or somebody else was first.
    """
    if actor is not None:
        check_step(actor.role, step, submission.state_now)
        check_officer(session, actor, submission)
    target = SUBMISSION.check(step, submission.state_now)
    now = clock.now()
    values |= clock_values(submission, step, target, now)
    if target not in OPEN_STATES:
        # Two submissions of one application that end at the same moment must see each other, or it stays open.
        lock_application(session, submission.application_id)
    move(session, submission, SUBMISSION, step, **values)
    note_event(session, actor, submission, step, reason)
    announcing.settle_todos(session, submission)
    if target not in OPEN_STATES:
        _end_parts(session, submission)
        close_application_if_done(session, submission.application_id)
    return target


def check_officer(session: Session, actor: Actor, submission: Submission) -> None:
    """An officer acts only for a lender that may work here now, and on no firm that they have an interest in.

    Raises:
        NotAllowed: ``lender_not_approved``.
        RuleRefused: ``conflict_of_interest``.
    """
    check_working(session, actor)
    conflicts.check(session, actor, submission.firm_id, phones=(submission.contact_phone,))


def check_working(session: Session, actor: Actor) -> None:
    """An officer of a lender that is suspended or has left takes no step; a firm still may.

    Raises:
        NotAllowed: ``lender_not_approved``.
    """
    if actor.is_lender:
        institutions.working_lender_of(session, actor)


def note_event(
    session: Session, actor: Actor | None, submission: Submission, step: str, reason: str = ""
) -> None:
    """Put a step on the timeline and into the audit trail."""
    session.add(
        SubmissionEvent(
            submission_id=submission.id,
            step=step,
            state=submission.state,
            actor_id=actor.user_id if actor else None,
            organisation_id=actor.organisation_id if actor else None,
            who=actor.name if actor else "",
            reason=reason[:KEPT_REASON],
        )
    )
    record_as(
        session,
        actor,
        f"submission.{step}",
        subject_kind=announcing.KIND,
        subject_id=submission.public_id,
        state=submission.state,
    )


def lock_application(session: Session, application_id: int) -> None:
    """Take an application's row until the end of the transaction: its submissions then move one at a time."""
    session.flush()
    session.execute(
        update(Application)
        .where(Application.id == application_id)
        .values(version=Application.version + 1)
        .execution_options(synchronize_session=False)
    )


def close_application_if_done(session: Session, application_id: int) -> None:
    """Close the firm's form once none of its submissions is in flight."""
    still_open = session.scalar(
        select(Submission.id)
        .where(Submission.application_id == application_id, Submission.in_flight.is_not(None))
        .limit(1)
    )
    application = session.get_one(Application, application_id, populate_existing=True)
    if still_open is None and application.state == ApplicationState.SUBMITTED:
        move(session, application, APPLICATION, "close")


def clock_values(submission: Submission, step: str, target: SubmissionState, now: datetime) -> dict[str, Any]:
    """What a step does to the clocks: pause and go on, the first decision, the end."""
    values: dict[str, Any] = {}
    if submission.paused_since is not None:
        pause = int((now - submission.paused_since).total_seconds())
        values |= {"paused_since": None, "paused_seconds": submission.paused_seconds + pause}
    if target is SubmissionState.ACTION_REQUIRED and submission.decided_at is None:
        values["paused_since"] = now
    if step in FIRST_DECISIONS and submission.decided_at is None:
        values["decided_at"] = now
    if target in OPEN_STATES:
        return values | {"in_flight": True, "ended_at": None}
    return values | {"in_flight": None, "ended_at": submission.ended_at or now}


def _end_parts(session: Session, submission: Submission) -> None:
    """A submission that ended leaves no offer standing and no question open; a granted one keeps its accepted offer."""
    kept = (
        {OfferState.ACCEPTED}
        if submission.state_now in (SubmissionState.GRANTED, SubmissionState.CLOSED)
        else set()
    )
    for offer in _offers(session, submission):
        if "lapse" in OFFER.legal_steps(OfferState(offer.state)) and offer.state not in kept:
            move(session, offer, OFFER, "lapse")
    request = submission.open_supplement
    if request is not None:
        move(session, request, SUPPLEMENT, "lapse")


def _offers(session: Session, submission: Submission) -> list[Offer]:
    return list(session.scalars(select(Offer).where(Offer.submission_id == submission.id)))
