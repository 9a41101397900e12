"""The lender's side of applications as JSON: the queue, the firm's data through the door, and every decision."""

from __future__ import annotations

from typing import Any

from flask import Response

from borrowers.documents import service as documents
from creditbridge.access.guard import current_actor
from creditbridge.disclosure.rules import LookKind
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, encode_cursor, number_after
from creditbridge.pages.downloads import download
from creditbridge.store import unit
from matching.applications import (
    checking,
    conflicting,
    deciding,
    granting,
    lookup,
    offering,
    queue,
    reviewing,
    supplementing,
)
from matching.applications.desk import credit
from matching.applications.desk.api_schemas import (
    EXAMPLE_REASONS,
    EXAMPLE_REQUEST,
    EXAMPLE_TERMS,
    AssignBody,
    ConflictBody,
    DeskAnswer,
    DisclosedFirmAnswer,
    LenderReasonBody,
    QueueAnswer,
    QueueQuery,
    ReasonsBody,
    RequestBody,
    TermsBody,
    TransferBody,
)
from matching.applications.desk.api_showing import desk_shown, disclosed, queue_shown, terms_taken
from matching.applications.queue import Filters

blueprint = Blueprint("api_review", __name__, description="申请审核 Review of applications by the lender")

ONE = "/lender/submissions/<public_id:submission_id>"


@blueprint.reading("/lender/submissions", asks=QueueQuery, answers=page_schema(QueueAnswer))
def submissions(asked: dict[str, Any]) -> dict[str, Any]:
    """List the submissions made to your lender, the oldest first."""
    filters = Filters(
        whose=asked["whose"],
        state=asked["state"],
        branch_id=asked["branch"],
        officer_id=asked["officer"],
        text=asked["q"],
        open_only=not asked["ended"],
    )
    rows, after = queue.page_of(
        unit.session(), current_actor(), filters, cursor=number_after(asked["cursor"]), limit=asked["limit"]
    )
    return {"items": [queue_shown(row) for row in rows], "next_cursor": encode_cursor(after)}


@blueprint.reading(ONE, answers=DeskAnswer)
def submission(submission_id: str) -> dict[str, Any]:
    """Show one submission, without the firm's data."""
    return _shown(submission_id)


@blueprint.reading(f"{ONE}/firm", answers=DisclosedFirmAnswer, ruled=True)
def firm(submission_id: str) -> dict[str, Any]:
    """Look at the firm's data under the submission's consent.

    Every call writes an entry in the firm's access ledger before it answers. Without a live consent it is refused.
    """
    actor = current_actor()
    found = lookup.submission_of_lender(unit.session(), actor, submission_id)
    return disclosed(found, credit.look(unit.database(), actor, found))


@blueprint.reading(f"{ONE}/documents/<public_id:document_id>/content", answers=None, ruled=True)
def document(submission_id: str, document_id: str) -> Response:
    """Download a document handed in with the submission; the firm sees in its ledger who opened which."""
    session, actor = unit.session(), current_actor()
    found = lookup.submission_of_lender(session, actor, submission_id)
    held = documents.document(session, found.firm_id, document_id)
    handed_in = any(row.document_id == held.id for row in found.documents)
    if not handed_in and not checking.is_evidence(session, found, held):
        raise NotFound(Words("材料", "document"))
    credit.look(unit.database(), actor, found, kind=LookKind.DOCUMENT, items=(held.public_id,))
    return download(documents.content(session, unit.files(), held), held.media_type, held.file_name)


@blueprint.changing(f"{ONE}/accept", answers=DeskAnswer)
def accept(submission_id: str) -> dict[str, Any]:
    """Take a submission up; whoever accepts it handles it."""
    reviewing.accept(unit.session(), current_actor(), submission_id)
    return _shown(submission_id)


@blueprint.changing(f"{ONE}/not-accept", takes=ReasonsBody, answers=DeskAnswer, example=EXAMPLE_REASONS)
def not_accept(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Refuse to take a submission up, with coded reasons the firm is told."""
    session, actor = unit.session(), current_actor()
    deciding.not_accept(session, actor, submission_id, codes=body["reasons"], text=body["text"])
    return _shown(submission_id)


@blueprint.changing(f"{ONE}/start-review", answers=DeskAnswer)
def start_review(submission_id: str) -> dict[str, Any]:
    """Begin to review an accepted submission."""
    reviewing.start_review(unit.session(), current_actor(), submission_id)
    return _shown(submission_id)


@blueprint.changing(
    f"{ONE}/assign", takes=AssignBody, answers=DeskAnswer, example={"officer": "7rq2f0v8k3m5n1x9t4ba"}
)
def assign(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Give a submission to an officer of your lender."""
    reviewing.assign(unit.session(), current_actor(), submission_id, body["officer"])
    return _shown(submission_id)


@blueprint.changing(
    f"{ONE}/transfer",
    takes=TransferBody,
    answers=DeskAnswer,
    example={"branch": "7rq2f0v8k3m5n1x9t4ba", "reason": "企业在该网点服务区域内。"},
)
def transfer(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Move a submission to another branch of your lender."""
    reviewing.transfer(unit.session(), current_actor(), submission_id, body["branch"], body["reason"])
    return _shown(submission_id)


@blueprint.changing(
    f"{ONE}/request-supplement", takes=RequestBody, answers=DeskAnswer, example=EXAMPLE_REQUEST
)
def request_supplement(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Ask the firm for documents or explanations; the decision clock stands still until it answers."""
    supplementing.request_supplement(unit.session(), current_actor(), submission_id, **body)
    return _shown(submission_id)


@blueprint.changing(f"{ONE}/propose-terms", takes=TermsBody, answers=DeskAnswer, example=EXAMPLE_TERMS)
def propose_terms(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Put terms before a second officer."""
    offering.propose_terms(unit.session(), current_actor(), submission_id, terms_taken(body))
    return _shown(submission_id)


@blueprint.changing(f"{ONE}/approve-terms", answers=DeskAnswer)
def approve_terms(submission_id: str) -> dict[str, Any]:
    """Approve the terms as second officer; only then does the firm see the offer.

    Above your lender's limit two approvers have to: `approvals` says how many are needed and given.
    """
    offering.approve_terms(unit.session(), current_actor(), submission_id)
    return _shown(submission_id)


@blueprint.changing(
    f"{ONE}/return-terms", takes=LenderReasonBody, answers=DeskAnswer, example={"reason": "利率请再核算。"}
)
def return_terms(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Return the terms to the reviewer."""
    offering.return_terms(unit.session(), current_actor(), submission_id, reason=body["reason"])
    return _shown(submission_id)


@blueprint.changing(f"{ONE}/reject", takes=ReasonsBody, answers=DeskAnswer, example=EXAMPLE_REASONS)
def reject(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Reject a submission with coded reasons the firm is told."""
    session, actor = unit.session(), current_actor()
    deciding.reject(session, actor, submission_id, codes=body["reasons"], text=body["text"])
    return _shown(submission_id)


@blueprint.changing(
    f"{ONE}/reopen", takes=LenderReasonBody, answers=DeskAnswer, example={"reason": "企业补充了担保。"}
)
def reopen(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Take a rejected submission back into review, once."""
    deciding.reopen(unit.session(), current_actor(), submission_id, reason=body["reason"])
    return _shown(submission_id)


@blueprint.changing(
    f"{ONE}/declare-conflict",
    takes=ConflictBody,
    answers=DeskAnswer,
    example={"relation": "relative", "note": "", "officer": None},
)
def declare_conflict(body: dict[str, Any], submission_id: str) -> dict[str, Any]:
    """Declare an interest in the firm: your own, or as approver a colleague's. That person then takes no step."""
    conflicting.declare(
        unit.session(),
        current_actor(),
        submission_id,
        relation=body["relation"],
        note=body["note"],
        officer_id=body["officer"],
    )
    return _shown(submission_id)


@blueprint.changing(f"{ONE}/close", answers=DeskAnswer)
def close(submission_id: str) -> dict[str, Any]:
    """Close a granted submission."""
    granting.close(unit.session(), current_actor(), submission_id)
    return _shown(submission_id)


def _shown(submission_id: str) -> dict[str, Any]:
    session = unit.session()
    session.flush()
    return desk_shown(lookup.submission_of_lender(session, current_actor(), submission_id))
