"""After a rejection: the firm agrees to be matched anew, by fit first, and sees what fits (domain section 5.8)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotAllowed
from creditbridge.kernel.lifecycle import illegal_step
from lenders.browsing.rules import loan_facts
from matching.applications import figures, lookup
from matching.applications.model import Submission, SubmissionEvent
from matching.applications.rules import SUBMISSION_STATE_WORDS, Purpose, SubmissionState
from matching.applications.stepping import note_event
from matching.eligibility import service as eligibility
from matching.ranking.rules import Need, fit_key, fit_of
from matching.ranking.service import RankedMatch, rank_matches

AFTER = (SubmissionState.REJECTED, SubmissionState.NOT_ACCEPTED)
STEP = "rematch"
MOST = 20


@dataclass(frozen=True, slots=True)
class Refitted:
    """A product in its place by fit; ``fit`` is 0 to 100."""

    place: int
    row: RankedMatch
    fit: int | None


def agree(session: Session, actor: Actor, submission_id: str) -> Submission:
    """The firm's owner agrees that what is known of the firm is matched anew for this need. Doing it again is harmless.

    Raises:
        NotFound: there is no such submission of this firm.
        NotAllowed: the actor is not the owner.
        Conflict: the submission was not rejected.
    """
    submission = lookup.submission_of_firm(session, actor, submission_id)
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed
    if submission.state_now not in AFTER:
        raise illegal_step(SUBMISSION_STATE_WORDS[submission.state_now])
    if not has_agreed(session, submission):
        note_event(session, actor, submission, STEP)
    return submission


def has_agreed(session: Session, submission: Submission) -> bool:
    """Whether the firm agreed to a re-match after this submission."""
    found = session.scalar(
        select(SubmissionEvent.id)
        .where(SubmissionEvent.submission_id == submission.id, SubmissionEvent.step == STEP)
        .limit(1)
    )
    return found is not None


def refitted(session: Session, submission: Submission) -> list[Refitted]:
    """The other products that take this firm's application for the same need, those that fit best first.

    Left out are the product that was rejected, those under way, and those the firm is not eligible for.
    """
    left_out = lookup.products_in_flight(session, submission.firm_id) | {submission.product_id}
    purpose = Purpose(submission.purpose)
    beside = loan_facts(submission.applied_fen, submission.term_months, purpose.value, clock.today())
    matches = [
        match
        for match in eligibility.matches_of(session, submission.firm_id, beside=beside)
        if match.may_apply and match.product.product_id not in left_out
    ]
    days = figures.median_days(session, [match.product.product_id for match in matches])
    keys = [(match.product.product_id, match.product.lender.id) for match in matches]
    likely = figures.likelihoods(session, submission.firm_id, keys)
    need = Need(submission.applied_fen, submission.term_months)
    rows = rank_matches(matches, need, median_days=days, likelihoods=likely)
    rows.sort(key=lambda row: fit_key(row.ranked))
    return [Refitted(place, row, fit_of(row.ranked)) for place, row in enumerate(rows[:MOST], start=1)]
