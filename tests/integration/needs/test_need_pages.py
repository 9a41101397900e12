"""Pages of needs, by both sides."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import func, select

from creditbridge.access.rules import Actor
from creditbridge.disclosure.model import AccessEntry
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from matching.conflicts import service as conflicts
from matching.conflicts.rules import Relation
from matching.needs import answering, lookup, posting, revealing
from matching.needs.answering import Indication
from matching.needs.posting import NeedDetails
from tests.scene import WAN, Scene, grade_at_least

AsActor = Callable[[Actor], FlaskClient]
FORM = {
    "amount_fen": "100",
    "term_months": "12",
    "purpose": "working_capital",
    "note": "采购面料",
    "contact_name": "王经理",
    "contact_phone": "0512-55550101",
}


def text_of(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def test_an_officer_with_an_interest_in_the_firm_does_not_see_it(
    database: Database, scene: Scene, as_actor: AsActor
) -> None:
    lender, firm = scene.lender(), scene.firm("江湾纺织有限公司", grade="A")
    scene.product(lender)
    with database.write() as session:
        need_id = posting.write(
            session, firm.owner, NeedDetails(100 * WAN, 12, "working_capital", "王经理", "0512-55550101")
        ).public_id
        posting.post(session, firm.owner, need_id)
        answering.respond(session, lender.reviewer, need_id, Indication(90 * WAN, None, 12))
    with database.write() as session:
        need = lookup.need_of_firm(session, firm.owner, need_id)
        revealing.reveal(session, firm.owner, need_id, [part.public_id for part in need.parts])
    page = as_actor(lender.reviewer).get(f"/lender/needs/{need_id}").text
    assert "0512-55550101" in page
    with database.write() as session:
        conflicts.declare(session, lender.reviewer, session.get_one(Firm, firm.id), Relation.RELATIVE)
    with database.read() as session:
        looks = session.scalar(select(func.count()).select_from(AccessEntry))
    page = as_actor(lender.reviewer).get(f"/lender/needs/{need_id}").text
    assert "利益关系" in page
    assert "0512-55550101" not in page
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AccessEntry)) == looks


def test_from_the_form_to_the_chosen_lender(as_actor: AsActor, scene: Scene, database: Database) -> None:
    lender, firm = scene.lender("江湾银行"), scene.firm("江湾纺织有限公司", grade="A")
    scene.product(lender, name="甲贷", admission=grade_at_least("B"))
    owner = as_actor(firm.owner)
    answer = owner.post("/firm/needs/new", data=FORM)
    page = answer.headers["Location"]
    need_id = page.rsplit("/", 1)[-1]
    assert "发布需求" in text_of(owner, page)
    assert owner.post(f"{page}/edit", data={**FORM, "term_months": "24"}).status_code == 302
    assert owner.post(f"{page}/post").status_code == 302
    assert "等待回应" in text_of(owner, page)

    desk = as_actor(lender.reviewer)
    listed = text_of(desk, "/lender/needs")
    assert "100 万元" in listed
    assert firm.name not in listed
    before = text_of(desk, f"/lender/needs/{need_id}")
    assert firm.name not in before
    assert "王经理" not in before
    assert "A 级" in before
    assert "Words(" not in before
    sent = {"offer_amount_fen": "90", "offer_term_months": "12", "offer_rate_ppm": "3.9", "message": "欢迎"}
    assert desk.post(f"/lender/needs/{need_id}/respond", data=sent).status_code == 302

    owner = as_actor(firm.owner)
    shown = text_of(owner, page)
    assert "向江湾银行公开身份" in shown
    assert "年化利率 3.90%" in shown
    assert owner.post(f"{page}/reveal", data={}).status_code == 422
    part_id = shown.split('name="lenders" value="')[1].split('"')[0]
    assert owner.post(f"{page}/reveal", data={"lenders": part_id}).status_code == 302

    after = text_of(as_actor(lender.reviewer), f"/lender/needs/{need_id}")
    assert firm.name in after
    assert "王经理" in after
    assert "Words(" not in after
    owner = as_actor(firm.owner)
    assert "联系企业洽谈融资需求" in text_of(owner, "/firm/access-ledger") or "江湾银行" in text_of(
        owner, "/firm/consents"
    )
    assert owner.post(f"{page}/match", data={"lender": part_id}).status_code == 302
    assert "继续提交贷款申请" in text_of(owner, page)


def test_staff_see_needs_and_cannot_reveal(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm()
    visitor = as_actor(firm.staff)
    page = visitor.post("/firm/needs/new", data=FORM).headers["Location"]
    assert visitor.post(f"{page}/reveal", data={"lenders": "0" * 20}).status_code == 403
    assert visitor.post(f"{page}/withdraw").status_code == 302


def test_a_bad_form_is_told(as_actor: AsActor, scene: Scene) -> None:
    visitor = as_actor(scene.firm().owner)
    answer = visitor.post("/firm/needs/new", data={**FORM, "purpose": "yacht", "amount_fen": "100"})
    assert answer.status_code == 422
    assert "请从列出的用途中选择" in answer.get_data(as_text=True)


def test_a_lender_may_decline_on_the_page(as_actor: AsActor, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm()
    scene.product(lender)
    visitor = as_actor(firm.owner)
    page = visitor.post("/firm/needs/new", data=FORM).headers["Location"]
    visitor.post(f"{page}/post")
    need_id = page.rsplit("/", 1)[-1]
    desk = as_actor(lender.reviewer)
    assert desk.post(f"/lender/needs/{need_id}/respond", data={}).status_code == 422
    assert desk.post(f"/lender/needs/{need_id}/decline", data={"message": "额度已满"}).status_code == 302
    assert "额度已满" in text_of(as_actor(firm.owner), page)
    assert as_actor(lender.viewer).post(f"/lender/needs/{need_id}/decline").status_code == 403


def test_a_search_that_nothing_answers_leads_to_posting_a_need(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm(grade="D")
    scene.product(scene.lender(), admission=grade_at_least("A"))
    text = text_of(as_actor(firm.owner), "/firm/matches?amount=200&term=12")
    assert "/firm/needs/new" in text
