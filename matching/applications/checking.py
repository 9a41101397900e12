"""A reviewer checks what the firm reported of itself, under the consent of the application it is reviewed for."""

from __future__ import annotations

from sqlalchemy.orm import Session

from borrowers.documents.model import Document
from borrowers.reported_facts import service as reported_facts
from borrowers.reported_facts.model import ReportedFact
from borrowers.reported_facts.rules import ReportState
from creditbridge.access.rules import Actor
from creditbridge.disclosure import consents
from creditbridge.disclosure.door import NO_CONSENT
from creditbridge.disclosure.rules import Purpose
from creditbridge.disclosure.scopes import scope_of_fact
from creditbridge.facts.catalogue import Sensitivity, catalogue
from creditbridge.kernel.errors import NotAllowed, NotFound
from creditbridge.kernel.words import Words
from matching.applications import announcing
from matching.applications.lookup import submission_of_lender
from matching.applications.model import Submission
from matching.applications.stepping import check_officer, note_event

REPORT = Words("自报信息", "reported fact")


def confirm_fact(session: Session, actor: Actor, submission_id: str, report_id: str) -> Submission:
    """Say that a fact the firm reported of itself is as it says.

    Raises:
        NotFound: no such submission of this lender, or no such report of its firm that stands.
        NotAllowed: the actor is neither reviewer nor approver, the lender may not work now, or this application's
            consent is not live or does not cover the fact.
        Conflict: it is confirmed, replaced or withdrawn already.
    """
    submission, report = report_of(session, actor, submission_id, report_id)
    reported_facts.confirm(session, actor, report.public_id)
    _tell(session, actor, submission, "confirm_fact", report.fact)
    return submission


def refuse_fact(
    session: Session, actor: Actor, submission_id: str, report_id: str, *, reason: str
) -> Submission:
    """Say that a fact the firm reported does not agree with its evidence; it counts no more, and the firm is told why.

    Raises:
        NotFound, NotAllowed, Conflict: as :func:`confirm_fact`.
        InvalidInput: no reason.
    """
    submission, report = report_of(session, actor, submission_id, report_id)
    reported_facts.refuse(session, actor, report.public_id, reason)
    _tell(session, actor, submission, "refuse_fact", report.fact, reason=reason.strip())
    return submission


def report_of(
    session: Session, actor: Actor, submission_id: str, report_id: str
) -> tuple[Submission, ReportedFact]:
    """A report of the firm that stands, beside the application under whose consent it is checked.

    Raises:
        NotFound, NotAllowed: as :func:`confirm_fact`.
    """
    submission = submission_of_lender(session, actor, submission_id)
    check_officer(session, actor, submission)
    standing = reported_facts.current_reports(session, submission.firm_id).values()
    report = next((row for row in standing if row.public_id == report_id), None)
    if report is None:
        raise NotFound(REPORT)
    if not _covers(session, submission, report.fact):
        raise NotAllowed("no_live_consent", NO_CONSENT)
    return submission, report


def open_reports(session: Session, submission: Submission) -> dict[str, ReportedFact]:
    """The firm's reports that nobody has checked yet and that this application's consent covers, by fact."""
    return {
        code: report
        for code, report in reported_facts.current_reports(session, submission.firm_id).items()
        if report.state == ReportState.REPORTED and _covers(session, submission, code)
    }


def is_evidence(session: Session, submission: Submission, document: Document) -> bool:
    """Whether a document of the firm proves a fact that this application's consent covers."""
    return any(
        report.document_id == document.id and _covers(session, submission, code)
        for code, report in reported_facts.current_reports(session, submission.firm_id).items()
    )


def _covers(session: Session, submission: Submission, fact: str) -> bool:
    consent = consents.live_consent(
        session,
        submission.firm_id,
        submission.lender_organisation_id,
        Purpose.PRE_LOAN,
        for_id=submission.public_id,
    )
    if consent is None:
        return False
    scope = scope_of_fact(fact)
    is_public = catalogue()[fact].sensitivity is Sensitivity.PUBLIC
    return is_public or (scope is not None and scope.value in consent.scope)


def _tell(
    session: Session, actor: Actor, submission: Submission, step: str, fact: str, *, reason: str = ""
) -> None:
    name = catalogue()[fact].name
    note_event(session, actor, submission, step, f"{name.zh}：{reason}" if reason else name.zh)
    announcing.announce(session, submission, step, fact=name.as_json(), reason=reason)
