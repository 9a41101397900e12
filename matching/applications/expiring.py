"""What time does to submissions: offers pass their last day, and requests for documents their deadline."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.store.transitions import move
from matching.applications import announcing
from matching.applications.model import Offer, Submission, SupplementRequest
from matching.applications.offering import end_consent, release_quota
from matching.applications.rules import OFFER, SUPPLEMENT, OfferState, SubmissionState, SupplementState
from matching.applications.stepping import take_step


@dataclass(frozen=True, slots=True)
class Expired:
    """How many a sweep ended."""

    offers: int
    supplements: int


def expire_due(session: Session) -> Expired:
    """End what was due before today's legal date. Running it twice changes nothing more."""
    return Expired(_expire_offers(session), _expire_supplements(session))


def _expire_offers(session: Session) -> int:
    due = session.scalars(
        select(Offer).where(Offer.state == OfferState.SENT.value, Offer.expires_on < clock.today())
    ).all()
    ended = 0
    for offer in due:
        submission = offer.submission
        if submission.state_now is not SubmissionState.OFFERED:
            continue
        move(session, offer, OFFER, "expire")
        release_quota(session, submission)
        _end(session, submission, "expire_offer")
        ended += 1
    return ended


def _expire_supplements(session: Session) -> int:
    due = session.scalars(
        select(SupplementRequest).where(
            SupplementRequest.state == SupplementState.OPEN.value, SupplementRequest.deadline < clock.today()
        )
    ).all()
    ended = 0
    for request in due:
        if request.submission.state_now is not SubmissionState.ACTION_REQUIRED:
            continue
        move(session, request, SUPPLEMENT, "miss")
        _end(session, request.submission, "miss_supplement")
        ended += 1
    return ended


def _end(session: Session, submission: Submission, step: str) -> None:
    take_step(session, None, submission, step)
    end_consent(session, None, submission)
    announcing.announce(session, submission, step)
