"""The pages of lenders, branches, members and schemes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from creditbridge.access.model import Membership
from creditbridge.access.rules import Role
from lenders.schemes import service as schemes

LENDER = {
    "name_zh": "江海银行",
    "kind": "city_bank",
    "licence_number": "B0001",
    "login_name": "manager1",
    "member_name": "王经理",
}
SCHEME = {"name_zh": "苏知贷", "sponsor_zh": "省知识产权局", "regions": "江苏省"}


@pytest.fixture
def desk(admin, as_actor) -> FlaskClient:
    return as_actor(admin)


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_adding_a_lender_shows_the_password_once(desk):
    answer = desk.post("/platform/lenders/new", data=LENDER)
    assert answer.status_code == 200
    assert "只显示这一次" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "江海银行" in page(desk, "/platform/lenders")


def test_a_wrong_lender_is_shown_again_with_what_was_typed(desk):
    answer = desk.post("/platform/lenders/new", data={**LENDER, "licence_number": "", "login_name": "x y"})
    assert answer.status_code == 422
    assert "王经理" in answer.get_data(as_text=True)


def test_a_taken_login_name_is_told_at_its_field(desk):
    desk.post("/platform/lenders/new", data=LENDER)
    answer = desk.post("/platform/lenders/new", data={**LENDER, "licence_number": "B2"})
    assert answer.status_code == 422
    assert 'id="f-login_name-error"' in answer.get_data(as_text=True)


def test_unknown_fields_are_refused(desk):
    assert desk.post("/platform/lenders/new", data={**LENDER, "state": "approved"}).status_code == 422


def test_the_platform_approves_and_suspends_by_page(town, desk):
    waiting = town.lender(approved=False).lender
    address = f"/platform/lenders/{waiting.public_id}"
    assert "待审批" in page(desk, address)
    assert desk.post(f"{address}/approve").status_code == 302
    assert desk.post(f"{address}/suspend", data={"reason": ""}).status_code == 422
    assert desk.post(f"{address}/suspend", data={"reason": "检查"}).status_code == 302
    assert "已暂停" in page(desk, address)


def test_a_step_nobody_knows_is_not_found(officers, desk):
    assert desk.post(f"/platform/lenders/{officers.lender.public_id}/explode").status_code == 404


def test_an_illegal_step_is_a_conflict(officers, desk):
    assert desk.post(f"/platform/lenders/{officers.lender.public_id}/approve").status_code == 409


def test_the_registration_is_corrected_by_page(officers, desk):
    address = f"/platform/lenders/{officers.lender.public_id}"
    page(desk, f"{address}/edit")
    changed = {"name_zh": "星湖新银行", "kind": "rural_bank", "licence_number": "B9"}
    assert desk.post(f"{address}/edit", data=changed).status_code == 302
    assert "星湖新银行" in page(desk, address)


def test_members_are_added_changed_and_ended_by_page(officers, desk, database):
    address = f"/platform/lenders/{officers.lender.public_id}/members"
    page(desk, f"{address}/new")
    new = {"name": "赵", "login_name": "zhao1", "role": "lender_viewer"}
    assert "只显示这一次" in desk.post(f"{address}/new", data=new).get_data(as_text=True)
    with database.read() as session:
        member = session.scalars(select(Membership).order_by(Membership.id.desc())).first()
    assert "赵" in page(desk, f"{address}/{member.public_id}")
    assert desk.post(f"{address}/{member.public_id}", data={"role": "lender_reviewer"}).status_code == 302
    assert desk.post(f"{address}/{member.public_id}/end").status_code == 302
    page(desk, f"{address}/{member.public_id}", 404)


def test_an_auditor_reads_lenders_but_changes_nothing(officers, people, as_actor, admin, database):
    auditor = as_actor(people.member(Role.PLATFORM_AUDITOR))
    address = f"/platform/lenders/{officers.lender.public_id}"
    assert "批准" not in page(auditor, address)
    assert auditor.post(f"{address}/suspend", data={"reason": "x"}).status_code == 403


def test_a_lender_edits_what_it_says_of_itself(officers, as_actor):
    client = as_actor(officers.manager)
    page(client, "/lender/institution/edit")
    assert client.post("/lender/institution/edit", data={"website": "javascript:x"}).status_code == 422
    assert client.post("/lender/institution/edit", data={"intro_zh": "服务小微企业"}).status_code == 302
    assert "服务小微企业" in page(client, "/lender/institution")


def test_branches_are_opened_changed_and_closed_by_page(officers, as_actor):
    client = as_actor(officers.manager)
    branch = {"kind": "branch", "name": "城中支行", "regions": "临江区"}
    assert client.post("/lender/branches/new", data={**branch, "regions": "不存在"}).status_code == 422
    assert client.post("/lender/branches/new", data=branch).status_code == 302
    shown = page(client, "/lender/branches")
    assert "城中支行" in shown
    address = shown.split('href="/lender/branches/')[1].split('"')[0]
    while address == "new":
        shown = shown.split('href="/lender/branches/new"', 1)[1]
        address = shown.split('href="/lender/branches/')[1].split('"')[0]
    assert "临江区" in page(client, f"/lender/branches/{address}")
    assert client.post(f"/lender/branches/{address}", data={**branch, "name": "城东支行"}).status_code == 302
    assert client.post(f"/lender/branches/{address}/close").status_code == 302
    assert "已停用" in page(client, "/lender/branches")
    assert client.post(f"/lender/branches/{address}/reopen").status_code == 302


def test_anybody_reads_a_lender_with_its_products(town, officers, draft, client):
    town.published(officers, draft)
    shown = page(client, f"/lenders/{officers.lender.public_id}")
    assert "助企贷" in shown
    assert "最高 300 万元" in shown


def test_a_lender_without_products_says_so(officers, client):
    assert "还没有发布产品" in page(client, f"/lenders/{officers.lender.public_id}")


def test_a_lender_that_only_applied_has_no_public_page(town, client):
    page(client, f"/lenders/{town.lender(approved=False).lender.public_id}", 404)


def test_schemes_are_made_and_joined_by_page(officers, desk, client):
    assert (
        desk.post(
            "/platform/schemes/new", data={**SCHEME, "valid_from": "2027-01-02", "valid_to": "2027-01-01"}
        ).status_code
        == 422
    )
    answer = desk.post("/platform/schemes/new", data=SCHEME)
    assert answer.status_code == 302
    address = answer.location
    assert "苏知贷" in page(desk, "/platform/schemes")
    assert desk.post("/platform/schemes/new", data=SCHEME).status_code == 422
    assert desk.post(f"{address}/participants", data={}).status_code == 422
    assert desk.post(f"{address}/participants", data={"lender": officers.lender.public_id}).status_code == 302
    assert officers.lender.name.zh in page(client, address.replace("/platform", ""))
    assert desk.post(f"{address}/participants/{officers.lender.public_id}/remove").status_code == 302
    page(desk, f"{address}/edit")
    assert desk.post(f"{address}/edit", data={**SCHEME, "support_zh": "贴息 1 个百分点"}).status_code == 302
    assert desk.post(f"{address}/close").status_code == 302
    assert "已结束" in page(client, address.replace("/platform", ""))
    assert desk.post(f"{address}/explode").status_code == 404


def test_anybody_reads_running_schemes(admin, client, database):
    with database.write() as session:
        schemes.create_scheme(session, admin, {"name_zh": "苏知贷", "sponsor_zh": "省知识产权局"})
    assert "省知识产权局" in page(client, "/schemes")


def test_a_scheme_page_lets_the_firm_choose_a_lender(town, officers, draft, client):
    admin = town.admin
    with town.database.write() as session:
        scheme = schemes.create_scheme(
            session, admin, {"name_zh": "苏知贷", "sponsor_zh": "局"}, [officers.lender.public_id]
        )
    town.published(officers, replace(draft, scheme_public_id=scheme.public_id))
    shown = page(client, f"/schemes/{scheme.public_id}")
    assert "助企贷" in shown
    assert officers.lender.name.zh in shown


@pytest.mark.parametrize(
    "path",
    [
        "/platform/lenders",
        "/platform/lenders/new",
        "/platform/schemes",
        "/platform/schemes/new",
        "/platform/products",
    ],
)
def test_empty_pages_open_in_both_languages(path, desk):
    page(desk, path)
    assert 'lang="en"' in page(desk, f"{path}?lang=en")
