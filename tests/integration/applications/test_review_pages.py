from __future__ import annotations

import io
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from creditbridge.disclosure import consents
from creditbridge.disclosure.model import AccessEntry
from creditbridge.kernel import clock
from matching.applications import offering, reviewing
from matching.applications.model import Offer, Submission
from tests.scene import Scene, TestFirm, TestLender, grade_at_least, terms


@pytest.fixture
def submission(scene: Scene, lender, firm) -> Submission:
    return scene.submit(firm, [scene.product(lender, admission=grade_at_least("B"))])[0]


@pytest.fixture
def reviewer(as_actor, lender):
    return as_actor(lender.reviewer)


@pytest.fixture
def approver(as_actor, lender):
    return as_actor(lender.approver)


def _url(submission: Submission, step: str = "") -> str:
    return f"/lender/applications/{submission.public_id}" + (f"/{step}" if step else "")


def _in_review(database, lender: TestLender, submission: Submission) -> None:
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, submission.public_id)
        reviewing.start_review(session, lender.reviewer, submission.public_id)


def _terms_typed() -> dict[str, str]:
    return {
        "amount_fen": "150",
        "annual_rate_ppm": "3.85",
        "term_months": "12",
        "repayment_method": "equal_instalment",
        "guarantee_type": "unsecured",
        "expires_on": (clock.today() + timedelta(days=10)).isoformat(),
        "conditions": "",
    }


def test_the_queue_lists_what_came_in(reviewer, firm: TestFirm, submission) -> None:
    page = reviewer.get("/lender/applications").text
    assert firm.name in page
    assert "待受理" in page
    assert "data-queue" in page


def test_the_queue_filters_by_state_in_the_address(reviewer, firm, submission) -> None:
    assert firm.name not in reviewer.get("/lender/applications?state=under_review").text
    assert firm.name in reviewer.get("/lender/applications?state=submitted").text


def test_the_queue_filters_by_text(reviewer, firm, submission) -> None:
    assert firm.name in reviewer.get(f"/lender/applications?text={firm.name[-3:]}").text
    assert firm.name not in reviewer.get("/lender/applications?text=没有这家").text


def test_nonsense_in_the_address_is_no_error(reviewer, submission) -> None:
    answer = reviewer.get("/lender/applications?whose=x&state=y&sort=-z&cursor=abc&branch=1&officer=2")
    assert answer.status_code == 200


def test_the_queue_of_another_lender_is_empty(scene: Scene, as_actor, firm, submission) -> None:
    assert firm.name not in as_actor(scene.lender().reviewer).get("/lender/applications?whose=all").text


def test_the_file_holds_what_is_shown(reviewer, firm, submission) -> None:
    answer = reviewer.get("/lender/applications.xlsx?whose=all")
    rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
    assert rows[1][0] == firm.name
    assert rows[1][3] == 2_000_000
    assert submission.contact_phone not in str(rows)


def test_opening_an_application_leaves_an_entry_in_the_firms_ledger(reviewer, database, submission) -> None:
    page = reviewer.get(_url(submission)).text
    assert "信用等级" in page
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AccessEntry)) == 1


def test_without_consent_nothing_of_the_firm_is_shown(reviewer, database, firm, submission) -> None:
    with database.write() as session:
        consent = consents.live_consent(session, firm.id, submission.lender_organisation_id, "pre_loan")
        consents.revoke(session, firm.owner, consent.public_id)
    page = reviewer.get(_url(submission)).text
    assert "不能查看企业信息" in page
    assert submission.contact_phone not in page
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AccessEntry)) == 0


def test_another_lenders_application_is_not_found(scene: Scene, as_actor, submission) -> None:
    assert as_actor(scene.lender().reviewer).get(_url(submission)).status_code == 404


def test_a_product_manager_sees_no_applications(as_actor, lender, submission) -> None:
    assert as_actor(lender.manager).get(_url(submission)).status_code == 403


def test_a_viewer_sees_no_step(as_actor, lender, submission) -> None:
    page = as_actor(lender.viewer).get(_url(submission)).text
    assert "目前没有需要您办理的步骤" in page
    assert "/accept" not in page


def test_accepting_and_starting_the_review(reviewer, database, submission) -> None:
    assert reviewer.post(_url(submission, "accept")).status_code == 303
    assert reviewer.post(_url(submission, "start-review")).status_code == 303
    with database.read() as session:
        assert session.get_one(Submission, submission.id).state == "under_review"


def test_accepting_twice_is_refused_in_words(reviewer, submission) -> None:
    reviewer.post(_url(submission, "accept"))
    again = reviewer.post(_url(submission, "accept"))
    assert again.status_code == 409
    assert "已受理" in again.text


def test_only_the_legal_steps_are_offered(reviewer, database, lender, submission) -> None:
    assert "propose_terms" not in reviewer.get(_url(submission)).text
    _in_review(database, lender, submission)
    assert "step=propose_terms" in reviewer.get(_url(submission)).text


def test_a_step_is_opened_beside_the_firms_data(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    page = reviewer.get(_url(submission) + "?step=propose_terms").text
    assert 'name="annual_rate_ppm"' in page
    assert "信用等级" in page


def test_proposing_terms(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    answer = reviewer.post(_url(submission, "propose-terms"), data=_terms_typed())
    assert answer.status_code == 303
    with database.read() as session:
        assert session.get_one(Submission, submission.id).state == "pending_approval"
        assert session.scalars(select(Offer.annual_rate_ppm)).one() == 38_500


def test_a_fee_enters_the_cost(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    fee = {"fees-0-kind": "guarantee", "fees-0-payer": "firm", "fees-0-when": "upfront", "fees-0-rate": "1"}
    answer = reviewer.post(_url(submission, "propose-terms"), data={**_terms_typed(), **fee})
    assert answer.status_code == 303
    with database.read() as session:
        assert session.scalars(select(Offer.apr_ppm)).one() > 55_000


def test_the_preview_says_the_cost_and_changes_nothing(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    answer = reviewer.post(_url(submission, "propose-terms"), data={**_terms_typed(), "_action": "preview"})
    assert answer.status_code == 200
    assert "年化综合融资成本为 3.85%" in answer.text
    with database.read() as session:
        assert session.get_one(Submission, submission.id).state == "under_review"


def test_wrong_terms_come_back_with_what_was_typed(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    typed = {**_terms_typed(), "annual_rate_ppm": "9.9", "conditions": "落实抵押"}
    answer = reviewer.post(_url(submission, "propose-terms"), data=typed)
    assert answer.status_code == 422
    assert "利率不能高于产品公布的上限" in answer.text
    assert "落实抵押" in answer.text


def test_a_fee_with_rate_and_sum_is_refused_at_its_row(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    fee = {
        "fees-0-kind": "guarantee",
        "fees-0-payer": "firm",
        "fees-0-when": "upfront",
        "fees-0-rate": "1",
        "fees-0-amount": "1000",
    }
    answer = reviewer.post(_url(submission, "propose-terms"), data={**_terms_typed(), **fee})
    assert answer.status_code == 422
    assert "f-fees-0-rate-error" in answer.text


def test_the_second_officer_approves(approver, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    with database.write() as session:
        offering.propose_terms(session, lender.reviewer, submission.public_id, terms())
    assert "审批通过并发给企业" in approver.get(_url(submission)).text
    assert approver.post(_url(submission, "approve-terms")).status_code == 303
    with database.read() as session:
        assert session.get_one(Submission, submission.id).state == "offered"


def test_a_reviewer_is_refused_the_approval(reviewer, database, lender, submission) -> None:
    assert reviewer.post(_url(submission, "approve-terms")).status_code == 403


def test_rejecting_needs_a_reason(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    answer = reviewer.post(_url(submission, "reject"), data={"text": "没有勾选原因"})
    assert answer.status_code == 422
    assert "没有勾选原因" in answer.text


def test_rejecting_with_reasons(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    typed = {"reasons": ["debt_too_high", "litigation"], "text": ""}
    assert reviewer.post(_url(submission, "reject"), data=typed).status_code == 303
    page = reviewer.get(_url(submission)).text
    assert "负债水平偏高" in page


def test_asking_for_documents(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    deadline = (clock.today() + timedelta(days=7)).isoformat()
    typed = {"items": "近三个月流水\n\n购销合同\n", "deadline": deadline, "note": ""}
    assert reviewer.post(_url(submission, "request-supplement"), data=typed).status_code == 303
    page = reviewer.get(_url(submission)).text
    assert "<li>购销合同</li>" in page
    assert "暂停计时" in page


def test_a_past_deadline_is_refused(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    typed = {"items": "流水", "deadline": "2026-11-23", "note": ""}
    assert reviewer.post(_url(submission, "request-supplement"), data=typed).status_code == 422


def test_assigning_and_transferring(reviewer, database, lender, submission) -> None:
    other = lender.other_reviewer
    typed = {"officer": other.user_public_id}
    assert reviewer.post(_url(submission, "assign"), data=typed).status_code == 303
    typed = {"branch": lender.branches[1], "reason": "就近办理"}
    assert reviewer.post(_url(submission, "transfer"), data=typed).status_code == 303
    with database.read() as session:
        moved = session.get_one(Submission, submission.id)
        assert (moved.branch_id, moved.officer_id) == (lender.branch_ids[1], None)


def test_a_note_is_kept_inside(reviewer, submission) -> None:
    reviewer.post(_url(submission, "notes"), data={"note": "已电话核实"})
    assert "已电话核实" in reviewer.get(_url(submission)).text


def test_an_unknown_field_is_refused(reviewer, database, lender, submission) -> None:
    _in_review(database, lender, submission)
    typed = {**_terms_typed(), "approved_by_id": "1"}
    assert reviewer.post(_url(submission, "propose-terms"), data=typed).status_code == 422


def test_next_and_previous_keep_the_filters(scene: Scene, reviewer, lender, product, submission) -> None:
    second = scene.submit(scene.firm(), [product])[0]
    page = reviewer.get(_url(submission) + "?whose=all&state=submitted").text
    assert f"/lender/applications/{second.public_id}?whose=all&amp;state=submitted" in page


def test_what_has_left_the_queue_by_a_step_keeps_its_next(
    scene: Scene, database, reviewer, lender, product, submission
) -> None:
    second = scene.submit(scene.firm(), [product])[0]
    _in_review(database, lender, submission)
    page = reviewer.get(_url(submission) + "?whose=all&state=submitted").text
    assert f"/lender/applications/{second.public_id}?whose=all&amp;state=submitted" in page


def test_the_page_reads_in_english(reviewer, submission) -> None:
    assert "Waiting to be accepted" in reviewer.get(_url(submission) + "?lang=en").text
