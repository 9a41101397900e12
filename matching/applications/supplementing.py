"""Asking the firm for more documents, with a deadline, and the firm's answer; the decision clock stands still between."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from borrowers.documents import service as documents
from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from matching.applications import announcing, clocks
from matching.applications.lookup import submission_of_firm, submission_of_lender
from matching.applications.model import Submission, SubmissionDocument, SupplementRequest
from matching.applications.rules import MAX_SUPPLEMENT_ITEMS, SUPPLEMENT
from matching.applications.stepping import take_step

LONGEST_DAYS = 60
MAX_ANSWER = 1000


def request_supplement(
    session: Session,
    actor: Actor,
    submission_id: str,
    *,
    items: Sequence[str],
    deadline: date,
    note: str = "",
) -> SupplementRequest:
    """Ask the firm for documents or explanations until a legal date, which counts as the last day.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        InvalidInput: no items or too many, or a deadline that is past or too far off.
    """
    submission = submission_of_lender(session, actor, submission_id)
    kept = [item.strip() for item in items if item.strip()]
    _check_request(kept, deadline)
    take_step(session, actor, submission, "request_supplement", reason=note)
    request = SupplementRequest(
        submission_id=submission.id, items=kept, deadline=deadline, note=note, asked_by_id=actor.user_id
    )
    session.add(request)
    session.flush()
    session.refresh(submission, ["supplements"])
    announcing.announce(
        session, submission, "request_supplement", due_on=deadline, deadline=deadline.isoformat()
    )
    return request


def answer_supplement(
    session: Session, actor: Actor, submission_id: str, *, answer: str = "", document_ids: Sequence[str] = ()
) -> Submission:
    """The firm supplies what was asked for: documents of its own, a text, or both.

    Raises:
        NotFound: there is no such submission or document of this firm.
        NotAllowed, Conflict: see :func:`~matching.applications.stepping.take_step`.
        InvalidInput: neither a document nor a text.
    """
    submission = submission_of_firm(session, actor, submission_id)
    text = answer.strip()
    if len(text) > MAX_ANSWER or not (text or document_ids):
        words = Words(
            "请上传材料或填写说明（不超过 {most} 字）。",
            "Add a document, or explain in at most {most} characters.",
        )
        raise InvalidInput({"answer": [words.fill(most=MAX_ANSWER)]})
    request = submission.open_supplement
    handed_in = [documents.document(session, submission.firm_id, document_id) for document_id in document_ids]
    take_step(session, actor, submission, "answer_supplement", reason=text)
    assert request is not None
    move(session, request, SUPPLEMENT, "answer", answered_at=clock.now(), answer=text)
    held = {(row.document_id, row.material_code) for row in submission.documents}
    for document in handed_in:
        code = f"supplement-{len(submission.supplements)}"
        if (document.id, code) not in held:
            held.add((document.id, code))
            submission.documents.append(
                SubmissionDocument(document_id=document.id, material_code=code, supplement_id=request.id)
            )
    due = clocks.target_date(submission.decision_clock, clocks.DECIDE_WITHIN, clock.now())
    announcing.announce(session, submission, "answer_supplement", due_on=due)
    return submission


def _check_request(items: Sequence[str], deadline: date) -> None:
    problems = {}
    if not 1 <= len(items) <= MAX_SUPPLEMENT_ITEMS:
        words = Words("请列出 1 至 {most} 项材料。", "List one to {most} things.").fill(
            most=MAX_SUPPLEMENT_ITEMS
        )
        problems["items"] = [words]
    today = clock.today()
    if not today < deadline <= today + timedelta(days=LONGEST_DAYS):
        words = Words(
            "截止日期应在明天至 {days} 天内。",
            "The deadline must lie between tomorrow and {days} days from now.",
        )
        problems["deadline"] = [words.fill(days=LONGEST_DAYS)]
    if problems:
        raise InvalidInput(problems)
