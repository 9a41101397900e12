"""Coded decisions against a submission, and reopening a rejected one once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import Purpose
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from matching.applications import announcing, reasons
from matching.applications.lookup import submission_of_lender
from matching.applications.model import Decision, Submission
from matching.applications.offering import end_consent
from matching.applications.reasons import Reason
from matching.applications.rules import (
    APPLICATION,
    OWN_TERMS,
    ApplicationState,
    SubmissionState,
    check_may_reopen,
)
from matching.applications.stepping import take_step
from matching.conflicts.four_eyes import check_other_person


def not_accept(
    session: Session, actor: Actor, submission_id: str, *, codes: Sequence[Reason], text: str = ""
) -> Submission:
    """Refuse to take a submission up; its consent ends.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        InvalidInput: the reasons.
    """
    submission = submission_of_lender(session, actor, submission_id)
    _decide(session, actor, submission, "not_accept", codes=codes, text=text)
    end_consent(session, actor, submission)
    return submission


def reject(
    session: Session, actor: Actor, submission_id: str, *, codes: Sequence[Reason], text: str = ""
) -> Submission:
    """Reject a submission: the reviewer while reviewing, the approver once terms are before them.

    The consent stays, so that it can be reopened. Whoever proposed the terms cannot reject them as approver.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        RuleRefused: ``own_work``.
        InvalidInput: the reasons.
    """
    submission = submission_of_lender(session, actor, submission_id)
    offer = submission.current_offer
    if submission.state_now is SubmissionState.PENDING_APPROVAL and offer is not None:
        check_other_person(session, actor, offer.proposed_by_id, words=OWN_TERMS)
    _decide(session, actor, submission, "reject", codes=codes, text=text)
    return submission


def reopen(session: Session, actor: Actor, submission_id: str, *, reason: str) -> Submission:
    """Take a rejected submission back into review, once, for a reason and under a consent that is still live.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        RuleRefused: ``reopened_before`` or ``no_live_consent``.
        InvalidInput: no reason.
        DuplicateRequest: the firm has applied for the product again meanwhile.
    """
    submission = submission_of_lender(session, actor, submission_id)
    if not reason.strip():
        raise InvalidInput({"reason": [Words("请填写重新审核的理由。", "Say why it is reopened.")]})
    check_may_reopen(submission.reopenings)
    consent = consents.live_consent(
        session,
        submission.firm_id,
        submission.lender_organisation_id,
        Purpose.PRE_LOAN,
        for_id=submission.public_id,
    )
    if consent is None:
        raise RuleRefused(
            "no_live_consent",
            Words(
                "企业的授权已失效，不能重新审核。",
                "The firm’s consent is no longer live, so it cannot be reopened.",
            ),
        )
    application = submission.application
    if application.state == ApplicationState.CLOSED:
        move(session, application, APPLICATION, "resume")
    take_step(session, actor, submission, "reopen", reason=reason, reopenings=submission.reopenings + 1)
    announcing.announce(session, submission, "reopen")
    return submission


def _decide(
    session: Session, actor: Actor, submission: Submission, step: str, *, codes: Sequence[Reason], text: str
) -> None:
    reasons.check_reasons(codes, text)
    take_step(session, actor, submission, step, reason=text)
    session.add(
        Decision(
            submission_id=submission.id,
            step=step,
            reasons=[code.value for code in codes],
            text=text.strip(),
            decided_by_id=actor.user_id,
        )
    )
    session.flush()
    session.refresh(submission, ["decisions"])
    announcing.announce(session, submission, step, reasons=reasons.said(codes).as_json())
