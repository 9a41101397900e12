"""The firm's pages: the form in three steps, following what became of it, answering offers."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from creditbridge.access.rules import Actor
from creditbridge.app.web import Application
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType, PublishedProduct
from matching.applications import deciding, offering, reviewing, supplementing
from matching.applications.model import Submission
from matching.applications.offering import Terms
from matching.applications.reasons import Reason
from tests.conftest import TODAY
from tests.scene import WAN, Scene, TestFirm, TestLender

NEED = {
    "amount_fen": "150",
    "term_months": "12",
    "purpose": "working_capital",
    "contact_name": "李梅",
    "contact_phone": "0512-5555 0102",
}
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"

SignIn = Callable[[Actor], FlaskClient]


@pytest.fixture
def owner(as_actor: SignIn, firm: TestFirm, product: PublishedProduct) -> FlaskClient:
    return as_actor(firm.owner)


def _draft(owner: FlaskClient) -> str:
    answer = owner.post("/firm/applications/new", data=NEED)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    return answer.location.split("/")[3]


def _choose(owner: FlaskClient, draft: str, product: PublishedProduct) -> None:
    sent = {"choices-0-product_id": product.public_id, "choices-0-chosen": "1", "choices-0-branch_id": ""}
    assert owner.post(f"/firm/applications/{draft}/products", data=sent).status_code == 302


def _send(owner: FlaskClient, draft: str, product: PublishedProduct, **changed: object):
    last_day = clock.today() + timedelta(days=90)
    sent = {
        "scope": ["registration", "evaluation", "documents", "contacts"],
        "consent_expires_on": last_day.isoformat(),
        "signed_lenders": [product.lender.public_id],
        **changed,
    }
    return owner.post(f"/firm/applications/{draft}/check", data=sent)


def _text(owner: FlaskClient, path: str) -> str:
    answer = owner.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_three_steps_lead_to_a_submission(owner: FlaskClient, product: PublishedProduct):
    draft = _draft(owner)
    page = _text(owner, f"/firm/applications/{draft}/products")
    assert product.name.zh in page
    assert "符合" in page
    _choose(owner, draft, product)
    page = _text(owner, f"/firm/applications/{draft}/check")
    assert "150 万元" in page
    assert "营业执照" in page
    assert _send(owner, draft, product).status_code == 302
    page = _text(owner, f"/firm/applications/{draft}")
    assert "待受理" in page


def test_a_form_sent_twice_makes_one_draft(owner: FlaskClient):
    page = _text(owner, "/firm/applications/new")
    key = re.search(r'name="_form_key" value="(\w+)"', page)
    assert key is not None
    first = owner.post("/firm/applications/new", data={**NEED, "_form_key": key.group(1)})
    second = owner.post("/firm/applications/new", data={**NEED, "_form_key": key.group(1)})
    assert (first.status_code, first.location) == (second.status_code, second.location)
    changed = owner.post(
        "/firm/applications/new", data={**NEED, "amount_fen": "160", "_form_key": key.group(1)}
    )
    assert changed.location != first.location


def test_two_clicks_at_once_make_one_draft(
    app: Application, as_actor: SignIn, firm: TestFirm, database: Database
):
    clients = [as_actor(firm.owner) for _ in range(4)]
    sent = {**NEED, "_form_key": "0123456789abcdefghjk"}

    def click(client: FlaskClient) -> str | None:
        with clock.at(TODAY):
            return client.post("/firm/applications/new", data=sent).location

    with ThreadPoolExecutor(4) as pool:
        locations = set(pool.map(click, clients))
    assert len(locations) == 1


def test_a_draft_is_kept_at_every_step(owner: FlaskClient, product: PublishedProduct):
    draft = _draft(owner)
    assert 'value="150"' in _text(owner, f"/firm/applications/{draft}/need")
    _choose(owner, draft, product)
    assert re.search(
        r'name="choices-0-chosen" value="1" checked', _text(owner, f"/firm/applications/{draft}/products")
    )
    assert "继续填写" in _text(owner, "/firm/applications")


def test_a_wrong_need_is_told_beside_the_field_and_keeps_the_rest(owner: FlaskClient):
    answer = owner.post("/firm/applications/new", data={**NEED, "amount_fen": "一百万", "term_months": "0"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "一百万" in page
    assert "李梅" in page


@pytest.mark.parametrize("amount", ["0", "-5", "1e9", "99999999999999", "NaN", "1.23456789"])
def test_an_impossible_amount_is_refused(owner: FlaskClient, amount: str):
    assert owner.post("/firm/applications/new", data={**NEED, "amount_fen": amount}).status_code == 422


def test_an_unsigned_consent_stops_the_submission(owner: FlaskClient, product: PublishedProduct):
    draft = _draft(owner)
    _choose(owner, draft, product)
    answer = _send(owner, draft, product, signed_lenders=[])
    assert answer.status_code == 422
    assert "授权" in answer.get_data(as_text=True)
    assert "草稿" in _text(owner, "/firm/applications")


def test_no_consent_box_is_ticked_beforehand(owner: FlaskClient, product: PublishedProduct):
    draft = _draft(owner)
    _choose(owner, draft, product)
    boxes = re.findall(
        r'<input[^>]*name="signed_lenders"[^>]*>', _text(owner, f"/firm/applications/{draft}/check")
    )
    assert len(boxes) == 1
    assert "checked" not in boxes[0]


def test_staff_prepare_and_only_the_owner_sends(as_actor: SignIn, firm: TestFirm, product: PublishedProduct):
    staff = as_actor(firm.staff)
    draft = _draft(staff)
    _choose(staff, draft, product)
    assert "需要企业负责人提交" in _text(staff, f"/firm/applications/{draft}/check")
    assert _send(staff, draft, product).status_code in {403, 422}


def test_a_document_is_uploaded_and_removed(owner: FlaskClient, product: PublishedProduct):
    draft = _draft(owner)
    _choose(owner, draft, product)
    file = (io.BytesIO(PDF), "执照.pdf")
    answer = owner.post(
        f"/firm/applications/{draft}/documents",
        data={"material_code": "licence", "file": file},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 302
    page = _text(owner, f"/firm/applications/{draft}/check")
    assert "执照.pdf" in page
    remove = re.search(r"/firm/applications/\w+/documents/\w+/remove", page)
    assert remove is not None
    owner.post(remove.group(0))
    assert "执照.pdf</a>" not in _text(owner, f"/firm/applications/{draft}/check")


def test_a_file_that_lies_is_refused_and_said(owner: FlaskClient, product: PublishedProduct):
    draft = _draft(owner)
    _choose(owner, draft, product)
    owner.post(
        f"/firm/applications/{draft}/documents",
        data={"material_code": "licence", "file": (io.BytesIO(b"MZ not a pdf"), "执照.pdf")},
        content_type="multipart/form-data",
    )
    page = _text(owner, f"/firm/applications/{draft}/check")
    assert "flash" in page or "alert" in page
    assert "执照.pdf</a>" not in page


def test_another_firms_draft_is_not_found(as_actor: SignIn, owner: FlaskClient, stranger: TestFirm):
    draft = _draft(owner)
    other = as_actor(stranger.owner)
    for path in ("need", "products", "check"):
        assert other.get(f"/firm/applications/{draft}/{path}").status_code == 404
    assert other.post(f"/firm/applications/{draft}/need", data=NEED).status_code == 404
    assert other.post(f"/firm/applications/{draft}/discard").status_code == 404


def test_a_draft_can_be_thrown_away(owner: FlaskClient):
    draft = _draft(owner)
    assert owner.post(f"/firm/applications/{draft}/discard").status_code == 302
    assert owner.get(f"/firm/applications/{draft}/need").status_code == 302


@pytest.fixture
def sent(scene: Scene, firm: TestFirm, product: PublishedProduct) -> Submission:
    return scene.submit(firm, [product])[0]


def _reviewed(database: Database, lender: TestLender, sent: Submission) -> None:
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, sent.public_id)
        reviewing.start_review(session, lender.reviewer, sent.public_id)


def _offered(database: Database, lender: TestLender, sent: Submission) -> None:
    _reviewed(database, lender, sent)
    terms = Terms(
        120 * WAN,
        42_000,
        12,
        RepaymentMethod.INTEREST_THEN_BULLET,
        GuaranteeType.UNSECURED,
        clock.today() + timedelta(days=10),
    )
    with database.write() as session:
        offering.propose_terms(session, lender.reviewer, sent.public_id, terms)
        offering.approve_terms(session, lender.approver, sent.public_id)


def test_terms_are_not_shown_before_a_second_officer_approved_them(
    database: Database, lender: TestLender, owner: FlaskClient, sent: Submission
):
    _reviewed(database, lender, sent)
    terms = Terms(
        120 * WAN,
        42_000,
        12,
        RepaymentMethod.INTEREST_THEN_BULLET,
        GuaranteeType.UNSECURED,
        clock.today() + timedelta(days=10),
    )
    with database.write() as session:
        offering.propose_terms(session, lender.reviewer, sent.public_id, terms)
    page = _text(owner, f"/firm/submissions/{sent.public_id}")
    assert "待审批" in page
    assert "120 万元" not in page


def test_an_offer_shows_its_true_cost_and_is_accepted(
    database: Database, lender: TestLender, owner: FlaskClient, sent: Submission
):
    _offered(database, lender, sent)
    page = _text(owner, f"/firm/submissions/{sent.public_id}")
    assert "120 万元" in page
    assert "4.20%" in page
    assert owner.post(f"/firm/submissions/{sent.public_id}/accept").status_code == 302
    assert "企业已确认" in _text(owner, f"/firm/submissions/{sent.public_id}")
    assert owner.post(f"/firm/submissions/{sent.public_id}/accept").status_code == 409


def test_staff_cannot_answer_an_offer(
    database: Database, lender: TestLender, as_actor: SignIn, firm: TestFirm, sent: Submission
):
    _offered(database, lender, sent)
    staff = as_actor(firm.staff)
    for step in ("accept", "decline", "renegotiate", "withdraw"):
        assert (
            staff.post(f"/firm/submissions/{sent.public_id}/{step}", data={"reason": "x"}).status_code == 403
        )


def test_asking_for_other_terms_needs_a_reason(
    database: Database, lender: TestLender, owner: FlaskClient, sent: Submission
):
    _offered(database, lender, sent)
    path = f"/firm/submissions/{sent.public_id}/renegotiate"
    assert owner.post(path, data={"reason": ""}).status_code == 422
    assert owner.post(path, data={"reason": "希望延长到 18 个月"}).status_code == 302
    assert "审核中" in _text(owner, f"/firm/submissions/{sent.public_id}")


def test_a_declined_offer_ends_the_submission(
    database: Database, lender: TestLender, owner: FlaskClient, sent: Submission
):
    _offered(database, lender, sent)
    assert owner.post(f"/firm/submissions/{sent.public_id}/decline", data={"reason": ""}).status_code == 302
    assert "企业未接受" in _text(owner, f"/firm/submissions/{sent.public_id}")


def test_a_supplement_is_answered_with_a_file(
    database: Database, lender: TestLender, owner: FlaskClient, sent: Submission
):
    _reviewed(database, lender, sent)
    with database.write() as session:
        supplementing.request_supplement(
            session,
            lender.reviewer,
            sent.public_id,
            items=["近三个月银行流水"],
            deadline=clock.today() + timedelta(days=5),
        )
    page = _text(owner, f"/firm/submissions/{sent.public_id}")
    assert "近三个月银行流水" in page
    path = f"/firm/submissions/{sent.public_id}/supplement"
    assert owner.post(path, data={"answer": ""}).status_code == 422
    files = {
        "answer": "见附件",
        "files": [(io.BytesIO(PDF), "流水.pdf"), (io.BytesIO(PDF + b" "), "流水二.pdf")],
    }
    assert owner.post(path, data=files, content_type="multipart/form-data").status_code == 302
    page = _text(owner, f"/firm/submissions/{sent.public_id}")
    assert "审核中" in page
    assert "流水二.pdf" in page


def test_a_rejection_tells_its_coded_reasons_and_the_way_on(
    database: Database, lender: TestLender, owner: FlaskClient, sent: Submission
):
    _reviewed(database, lender, sent)
    with database.write() as session:
        deciding.reject(
            session,
            lender.reviewer,
            sent.public_id,
            codes=[Reason.DEBT_TOO_HIGH, Reason.LITIGATION],
            text="负债率偏高",
        )
    page = _text(owner, f"/firm/submissions/{sent.public_id}")
    assert "负债率偏高" in page
    assert "同意并重新匹配" in page


def test_a_withdrawn_application_is_over(owner: FlaskClient, sent: Submission):
    assert owner.post(f"/firm/submissions/{sent.public_id}/withdraw", data={"reason": ""}).status_code == 302
    page = _text(owner, f"/firm/submissions/{sent.public_id}")
    assert "已撤回" in page
    assert "确定撤回" not in page


def test_another_firms_submission_is_not_found(as_actor: SignIn, stranger: TestFirm, sent: Submission):
    other = as_actor(stranger.owner)
    assert other.get(f"/firm/submissions/{sent.public_id}").status_code == 404
    for step in ("accept", "decline", "renegotiate", "withdraw", "supplement"):
        assert (
            other.post(f"/firm/submissions/{sent.public_id}/{step}", data={"reason": "x"}).status_code == 404
        )


def test_the_list_is_empty_with_a_next_step(owner: FlaskClient):
    assert "/firm/matches" in _text(owner, "/firm/applications")
