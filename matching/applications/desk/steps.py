"""The decision panel: which steps are this officer's now, and the form of the one that was opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, url_for

from creditbridge.access import persons
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.schemas import Schema
from creditbridge.store import unit
from lenders.institutions import service as institutions
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType, PublishedProduct
from matching.applications import lookup, offering, reviewing
from matching.applications.clocks import service_of
from matching.applications.desk import tables
from matching.applications.desk.schemas import (
    AssignForm,
    ConflictForm,
    ReasonForm,
    ReasonsForm,
    SupplementForm,
    TermsForm,
    TransferForm,
    fees_shown,
    terms_shown,
)
from matching.applications.model import Offer, Submission, SubmissionEvent
from matching.applications.reasons import REASON_WORDS
from matching.applications.rules import (
    OFFER_STATE_WORDS,
    OPEN_STATES,
    PURPOSE_WORDS,
    STEP_WORDS,
    SUBMISSION_STATE_TONES,
    SUBMISSION_STATE_WORDS,
    SUPPLEMENT_STATE_WORDS,
    OfferState,
    Purpose,
    steps_for,
)
from matching.approvals import service as approvals
from matching.conflicts import service as conflicts
from matching.conflicts.rules import NAMED_WORDS, RELATION_WORDS, Relation, keep_away

DEFAULT_VALID_DAYS = 14
DEFAULT_DEADLINE_DAYS = 7


@dataclass(frozen=True, slots=True)
class StepForm:
    """A step that asks for something: its schema, its title and button, and how the button looks."""

    schema: type[Schema]
    title: Words
    button: Words
    style: str = "primary"


FORMS: Mapping[str, StepForm] = {
    "not_accept": StepForm(
        ReasonsForm, Words("不予受理", "Do not accept"), Words("确认不予受理", "Do not accept"), "danger"
    ),
    "request_supplement": StepForm(
        SupplementForm, Words("要求补充材料", "Ask for documents"), Words("发给企业", "Send to the firm")
    ),
    "propose_terms": StepForm(
        TermsForm, Words("拟定授信方案", "Propose terms"), Words("提交审批", "Submit for approval")
    ),
    "reject": StepForm(ReasonsForm, Words("拒绝申请", "Reject"), Words("确认拒绝", "Reject"), "danger"),
    "return_terms": StepForm(
        ReasonForm, Words("退回方案", "Return the terms"), Words("退回审核员", "Return to the reviewer")
    ),
    "reopen": StepForm(ReasonForm, Words("重新审核", "Reopen"), Words("重新审核", "Reopen")),
    "assign": StepForm(AssignForm, Words("分配经办人", "Assign an officer"), Words("分配", "Assign")),
    "transfer": StepForm(TransferForm, Words("转办理网点", "Move to another branch"), Words("转办", "Move")),
}
"""Steps with a form. The others are one button."""

BUTTONS: Mapping[str, Words] = {
    "accept": Words("受理申请", "Accept the application"),
    "start_review": Words("开始审核", "Start the review"),
    "approve_terms": Words("审批通过并发给企业", "Approve and send to the firm"),
    "close": Words("办结", "Close"),
}
ENDPOINTS: Mapping[str, str] = {step: f"lender_decisions.{step}" for step in (*FORMS, *BUTTONS)}
GRANT_PAGE = "lender_lines.record"
"""Signing and recording the grant is the page of credit lines, a room above; it takes ``submission_id``."""


def panel(actor: Actor, submission: Submission, opened: str) -> dict[str, Any]:
    """What both the application's page and a form that was refused show of the submission and its steps."""
    session = unit.session()
    available = available_steps(actor, submission)
    step = opened if opened in available and opened in FORMS else ""
    product = offering.product_of(session, submission)
    people = reviewing.people_by_id(session, {submission.officer_id} if submission.officer_id else set())
    return {
        "submission": submission,
        "state_words": SUBMISSION_STATE_WORDS[submission.state_now],
        "state_tone": SUBMISSION_STATE_TONES[submission.state_now],
        "service": service_of(submission.decision_clock, submission.state_now, clock.now()),
        "product": product,
        "purpose": PURPOSE_WORDS[Purpose(submission.purpose)],
        "officer": people.get(submission.officer_id) if submission.officer_id else None,
        "branch": _branch(submission),
        "offer": submission.current_offer,
        "offer_words": OFFER_STATE_WORDS,
        "method_words": REPAYMENT_METHOD_WORDS,
        "guarantee_words": GUARANTEE_TYPE_WORDS,
        "supplement_words": SUPPLEMENT_STATE_WORDS,
        "reason_words": REASON_WORDS,
        "events": [timeline_event(event) for event in lookup.timeline(session, submission, for_firm=False)],
        "available": available,
        "own_terms": own_terms(actor, submission),
        "approved_before": approved_before(actor, submission),
        "approvals": approvals_of(submission),
        **conflict_part(actor, submission),
        "may_note": actor.has_role(*reviewing.OFFICERS) and interest_in(actor, submission) is None,
        "buttons_now": {key: BUTTONS[key] for key in available if key in BUTTONS},
        "forms": {key: FORMS[key] for key in available if key in FORMS},
        "grant_url": _grant_url(submission) if "record_grant" in available else None,
        "step_endpoints": ENDPOINTS,
        "kept": tables.kept_filters(),
        "step": step,
        "form": fresh_form(step, submission, product) if step else None,
        **choices(actor, submission, product, step),
    }


def available_steps(actor: Actor, submission: Submission) -> list[str]:
    """The life cycle's steps for this role and state, and what changes no state while it is in flight.

    Whoever has an interest in the firm has none.
    """
    if interest_in(actor, submission) is not None:
        return []
    found = steps_for(actor.role, submission.state_now)
    if own_terms(actor, submission):
        found = [step for step in found if step not in ("approve_terms", "return_terms", "reject")]
    elif approved_before(actor, submission):
        found = [step for step in found if step != "approve_terms"]
    if submission.state_now in OPEN_STATES and actor.has_role(*reviewing.OFFICERS):
        found += ["assign", "transfer"]
    return found


def own_terms(actor: Actor, submission: Submission) -> bool:
    """Whether the terms that wait were proposed by this very person: somebody else has to decide."""
    offer = _offer_to_decide(actor, submission)
    return offer is not None and persons.is_any_of(unit.session(), actor.user_id, [offer.proposed_by_id])


def approved_before(actor: Actor, submission: Submission) -> bool:
    """Whether this very person gave the first of two approvals."""
    offer = _offer_to_decide(actor, submission)
    return offer is not None and persons.is_any_of(
        unit.session(), actor.user_id, [offer.first_approved_by_id]
    )


def approvals_of(submission: Submission) -> dict[str, int] | None:
    """How many approvals the terms that wait need and have; None where no terms wait."""
    offer = submission.current_offer
    if offer is None or offer.state != OfferState.PROPOSED:
        return None
    needed = approvals.approvals_needed(unit.session(), submission.lender_organisation_id, offer.amount_fen)
    return {"needed": needed, "given": int(offer.first_approved_by_id is not None)}


def interest_in(actor: Actor, submission: Submission) -> Relation | None:
    """What ties this officer to the firm, if anything is known to."""
    return conflicts.relation_of(
        unit.session(), actor.user_id, submission.firm_id, phones=(submission.contact_phone,)
    )


def conflict_part(actor: Actor, submission: Submission, form: Form | None = None) -> dict[str, Any]:
    """What the page says of conflicts of interest, and the form to declare one."""
    session = unit.session()
    interest = interest_in(actor, submission)
    approver = actor.has_role(Role.LENDER_APPROVER)
    return {
        "keep_away": keep_away(interest) if interest is not None else None,
        "conflicts": [
            {
                "row": row,
                "relation": RELATION_WORDS[row.relation_now],
                "named": NAMED_WORDS[row.named],
            }
            for row in conflicts.about_firm(session, actor, submission.firm_id)
        ],
        "conflict_form": form or Form(ConflictForm),
        "may_declare": actor.has_role(*reviewing.OFFICERS),
        "may_lift": approver and interest is None,
        "colleagues": [(user.public_id, user.name) for user in reviewing.colleagues(session, actor)]
        if approver
        else [],
    }


def _offer_to_decide(actor: Actor, submission: Submission) -> Offer | None:
    offer = submission.current_offer
    if offer is None or offer.state != OfferState.PROPOSED or not actor.has_role(*reviewing.OFFICERS):
        return None
    return offer


def fresh_form(step: str, submission: Submission, product: PublishedProduct) -> Form:
    """A step's form, filled with what is likely."""
    return Form(FORMS[step].schema, _likely(step, submission, product))


def choices(actor: Actor, submission: Submission, product: PublishedProduct, step: str) -> dict[str, Any]:
    """What the opened form lets choose from."""
    session = unit.session()
    if step == "assign":
        free = [user for user in reviewing.officers(session, actor) if _may_handle(user.id, submission)]
        return {"officers": [(user.public_id, user.name) for user in free]}
    if step == "transfer":
        branches = institutions.branches_of(session, submission.lender_id, active_only=True)
        return {
            "branches": [(row.public_id, row.words) for row in branches if row.id != submission.branch_id]
        }
    if step == "propose_terms":
        methods = product.terms.repayment_methods or tuple(RepaymentMethod)
        guarantees = product.terms.guarantee_types or tuple(GuaranteeType)
        return {
            "methods": [(row.value, REPAYMENT_METHOD_WORDS[row]) for row in methods],
            "guarantees": [(row.value, GUARANTEE_TYPE_WORDS[row]) for row in guarantees],
        }
    return {}


def _may_handle(user_id: int, submission: Submission) -> bool:
    relation = conflicts.relation_of(
        unit.session(), user_id, submission.firm_id, phones=(submission.contact_phone,)
    )
    return relation is None


def timeline_event(event: SubmissionEvent) -> dict[str, Any]:
    """One step as the timeline shows it."""
    return {"at": event.at, "title": STEP_WORDS[event.step], "text": event.reason, "who": event.who}


def back_to(submission_id: str) -> str:
    """The application's page with the filters kept."""
    return url_for("lender_applications.show", submission_id=submission_id, **tables.kept_filters())


def _likely(step: str, submission: Submission, product: PublishedProduct) -> dict[str, Any]:
    if step == "request_supplement":
        return {"deadline": clock.today() + timedelta(days=DEFAULT_DEADLINE_DAYS)}
    if step != "propose_terms":
        return {}
    valid_until = clock.today() + timedelta(days=DEFAULT_VALID_DAYS)
    offer = submission.current_offer
    if offer is not None:
        return {**terms_shown(offering.terms_of(offer)), "expires_on": valid_until}
    return {
        "amount_fen": submission.applied_fen,
        "term_months": submission.term_months,
        "fees": fees_shown(product.terms.fees),
        "expires_on": valid_until,
    }


def _grant_url(submission: Submission) -> str | None:
    if GRANT_PAGE not in current_app.view_functions:
        return None
    return url_for(GRANT_PAGE, submission_id=submission.public_id)


def _branch(submission: Submission) -> Words | None:
    if submission.branch_id is None:
        return None
    rows = institutions.branches_of(unit.session(), submission.lender_id)
    return next((row.words for row in rows if row.id == submission.branch_id), None)
