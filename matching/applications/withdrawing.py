"""The firm withdraws a submission, or revokes the consent it rests on, which withdraws it too (domain section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from matching.applications import announcing
from matching.applications.lookup import submission_of_firm
from matching.applications.model import Submission
from matching.applications.offering import MAX_REASON, end_consent, release_quota
from matching.applications.rules import OPEN_STATES, check_step
from matching.applications.stepping import take_step

if TYPE_CHECKING:
    from creditbridge.disclosure.model import Consent


def withdraw(session: Session, actor: Actor, submission_id: str, *, reason: str = "") -> Submission:
    """Take an application back at any time before the grant; its consent ends.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
    """
    submission = submission_of_firm(session, actor, submission_id)
    check_step(actor.role, "withdraw", submission.state_now)
    if len(reason) > MAX_REASON:
        raise InvalidInput({"reason": [Words("理由不能超过 500 字。", "Use at most 500 characters.")]})
    _withdraw(session, actor, submission, reason)
    end_consent(session, actor, submission)
    announcing.announce(session, submission, "withdraw")
    return submission


def withdraw_for_consent(session: Session, consent: Consent, actor: Actor, reason: str) -> None:
    """Listener of revoked consents: withdraw what was in flight under this one, in the same transaction."""
    serving = session.scalars(
        select(Submission).where(Submission.consent_id == consent.id, Submission.in_flight.is_not(None))
    ).all()
    for submission in serving:
        if submission.state_now in OPEN_STATES:
            _withdraw(session, actor, submission, reason)
            announcing.announce(session, submission, "consent_revoked")


def _withdraw(session: Session, actor: Actor, submission: Submission, reason: str) -> None:
    release_quota(session, submission)
    take_step(session, actor, submission, "withdraw", reason=reason)
