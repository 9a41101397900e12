"""Who is told of each step of a submission, and what they have to do next.

Each step first closes the to-dos both sides had about the submission, then puts the next ones before them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import Role
from creditbridge.notices import service as notices
from creditbridge.webhooks import telling
from creditbridge.webhooks.rules import Event
from matching.applications.model import Submission

FIRM_PAGE = "firm_applications.submission"
LENDER_PAGE = "lender_applications.show"
"""Endpoints of a submission's page; both take ``submission_id``, its public id."""

KIND = "submission"


class Audience(StrEnum):
    """For whom a notice is: at the lender who handles it (or the branch), or the approvers; at the firm all or the owner."""

    HANDLER = "handler"
    APPROVERS = "approvers"
    FIRM = "firm"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Message:
    kind: str
    audience: Audience
    todo: bool = False


_H, _A, _F, _O = Audience.HANDLER, Audience.APPROVERS, Audience.FIRM, Audience.OWNER

MESSAGES: Mapping[str, tuple[Message, ...]] = {
    "submit": (Message("submission.received", _H, todo=True),),
    "accept": (Message("submission.accepted", _F), Message("submission.to_review", _H, todo=True)),
    "not_accept": (Message("submission.not_accepted", _F),),
    "start_review": (
        Message("submission.review_started", _F),
        Message("submission.in_review", _H, todo=True),
    ),
    "request_supplement": (Message("submission.supplement_requested", _F, todo=True),),
    "answer_supplement": (Message("submission.supplement_answered", _H, todo=True),),
    "miss_supplement": (
        Message("submission.supplement_missed_firm", _F),
        Message("submission.supplement_missed_lender", _H),
    ),
    "propose_terms": (
        Message("submission.terms_proposed", _F),
        Message("submission.terms_to_approve", _A, todo=True),
    ),
    "first_approve": (Message("submission.terms_second_approval", _A, todo=True),),
    "return_terms": (
        Message("submission.review_continued", _F),
        Message("submission.terms_returned", _H, todo=True),
    ),
    "approve_terms": (Message("submission.offered", _O, todo=True),),
    "reject": (Message("submission.rejected", _F),),
    "accept_offer": (Message("submission.offer_accepted", _H, todo=True),),
    "decline_offer": (Message("submission.offer_declined", _H),),
    "renegotiate": (Message("submission.renegotiation_asked", _H, todo=True),),
    "expire_offer": (
        Message("submission.offer_lapsed_firm", _F),
        Message("submission.offer_lapsed_lender", _H),
    ),
    "supersede": (Message("submission.superseded", _H),),
    "withdraw": (Message("submission.withdrawn", _H),),
    "consent_revoked": (Message("submission.consent_revoked", _H),),
    "record_grant": (Message("submission.granted", _F),),
    "close": (Message("submission.closed", _F),),
    "reopen": (Message("submission.reopened_firm", _F), Message("submission.reopened_lender", _H, todo=True)),
    "assign": (Message("submission.assigned", _H),),
    "step_aside": (Message("submission.stepped_aside", _H),),
    "name_conflict": (Message("submission.conflict_named", _A),),
    "transfer": (Message("submission.transferred", _H),),
    "confirm_fact": (Message("reported_fact.confirmed", _F),),
    "refuse_fact": (Message("reported_fact.refused", _F),),
}
"""By step; ``consent_revoked`` is a withdrawal by revoking the consent."""


TOLD_TO_SYSTEMS: Mapping[str, Event] = {
    "submit": Event.SUBMISSION_RECEIVED,
    "answer_supplement": Event.SUBMISSION_SUPPLEMENTED,
    "accept_offer": Event.SUBMISSION_OFFER_ACCEPTED,
    "decline_offer": Event.SUBMISSION_OFFER_DECLINED,
    "expire_offer": Event.SUBMISSION_OFFER_EXPIRED,
    "renegotiate": Event.SUBMISSION_RENEGOTIATION,
    "withdraw": Event.SUBMISSION_WITHDRAWN,
    "consent_revoked": Event.SUBMISSION_WITHDRAWN,
    "supersede": Event.SUBMISSION_SUPERSEDED,
    "miss_supplement": Event.SUBMISSION_INCOMPLETE,
}
"""The steps of others that the lender's systems are told of; what its own officers did it knows."""


def announce(
    session: Session, submission: Submission, step: str, *, due_on: date | None = None, **params: Any
) -> None:
    """Put a step's notices before both sides. ``params`` fill the words beside firm, lender, product and amount."""
    filled = {
        "firm": submission.firm_name,
        "lender": submission.lender_name,
        "product": submission.product_name,
        "amount_fen": submission.applied_fen,
        **params,
    }
    for message in MESSAGES[step]:
        _put(session, submission, message, filled, due_on)
    if step in TOLD_TO_SYSTEMS:
        telling.tell(
            session,
            submission.lender_organisation_id,
            TOLD_TO_SYSTEMS[step],
            submission_id=submission.public_id,
            state=submission.state,
        )


def settle_todos(session: Session, submission: Submission) -> None:
    """Close what both sides had to do about a submission: its state has moved on."""
    for organisation_id in (submission.firm_organisation_id, submission.lender_organisation_id):
        notices.settle(session, (KIND, submission.public_id), organisation_id)


def hand_over_todos(session: Session, submission: Submission, step: str, params: Mapping[str, Any]) -> None:
    """Tell a new handler, who also gets the open to-do: the notice is one itself while the lender has to act."""
    open_before = notices.settle(session, (KIND, submission.public_id), submission.lender_organisation_id)
    filled = {"firm": submission.firm_name, "product": submission.product_name, **params}
    for message in MESSAGES[step]:
        _put(session, submission, Message(message.kind, message.audience, todo=open_before > 0), filled, None)


def _put(
    session: Session, submission: Submission, message: Message, params: Mapping[str, Any], due_on: date | None
) -> None:
    to_firm = message.audience in (_F, _O)
    notices.notify(
        session,
        organisation_id=submission.firm_organisation_id if to_firm else submission.lender_organisation_id,
        kind=message.kind,
        params=params,
        link=(FIRM_PAGE if to_firm else LENDER_PAGE, {"submission_id": submission.public_id}),
        todo=message.todo,
        subject=(KIND, submission.public_id),
        due_on=due_on if message.todo else None,
        **_addressees(submission, message.audience),
    )


def _addressees(submission: Submission, audience: Audience) -> dict[str, Any]:
    if audience is _A:
        return {"roles": [Role.LENDER_APPROVER]}
    if audience is _O:
        return {"roles": [Role.FIRM_OWNER]}
    if audience is _F:
        return {}
    if submission.officer_id is not None:
        return {"user_id": submission.officer_id}
    return {"roles": [Role.LENDER_REVIEWER], "branch_id": submission.branch_id}
