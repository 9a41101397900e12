"""The main job at service level: scenario 4 of the domain, and what the two sides are told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.disclosure.model import Consent
from creditbridge.kernel import clock
from creditbridge.notices import service as notices
from creditbridge.notices.service import Show
from creditbridge.store.audit import AuditEntry
from matching.applications import deciding, granting, lookup, offering, reviewing, supplementing
from matching.applications.reasons import Reason
from matching.applications.rules import SubmissionState
from tests.scene import WAN, Scene, submit_within, terms


def _into_review(session: Session, lender, submission) -> None:
    reviewing.accept(session, lender.reviewer, submission.public_id)
    reviewing.start_review(session, lender.reviewer, submission.public_id)


def _offer(session: Session, lender, submission, **changes: object) -> None:
    offering.propose_terms(session, lender.reviewer, submission.public_id, terms(**changes))
    offering.approve_terms(session, lender.approver, submission.public_id)


def test_one_application_to_three_lenders(scene: Scene, firm, session: Session) -> None:
    lenders = [scene.lender() for _ in range(3)]
    sent = submit_within(session, firm, [scene.product(lender) for lender in lenders])
    for lender, submission in zip(lenders, sent, strict=True):
        _into_review(session, lender, submission)
    asked, offered, rejected = sent
    supplementing.request_supplement(
        session,
        lenders[0].reviewer,
        asked.public_id,
        items=["近三个月流水"],
        deadline=clock.today() + timedelta(days=7),
    )
    _offer(session, lenders[1], offered)
    deciding.reject(
        session, lenders[2].reviewer, rejected.public_id, codes=[Reason.DEBT_TOO_HIGH, Reason.LITIGATION]
    )
    offering.accept_offer(session, firm.owner, offered.public_id)
    states = [SubmissionState(row.state) for row in sent]
    assert states == [SubmissionState.SUPERSEDED, SubmissionState.OFFER_ACCEPTED, SubmissionState.REJECTED]
    consents = [session.get_one(Consent, row.consent_id).state for row in sent]
    assert consents == ["ended", "active", "ended"]


def test_a_grant_ends_the_job(scene: Scene, lender, product, firm, session: Session) -> None:
    (submission,) = submit_within(session, firm, [product])
    _into_review(session, lender, submission)
    _offer(session, lender, submission)
    offering.accept_offer(session, firm.owner, submission.public_id)
    granting.mark_granted(session, lender.reviewer, submission, granted_fen=150 * WAN, grant_ref="line-1")
    assert submission.state == SubmissionState.GRANTED
    assert (
        submission.applied_fen,
        submission.offered_fen,
        submission.accepted_fen,
        submission.granted_fen,
    ) == (
        200 * WAN,
        150 * WAN,
        150 * WAN,
        150 * WAN,
    )
    assert session.get_one(Consent, submission.consent_id).state == "consumed"
    assert submission.application.state == "closed"


def test_the_timeline_of_the_firm_hides_what_is_internal(lender, product, firm, session: Session) -> None:
    (submission,) = submit_within(session, firm, [product])
    _into_review(session, lender, submission)
    offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    offering.return_terms(session, lender.approver, submission.public_id, reason="利率偏高")
    steps = [event.step for event in lookup.timeline(session, submission, for_firm=True)]
    assert steps == ["submit", "accept", "start_review", "propose_terms"]
    inside = [event.step for event in lookup.timeline(session, submission, for_firm=False)]
    assert inside[-1] == "return_terms"


def test_every_step_puts_the_next_one_before_the_other_side(lender, product, firm, session: Session) -> None:
    def todo_kinds(actor) -> list[str]:
        return [row.notice.kind for row in notices.todos_for(session, actor)]

    (submission,) = submit_within(session, firm, [product])
    session.flush()
    assert todo_kinds(lender.reviewer) == ["submission.received"]
    _into_review(session, lender, submission)
    assert todo_kinds(lender.reviewer) == ["submission.in_review"]
    assert todo_kinds(lender.other_reviewer) == []
    offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    assert todo_kinds(lender.approver) == ["submission.terms_to_approve"]
    offering.approve_terms(session, lender.approver, submission.public_id)
    assert todo_kinds(lender.approver) == []
    assert todo_kinds(firm.owner) == ["submission.offered"]
    offering.accept_offer(session, firm.owner, submission.public_id)
    assert todo_kinds(firm.owner) == []
    assert todo_kinds(lender.reviewer) == ["submission.offer_accepted"]
    heard, _ = notices.notices_for(session, firm.owner, show=Show.ALL)
    assert "submission.accepted" in [row.notice.kind for row in heard]


def test_every_step_is_in_the_audit_trail(lender, product, firm, session: Session) -> None:
    (submission,) = submit_within(session, firm, [product])
    _into_review(session, lender, submission)
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject_id == submission.public_id).order_by(AuditEntry.id)
    ).all()
    assert actions == ["submission.submit", "submission.accept", "submission.start_review"]
