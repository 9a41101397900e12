"""The firm's side of applications as JSON: draft, documents, sending, following, answering offers."""

from __future__ import annotations

from typing import Any

from flask import url_for

from creditbridge.access.guard import current_actor
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, Paging, encode_cursor, number_after
from creditbridge.store import unit
from matching.applications import (
    conflicting,
    drafting,
    lookup,
    offering,
    rematching,
    submitting,
    supplementing,
    withdrawing,
)
from matching.applications.applicant.api_schemas import (
    EXAMPLE_ATTACH,
    EXAMPLE_NEED,
    EXAMPLE_PRODUCTS,
    EXAMPLE_SUBMIT,
    ApplicationAnswer,
    ApplicationRefAnswer,
    AttachBody,
    CheckAnswer,
    FirmReasonBody,
    NameConflictBody,
    NeedBody,
    OwnSubmissionAnswer,
    ProductsBody,
    RematchAnswer,
    SubmitBody,
    SupplementBody,
)
from matching.applications.applicant.api_showing import (
    application_ref,
    application_shown,
    check_shown,
    refitted_shown,
    submission_detail,
)
from matching.applications.drafting import Chosen, Need

blueprint = Blueprint("api_applications", __name__, description="贷款申请 A firm's applications")

ONE = "/applications/<public_id:application_id>"
SENT = "/submissions/<public_id:submission_id>"


@blueprint.reading("/applications", asks=Paging, answers=page_schema(ApplicationRefAnswer))
def applications(asked: dict[str, Any]) -> dict[str, Any]:
    """List your firm's applications, newest first."""
    rows, after = lookup.applications_of(
        unit.session(), current_actor(), cursor=number_after(asked["cursor"]), limit=asked["limit"]
    )
    return {"items": [application_ref(row) for row in rows], "next_cursor": encode_cursor(after)}


@blueprint.reading(ONE, answers=ApplicationAnswer)
def application(application_id: str) -> dict[str, Any]:
    """Show one application with its submissions."""
    return application_shown(lookup.application_of(unit.session(), current_actor(), application_id))


@blueprint.changing(
    "/applications", takes=NeedBody, answers=ApplicationAnswer, status=201, example=EXAMPLE_NEED
)
def start(body: dict[str, Any]) -> Any:
    """Start an application with what your firm needs."""
    session, actor = unit.session(), current_actor()
    draft = drafting.start_draft(session, actor)
    drafting.save_need(session, actor, draft.public_id, Need(**body))
    address = url_for("api_applications.application", application_id=draft.public_id)
    return _draft(draft.public_id), 201, {"Location": address}


@blueprint.changing(
    f"{ONE}/need", method="PUT", takes=NeedBody, answers=ApplicationAnswer, example=EXAMPLE_NEED
)
def save_need(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Replace what your firm needs in a draft."""
    drafting.save_need(unit.session(), current_actor(), application_id, Need(**body))
    return _draft(application_id)


@blueprint.changing(
    f"{ONE}/products", method="PUT", takes=ProductsBody, answers=ApplicationAnswer, example=EXAMPLE_PRODUCTS
)
def choose_products(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Choose the products to apply to."""
    chosen = [Chosen(row["product_id"], row["branch_id"]) for row in body["products"]]
    drafting.choose_products(unit.session(), current_actor(), application_id, chosen)
    return _draft(application_id)


@blueprint.changing(f"{ONE}/documents", takes=AttachBody, answers=ApplicationAnswer, example=EXAMPLE_ATTACH)
def attach(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Put one of your firm's documents to a draft."""
    session, actor = unit.session(), current_actor()
    drafting.attach_document(session, actor, application_id, body["document_id"], body["material_code"])
    return _draft(application_id)


@blueprint.reading(f"{ONE}/check", answers=CheckAnswer)
def check(application_id: str) -> dict[str, Any]:
    """Check a draft before it is sent: verdicts, what is in the way, and the consents to be signed."""
    return check_shown(lookup.application_of(unit.session(), current_actor(), application_id))


@blueprint.changing(f"{ONE}/submit", takes=SubmitBody, answers=ApplicationAnswer, example=EXAMPLE_SUBMIT)
def submit(body: dict[str, Any], application_id: str) -> dict[str, Any]:
    """Send the application: the owner signs one consent for each lender."""
    submitting.submit(unit.session(), current_actor(), application_id, **body)
    return _draft(application_id)


@blueprint.changing(f"{ONE}/discard", answers=ApplicationAnswer)
def discard(application_id: str) -> dict[str, Any]:
    """Throw a draft away; it stays in the list as closed."""
    drafting.discard(unit.session(), current_actor(), application_id)
    return _draft(application_id)


@blueprint.reading(SENT, answers=OwnSubmissionAnswer)
def submission(submission_id: str) -> dict[str, Any]:
    """Follow one submission: state, offer, what the lender waits for, every step."""
    return _submission(submission_id)


@blueprint.changing(
    f"{SENT}/withdraw", takes=FirmReasonBody, answers=OwnSubmissionAnswer, example={"reason": "资金已到位。"}
)
def withdraw(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Withdraw a submission before the grant; its consent ends."""
    withdrawing.withdraw(unit.session(), current_actor(), submission_id, reason=body["reason"])
    return _submission(submission_id)


@blueprint.changing(f"{SENT}/accept-offer", answers=OwnSubmissionAnswer)
def accept_offer(submission_id: str) -> dict[str, Any]:
    """Accept the offer; the other open submissions of the application are superseded."""
    offering.accept_offer(unit.session(), current_actor(), submission_id)
    return _submission(submission_id)


@blueprint.changing(
    f"{SENT}/decline-offer",
    takes=FirmReasonBody,
    answers=OwnSubmissionAnswer,
    example={"reason": "利率偏高。"},
)
def decline_offer(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Decline the offer; the submission ends."""
    offering.decline_offer(unit.session(), current_actor(), submission_id, reason=body["reason"])
    return _submission(submission_id)


@blueprint.changing(
    f"{SENT}/renegotiate",
    takes=FirmReasonBody,
    answers=OwnSubmissionAnswer,
    example={"reason": "希望期限延长至 24 个月。"},
)
def renegotiate(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Ask for other terms; the review goes on and another offer may follow."""
    offering.renegotiate(unit.session(), current_actor(), submission_id, reason=body["reason"])
    return _submission(submission_id)


@blueprint.changing(
    f"{SENT}/answer-supplement",
    takes=SupplementBody,
    answers=OwnSubmissionAnswer,
    example={"answer": "已上传近三个月流水。", "document_ids": ["7rq2f0v8k3m5n1x9t4ba"]},
)
def answer_supplement(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Supply what the lender asked for."""
    supplementing.answer_supplement(
        unit.session(),
        current_actor(),
        submission_id,
        answer=body["answer"],
        document_ids=body["document_ids"],
    )
    return _submission(submission_id)


@blueprint.changing(f"{SENT}/rematch", answers=RematchAnswer)
def rematch(submission_id: str) -> dict[str, Any]:
    """Agree to be matched anew after a rejection: products that fit the same need, the best fit first."""
    session = unit.session()
    found = rematching.agree(session, current_actor(), submission_id)
    return {"items": [refitted_shown(row) for row in rematching.refitted(session, found)]}


@blueprint.changing(
    f"{SENT}/name-conflict",
    takes=NameConflictBody,
    answers=OwnSubmissionAnswer,
    example={"officer": "张伟", "relation": "relative", "note": ""},
)
def name_conflict(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Name somebody at the lender who has a tie to your firm; they keep away until the lender has looked into it."""
    conflicting.name_officer(unit.session(), current_actor(), submission_id, **body)
    return _submission(submission_id)


def _draft(application_id: str) -> dict[str, Any]:
    unit.session().flush()
    return application_shown(lookup.application_of(unit.session(), current_actor(), application_id))


def _submission(submission_id: str) -> dict[str, Any]:
    unit.session().flush()
    return submission_detail(lookup.submission_of_firm(unit.session(), current_actor(), submission_id))
