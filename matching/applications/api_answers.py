"""Parts of answers about submissions that both sides read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creditbridge.pages.answers import (
    Answer,
    CodeAnswer,
    Day,
    Fen,
    Moment,
    Name,
    Number,
    OneOf,
    Part,
    Parts,
    Ppm,
    Ref,
    Said,
    coded,
)
from lenders.directory.schemas import FeeAnswer
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType
from matching.applications.reasons import REASONS, Reason
from matching.applications.rules import (
    PURPOSE_WORDS,
    STEP_WORDS,
    SUBMISSION_STATE_WORDS,
    OfferState,
    Purpose,
    SubmissionState,
    SupplementState,
)

if TYPE_CHECKING:
    from matching.applications.model import Decision, Offer, Submission, SubmissionEvent, SupplementRequest


class SubmissionRefAnswer(Answer):
    """A submission as lists show it."""

    id = Ref()
    application_id = Ref()
    product = Said("The product's name when it was applied for.")
    lender = Said("The lender's name when it was applied to.")
    state = OneOf(SubmissionState)
    state_words = Said()
    applied_fen = Fen("Applied for.")
    offered_fen = Fen("Offered.", allow_none=True)
    accepted_fen = Fen("Accepted by the firm.", allow_none=True)
    granted_fen = Fen("Granted.", allow_none=True)
    term_months = Number("Applied for, in months.")
    purpose = OneOf(Purpose)
    purpose_words = Said()
    started_at = Moment()
    decided_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)


class OfferAnswer(Answer):
    """One version of an offer."""

    id = Ref()
    number = Number()
    state = OneOf(OfferState)
    amount_fen = Fen()
    annual_rate_ppm = Ppm("Yearly.")
    term_months = Number()
    repayment_method = OneOf(RepaymentMethod)
    guarantee_type = OneOf(GuaranteeType)
    fees = Parts(FeeAnswer)
    conditions = Name()
    apr_ppm = Ppm("The true yearly cost with fees and subsidies.")
    expires_on = Day("The last day on which the firm can accept.")
    answered_at = Moment(allow_none=True)
    answer_reason = Name()


class SupplementAnswer(Answer):
    """What a lender asked the firm to add."""

    id = Ref()
    state = OneOf(SupplementState)
    items = Parts(Name())
    note = Name()
    deadline = Day()
    answered_at = Moment(allow_none=True)
    answer = Name()


class ReasonAnswer(Answer):
    """A coded reason with what would help."""

    code = OneOf(Reason)
    words = Said()
    advice = Said()


class DecisionAnswer(Answer):
    """A decision against a submission."""

    step = Name("`not_accept` or `reject`.")
    reasons = Parts(ReasonAnswer)
    text = Name()
    at = Moment()


class EventAnswer(Answer):
    """A step on the timeline."""

    at = Moment()
    step = Part(CodeAnswer)
    state = OneOf(SubmissionState, "After the step.")
    who = Name()
    reason = Name()


def submission_shown(row: Submission) -> dict[str, Any]:
    """What both sides see of a submission in a list."""
    purpose = Purpose(row.purpose)
    return {
        "id": row.public_id,
        "application_id": row.application.public_id,
        "product": row.product,
        "lender": row.lender,
        "state": row.state,
        "state_words": SUBMISSION_STATE_WORDS[row.state_now],
        "applied_fen": row.applied_fen,
        "offered_fen": row.offered_fen,
        "accepted_fen": row.accepted_fen,
        "granted_fen": row.granted_fen,
        "term_months": row.term_months,
        "purpose": purpose,
        "purpose_words": PURPOSE_WORDS[purpose],
        "started_at": row.started_at,
        "decided_at": row.decided_at,
        "ended_at": row.ended_at,
    }


def offer_shown(offer: Offer) -> dict[str, Any]:
    return {
        "id": offer.public_id,
        "number": offer.number,
        "state": offer.state,
        "amount_fen": offer.amount_fen,
        "annual_rate_ppm": offer.annual_rate_ppm,
        "term_months": offer.term_months,
        "repayment_method": offer.repayment_method,
        "guarantee_type": offer.guarantee_type,
        "fees": offer.fees,
        "conditions": offer.conditions,
        "apr_ppm": offer.apr_ppm,
        "expires_on": offer.expires_on,
        "answered_at": offer.answered_at,
        "answer_reason": offer.answer_reason,
    }


def supplement_shown(request: SupplementRequest) -> dict[str, Any]:
    return {
        "id": request.public_id,
        "state": request.state,
        "items": request.items,
        "note": request.note,
        "deadline": request.deadline,
        "answered_at": request.answered_at,
        "answer": request.answer,
    }


def decision_shown(decision: Decision) -> dict[str, Any]:
    reasons = [(Reason(code), REASONS[Reason(code)]) for code in decision.reasons]
    return {
        "step": decision.step,
        "reasons": [{"code": code, "words": said.words, "advice": said.advice} for code, said in reasons],
        "text": decision.text,
        "at": decision.created_at,
    }


def event_shown(event: SubmissionEvent) -> dict[str, Any]:
    return {
        "at": event.at,
        "step": coded(event.step, STEP_WORDS),
        "state": event.state,
        "who": event.who,
        "reason": event.reason,
    }
