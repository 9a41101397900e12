"""Finding applications and submissions; another tenant's are not found."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from matching.applications.model import Application, Note, Submission, SubmissionEvent
from matching.applications.rules import FIRMS_OWN_STEPS, INTERNAL_STEPS

APPLICATION_WORDS = Words("申请", "application")
PAGE = 20


def application_of(session: Session, actor: Actor, public_id: str) -> Application:
    """An application of the actor's own firm, with its submissions.

    Raises:
        NotFound: there is none, or it is another firm's.
    """
    firm = claims.firm_of(session, actor)
    found = session.scalar(
        select(Application)
        .where(Application.public_id == public_id, Application.firm_id == firm.id)
        .options(selectinload(Application.submissions), selectinload(Application.documents))
    )
    if found is None:
        raise NotFound(APPLICATION_WORDS)
    return found


def applications_of(
    session: Session, actor: Actor, *, cursor: int | None = None, limit: int = PAGE
) -> tuple[Sequence[Application], int | None]:
    """The firm's applications, newest first, and the cursor of the next page (None at the end)."""
    firm = claims.firm_of(session, actor)
    query = (
        select(Application)
        .where(Application.firm_id == firm.id)
        .options(selectinload(Application.submissions).selectinload(Submission.offers))
        .order_by(Application.id.desc())
        .limit(limit + 1)
    )
    if cursor is not None:
        query = query.where(Application.id < cursor)
    rows = session.scalars(query).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def products_in_flight(session: Session, firm_id: int) -> set[int]:
    """The keys of the products for which the firm has an application under way."""
    query = select(Submission.product_id).where(
        Submission.firm_id == firm_id, Submission.in_flight.is_not(None)
    )
    return set(session.scalars(query))


def submission_of_firm(session: Session, actor: Actor, public_id: str) -> Submission:
    """A submission of the actor's own firm.

    Raises:
        NotFound: there is none, or it is another firm's.
    """
    firm = claims.firm_of(session, actor)
    return _found(session, public_id, Submission.firm_id == firm.id)


def submission_of_lender(session: Session, actor: Actor, public_id: str) -> Submission:
    """A submission made to the actor's lender.

    Raises:
        NotFound: there is none, or it was made to another lender.
    """
    return _found(session, public_id, Submission.lender_organisation_id == actor.organisation_id)


def timeline(session: Session, submission: Submission, *, for_firm: bool) -> Sequence[SubmissionEvent]:
    """A submission's steps, the first one first; neither side sees what is the other's own."""
    query = select(SubmissionEvent).where(SubmissionEvent.submission_id == submission.id)
    hidden = INTERNAL_STEPS if for_firm else FIRMS_OWN_STEPS
    query = query.where(SubmissionEvent.step.not_in(hidden))
    return session.scalars(query.order_by(SubmissionEvent.id)).all()


def notes_of(session: Session, actor: Actor, submission: Submission) -> Sequence[Note]:
    """A lender's internal notes, newest first.

    Raises:
        NotFound: for anybody but the lender itself.
    """
    if submission.lender_organisation_id != actor.organisation_id:
        raise NotFound(APPLICATION_WORDS)
    return session.scalars(
        select(Note).where(Note.submission_id == submission.id).order_by(Note.id.desc())
    ).all()


def _found(session: Session, public_id: str, mine: ColumnElement[bool]) -> Submission:
    found = session.scalar(
        select(Submission)
        .where(Submission.public_id == public_id, mine)
        .options(
            selectinload(Submission.offers),
            selectinload(Submission.supplements),
            selectinload(Submission.decisions),
            selectinload(Submission.documents),
        )
    )
    if found is None:
        raise NotFound(APPLICATION_WORDS)
    return found
