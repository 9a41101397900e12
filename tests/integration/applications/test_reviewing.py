from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from creditbridge.access.rules import Role
from creditbridge.disclosure import consents
from creditbridge.disclosure.model import Consent
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.notices import service as notices
from lenders.products import service as products
from matching.applications import (
    deciding,
    expiring,
    granting,
    lookup,
    offering,
    reviewing,
    supplementing,
    withdrawing,
)
from matching.applications.model import Submission
from matching.applications.reasons import Reason
from matching.applications.rules import OfferState, SubmissionState
from tests.scene import WAN, Scene, submit_within, terms


@pytest.fixture
def submission(session: Session, product, firm) -> Submission:
    return submit_within(session, firm, [product])[0]


@pytest.fixture
def in_review(session: Session, lender, submission) -> Submission:
    reviewing.accept(session, lender.reviewer, submission.public_id)
    reviewing.start_review(session, lender.reviewer, submission.public_id)
    return submission


@pytest.fixture
def proposed(session: Session, lender, in_review) -> Submission:
    offering.propose_terms(session, lender.reviewer, in_review.public_id, terms())
    return in_review


@pytest.fixture
def offered(session: Session, lender, proposed) -> Submission:
    offering.approve_terms(session, lender.approver, proposed.public_id)
    return proposed


def _as_approver(actor):
    return replace(actor, role=Role.LENDER_APPROVER)


def test_who_accepts_handles_it(lender, submission, session: Session) -> None:
    reviewing.accept(session, lender.reviewer, submission.public_id)
    assert submission.officer_id == lender.reviewer.user_id


def test_a_viewer_takes_no_step(lender, submission, session: Session) -> None:
    with pytest.raises(NotAllowed):
        reviewing.accept(session, lender.viewer, submission.public_id)


def test_another_lender_does_not_find_it(strange_lender, submission, session: Session) -> None:
    with pytest.raises(NotFound):
        reviewing.accept(session, strange_lender.reviewer, submission.public_id)


def test_another_firm_does_not_find_it(stranger, submission, session: Session) -> None:
    with pytest.raises(NotFound):
        withdrawing.withdraw(session, stranger.owner, submission.public_id)


def test_a_step_out_of_turn_is_refused_by_rule(lender, submission, session: Session) -> None:
    with pytest.raises(Conflict):
        offering.propose_terms(session, lender.reviewer, submission.public_id, terms())


def test_a_stale_step_loses(lender, in_review, session: Session) -> None:
    moved = update(Submission).values(version=Submission.version + 1)
    session.execute(moved.execution_options(synchronize_session=False))
    with pytest.raises(Conflict) as refusal:
        deciding.reject(session, lender.reviewer, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH])
    assert refusal.value.code == "changed_meanwhile"


def test_the_proposer_cannot_approve_as_approver(lender, proposed, session: Session) -> None:
    with pytest.raises(RuleRefused) as refusal:
        offering.approve_terms(session, _as_approver(lender.reviewer), proposed.public_id)
    assert refusal.value.code == "own_work"


def test_the_proposer_cannot_reject_as_approver(lender, proposed, session: Session) -> None:
    with pytest.raises(RuleRefused):
        deciding.reject(
            session, _as_approver(lender.reviewer), proposed.public_id, codes=[Reason.DEBT_TOO_HIGH]
        )


def test_a_reviewer_cannot_approve(lender, proposed, session: Session) -> None:
    with pytest.raises(NotAllowed):
        offering.approve_terms(session, lender.other_reviewer, proposed.public_id)


def test_the_firm_sees_no_offer_before_the_second_officer(lender, proposed, firm, session: Session) -> None:
    assert proposed.offered_fen is None
    with pytest.raises(Conflict):
        offering.accept_offer(session, firm.owner, proposed.public_id)


def test_returned_terms_become_a_new_version(lender, proposed, session: Session) -> None:
    offering.return_terms(session, lender.approver, proposed.public_id, reason="金额再议")
    offering.propose_terms(session, lender.reviewer, proposed.public_id, terms(amount_fen=120 * WAN))
    assert [(row.number, row.state) for row in proposed.offers] == [
        (1, OfferState.RETURNED),
        (2, OfferState.PROPOSED),
    ]


def test_renegotiation_leads_to_a_new_version(lender, offered, firm, session: Session) -> None:
    offering.renegotiate(session, firm.owner, offered.public_id, reason="希望延长期限")
    offering.propose_terms(session, lender.reviewer, offered.public_id, terms(term_months=24))
    offering.approve_terms(session, lender.approver, offered.public_id)
    assert [row.state for row in offered.offers] == [OfferState.REPLACED, OfferState.SENT]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_fen": 201 * WAN}, "amount_fen"),
        ({"annual_rate_ppm": 48_001}, "annual_rate_ppm"),
        ({"term_months": 37}, "term_months"),
        ({"repayment_method": "bullet"}, "repayment_method"),
        ({"guarantee_type": "public_guarantee"}, "guarantee_type"),
        ({"expires_on": None}, "expires_on"),
    ],
)
def test_terms_stay_within_what_was_asked_and_published(lender, in_review, session, changes, field) -> None:
    if field == "expires_on":
        changes = {"expires_on": clock.today()}
    with pytest.raises(InvalidInput) as refusal:
        offering.propose_terms(session, lender.reviewer, in_review.public_id, terms(**changes))
    assert list(refusal.value.fields) == [field]
    assert in_review.state == SubmissionState.UNDER_REVIEW


def test_the_offer_carries_its_true_cost(lender, proposed, session: Session) -> None:
    assert proposed.current_offer.apr_ppm == pytest.approx(38_500, abs=2)


def test_staff_cannot_accept(offered, firm, session: Session) -> None:
    with pytest.raises(NotAllowed):
        offering.accept_offer(session, firm.staff, offered.public_id)


def test_declining_ends_it_and_its_consent(offered, firm, session: Session) -> None:
    offering.decline_offer(session, firm.owner, offered.public_id, reason="利率偏高")
    assert offered.state == SubmissionState.OFFER_DECLINED
    assert session.get_one(Consent, offered.consent_id).state == "ended"


def test_an_offer_holds_the_quota_until_it_ends(scene: Scene, lender, firm, session: Session) -> None:
    product = scene.product(lender, name="限额贷", quota_fen=200 * WAN)
    (submission,) = submit_within(session, firm, [product])
    reviewing.accept(session, lender.reviewer, submission.public_id)
    reviewing.start_review(session, lender.reviewer, submission.public_id)
    offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    offering.approve_terms(session, lender.approver, submission.public_id)
    assert products.quota_left(session, product.product_id) == 50 * WAN
    withdrawing.withdraw(session, firm.owner, submission.public_id)
    assert products.quota_left(session, product.product_id) == 200 * WAN


def test_a_grant_keeps_only_what_was_granted(scene: Scene, lender, firm, session: Session) -> None:
    product = scene.product(lender, name="限额贷", quota_fen=200 * WAN)
    (submission,) = submit_within(session, firm, [product])
    reviewing.accept(session, lender.reviewer, submission.public_id)
    reviewing.start_review(session, lender.reviewer, submission.public_id)
    offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    offering.approve_terms(session, lender.approver, submission.public_id)
    offering.accept_offer(session, firm.owner, submission.public_id)
    granting.mark_granted(session, lender.reviewer, submission, granted_fen=120 * WAN, grant_ref="line")
    assert products.quota_left(session, product.product_id) == 80 * WAN


def test_a_grant_above_what_was_accepted_is_refused(lender, offered, firm, session: Session) -> None:
    offering.accept_offer(session, firm.owner, offered.public_id)
    with pytest.raises(RuleRefused):
        granting.mark_granted(session, lender.reviewer, offered, granted_fen=151 * WAN, grant_ref="line")


def test_the_clock_stands_still_while_the_firm_supplies(lender, in_review, firm, session: Session) -> None:
    asked_at = clock.now()
    supplementing.request_supplement(
        session,
        lender.reviewer,
        in_review.public_id,
        items=["合同"],
        deadline=clock.today() + timedelta(days=10),
    )
    with clock.at(asked_at + timedelta(days=3)):
        supplementing.answer_supplement(session, firm.staff, in_review.public_id, answer="已说明")
    assert in_review.paused_seconds == 3 * 86_400
    assert in_review.paused_since is None
    assert in_review.state == SubmissionState.UNDER_REVIEW


def test_an_empty_answer_is_refused(lender, in_review, firm, session: Session) -> None:
    deadline = clock.today() + timedelta(days=10)
    supplementing.request_supplement(
        session, lender.reviewer, in_review.public_id, items=["合同"], deadline=deadline
    )
    with pytest.raises(InvalidInput):
        supplementing.answer_supplement(session, firm.owner, in_review.public_id, answer="  ")


def test_a_missed_deadline_ends_it(lender, in_review, session: Session) -> None:
    deadline = clock.today() + timedelta(days=2)
    supplementing.request_supplement(
        session, lender.reviewer, in_review.public_id, items=["合同"], deadline=deadline
    )
    with clock.at(clock.now() + timedelta(days=2)):
        assert expiring.expire_due(session).supplements == 0
    with clock.at(clock.now() + timedelta(days=3)):
        assert expiring.expire_due(session).supplements == 1
        assert expiring.expire_due(session).supplements == 0
    assert in_review.state == SubmissionState.INCOMPLETE


def test_an_unanswered_offer_expires(offered, session: Session) -> None:
    with clock.at(clock.now() + timedelta(days=15)):
        assert expiring.expire_due(session).offers == 1
    assert offered.state == SubmissionState.OFFER_EXPIRED
    assert offered.current_offer.state == OfferState.EXPIRED


def test_an_expired_offer_is_not_accepted_even_before_the_sweep(offered, firm, session: Session) -> None:
    with clock.at(clock.now() + timedelta(days=15)), pytest.raises(Conflict):
        offering.accept_offer(session, firm.owner, offered.public_id)


def test_revoking_the_consent_withdraws_it(lender, offered, firm, session: Session) -> None:
    consent = session.get_one(Consent, offered.consent_id)
    consents.revoke(session, firm.owner, consent.public_id, "不再需要")
    session.refresh(offered)
    assert offered.state == SubmissionState.WITHDRAWN
    assert offered.current_offer.state == OfferState.LAPSED
    kinds = [row.notice.kind for row in notices.notices_for(session, lender.reviewer)[0]]
    assert kinds[0] == "submission.consent_revoked"


def test_a_rejection_tells_its_reasons(lender, in_review, firm, session: Session) -> None:
    deciding.reject(
        session, lender.reviewer, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH, Reason.LITIGATION]
    )
    newest = notices.notices_for(session, firm.owner)[0][0]
    assert newest.said.text.zh.endswith("原因：负债水平偏高、有未了结的诉讼或执行案件。")
    assert in_review.decided_at == clock.now()


def test_five_reasons_are_too_many(lender, in_review, session: Session) -> None:
    with pytest.raises(InvalidInput):
        deciding.reject(session, lender.reviewer, in_review.public_id, codes=list(Reason)[:5])


def test_a_rejected_one_is_reopened_once(lender, in_review, session: Session) -> None:
    deciding.reject(session, lender.reviewer, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH])
    assert in_review.application.state == "closed"
    deciding.reopen(session, lender.approver, in_review.public_id, reason="企业已还款")
    assert in_review.state == SubmissionState.UNDER_REVIEW
    assert in_review.application.state == "submitted"
    deciding.reject(session, lender.reviewer, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH])
    with pytest.raises(RuleRefused) as refusal:
        deciding.reopen(session, lender.approver, in_review.public_id, reason="再看一次")
    assert refusal.value.code == "reopened_before"


def test_reopening_needs_a_live_consent(lender, in_review, firm, session: Session) -> None:
    deciding.reject(session, lender.reviewer, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH])
    consent = session.get_one(Consent, in_review.consent_id)
    consents.revoke(session, firm.owner, consent.public_id)
    with pytest.raises(RuleRefused) as refusal:
        deciding.reopen(session, lender.approver, in_review.public_id, reason="企业已还款")
    assert refusal.value.code == "no_live_consent"


def test_reopening_loses_to_a_new_application(lender, product, in_review, firm, session: Session) -> None:
    deciding.reject(session, lender.reviewer, in_review.public_id, codes=[Reason.DEBT_TOO_HIGH])
    submit_within(session, firm, [product])
    with pytest.raises(IntegrityError):
        deciding.reopen(session, lender.approver, in_review.public_id, reason="企业已还款")


def test_not_accepting_ends_the_consent(lender, submission, session: Session) -> None:
    deciding.not_accept(session, lender.reviewer, submission.public_id, codes=[Reason.OUTSIDE_AREA])
    assert submission.state == SubmissionState.NOT_ACCEPTED
    assert session.get_one(Consent, submission.consent_id).state == "ended"


def test_assigning_moves_the_todo(lender, in_review, session: Session) -> None:
    other = lender.other_reviewer
    reviewing.assign(session, lender.reviewer, in_review.public_id, other.user_public_id)
    assert in_review.officer_id == other.user_id
    assert [row.notice.kind for row in notices.todos_for(session, other)] == ["submission.assigned"]
    assert notices.todos_for(session, lender.reviewer) == []


def test_an_officer_of_another_lender_is_refused(strange_lender, lender, in_review, session) -> None:
    foreign = strange_lender.reviewer
    with pytest.raises(InvalidInput):
        reviewing.assign(session, lender.reviewer, in_review.public_id, foreign.user_public_id)


def test_transferring_frees_the_officer(lender, in_review, session: Session) -> None:
    reviewing.transfer(session, lender.reviewer, in_review.public_id, lender.branches[1], "住所在城西")
    assert (in_review.branch_id, in_review.officer_id) == (lender.branch_ids[1], None)


def test_a_viewer_writes_no_note(lender, in_review, session: Session) -> None:
    with pytest.raises(NotAllowed):
        reviewing.add_note(session, lender.viewer, in_review.public_id, "看过")


def test_notes_are_the_lenders_own(lender, in_review, firm, session: Session) -> None:
    reviewing.add_note(session, lender.reviewer, in_review.public_id, "已电话核实")
    assert [row.text for row in lookup.notes_of(session, lender.viewer, in_review)] == ["已电话核实"]
    with pytest.raises(NotFound):
        lookup.notes_of(session, firm.owner, in_review)


def test_the_first_decision_stops_the_clock_for_good(lender, offered, firm, session: Session) -> None:
    first = offered.decided_at
    with clock.at(clock.now() + timedelta(days=1)):
        offering.renegotiate(session, firm.owner, offered.public_id, reason="再议")
        deciding.reject(session, lender.reviewer, offered.public_id, codes=[Reason.AMOUNT_TOO_HIGH])
    assert offered.decided_at == first
