"""What the grant does to the submission. Recording the grant itself is the work of ``matching.lines``."""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import Purpose
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from matching.applications import announcing
from matching.applications.lookup import submission_of_lender
from matching.applications.model import Submission
from matching.applications.offering import about
from matching.applications.stepping import take_step
from matching.ledger import quotas


def mark_granted(
    session: Session, actor: Actor, submission: Submission, *, granted_fen: int, grant_ref: str
) -> Submission:
    """Take an accepted submission to granted, in the transaction that records the credit line.

    What was held of the product's quota above the grant is returned, and the consent is consumed by it.

    Args:
        session: the caller's unit of work.
        actor: the lender's officer who records the grant.
        submission: the submission, already found for this lender.
        granted_fen: the amount of the line; accepted terms are immutable, so never above what the firm accepted.
        grant_ref: the credit line's public id.

    Raises:
        NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        RuleRefused: ``above_accepted``.
    """
    accepted = submission.accepted_fen or 0
    held = submission.quota_held_fen
    if accepted and not 0 < granted_fen <= accepted:
        raise RuleRefused(
            "above_accepted",
            Words("授信金额不能超过企业已确认的金额。", "The grant cannot exceed what the firm accepted."),
        )
    take_step(session, actor, submission, "record_grant", granted_fen=granted_fen, quota_held_fen=0)
    quotas.use_held(
        session,
        actor,
        submission.product_id,
        held_fen=held,
        granted_fen=granted_fen,
        about=about(submission),
    )
    consent = consents.live_consent(
        session,
        submission.firm_id,
        submission.lender_organisation_id,
        Purpose.PRE_LOAN,
        for_id=submission.public_id,
    )
    if consent is not None:
        consents.consume(session, consent.id, grant_ref, actor=actor)
    announcing.announce(session, submission, "record_grant", amount_fen=granted_fen)
    return submission


def close(session: Session, actor: Actor, submission_id: str) -> Submission:
    """Close a granted submission: nothing is left to do about it.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
    """
    submission = submission_of_lender(session, actor, submission_id)
    take_step(session, actor, submission, "close")
    announcing.announce(session, submission, "close")
    return submission
