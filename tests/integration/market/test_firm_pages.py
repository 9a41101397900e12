"""The firm's own pages: one screen, and the products it matches."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from creditbridge.access.rules import Actor, Role
from creditbridge.app.workspaces.firm import views
from lenders.admission.tree import Operator
from tests.people import People
from tests.products import criterion, rule
from tests.scene import Scene, grade_at_least

AsActor = Callable[[Actor], FlaskClient]


@pytest.mark.parametrize("path", ["/firm", "/firm/matches"])
def test_before_the_claim_the_page_says_what_to_do(as_actor: AsActor, people: People, path: str) -> None:
    text = as_actor(people.member(Role.FIRM_OWNER)).get(path).get_data(as_text=True)
    assert "先认领您的企业" in text


@pytest.mark.parametrize("path", ["/firm", "/firm/matches"])
def test_others_do_not_see_a_firms_pages(
    as_actor: AsActor, client: FlaskClient, people: People, path: str
) -> None:
    assert client.get(path).status_code in (302, 303)
    for role in (Role.LENDER_REVIEWER, Role.PLATFORM_ADMINISTRATOR):
        assert as_actor(people.member(role)).get(path).status_code == 403


def test_an_empty_city_still_has_a_screen(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm(grade=None)
    text = as_actor(firm.owner).get("/firm").get_data(as_text=True)
    assert firm.name in text
    assert "平台尚未评价" in text
    assert "暂时没有可申请的产品" in text


def test_one_screen_shows_grade_products_and_what_is_missing(as_actor: AsActor, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm(grade="A")
    scene.product(lender, name="甲贷", admission=grade_at_least("B"))
    scene.product(lender, name="乙贷", admission=rule(criterion("owns_ip", Operator.IS_TRUE)))
    scene.product(lender, name="丙贷", admission=rule(criterion("abnormal_listed", Operator.IS_FALSE)))
    text = as_actor(firm.owner).get("/firm").get_data(as_text=True)
    assert "A 级" in text
    assert "平台信用等级，第 1 版，2026-11-01" in text
    assert "甲贷" in text
    assert "1 个产品需要，其中 1 个只差这一项" in text
    assert "自主知识产权" in text


def test_a_firm_that_is_not_active_is_told(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm(status="deregistered")
    assert "暂时不能申请贷款" in as_actor(firm.owner).get("/firm").get_data(as_text=True)


def test_running_applications_are_on_the_screen(as_actor: AsActor, scene: Scene) -> None:
    firm, product = scene.firm(), scene.product(scene.lender())
    scene.submit(firm, [product])
    text = as_actor(firm.owner).get("/firm").get_data(as_text=True)
    assert "待受理" in text


def test_a_long_group_of_matches_is_shown_page_by_page(
    as_actor: AsActor, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "LISTED", 2)
    lender, firm = scene.lender(), scene.firm(grade="C")
    for name in ("甲贷", "乙贷", "丙贷"):
        scene.product(lender, name=name)
    scene.product(lender, name="丁贷", admission=grade_at_least("A"))
    owner = as_actor(firm.owner)

    def named(query: str) -> set[str]:
        text = owner.get(f"/firm/matches{query}").get_data(as_text=True)
        return {name for name in ("甲贷", "乙贷", "丙贷", "丁贷") if f"<strong>{name}</strong>" in text}

    everything = owner.get("/firm/matches?amount=50").get_data(as_text=True)
    assert "查看全部 3 个产品" in everything
    assert "/firm/matches?amount=50&amp;group=eligible" in everything
    first, second = named("?group=eligible"), named("?group=eligible&cursor=2")
    assert (len(first), len(second)) == (2, 1)
    assert first | second == {"甲贷", "乙贷", "丙贷"}
    assert named("") == first | {"丁贷"}
    assert named("?group=not_eligible") == {"丁贷"}
    assert owner.get("/firm/matches?group=any").status_code == 422


def test_matches_stand_in_three_groups_with_reasons(as_actor: AsActor, scene: Scene) -> None:
    lender, firm = scene.lender(), scene.firm(grade="C")
    scene.product(lender, name="甲贷")
    scene.product(lender, name="乙贷", admission=rule(criterion("employees", Operator.AT_LEAST, 5)))
    scene.product(lender, name="丙贷", admission=grade_at_least("A"))
    text = as_actor(firm.owner).get("/firm/matches").get_data(as_text=True)
    assert text.index("甲贷") < text.index("乙贷") < text.index("丙贷")
    assert "信用等级不低于 A 级；贵企业为 C 级" in text
    assert "缺 1 项" in text
    assert "排序依据" in text


def test_the_need_orders_anew_and_decides_conditions_on_the_loan(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm()
    tree = rule(criterion("loan_purpose", Operator.IN_SET, ("research",)))
    scene.product(scene.lender(), admission=tree)
    visitor = as_actor(firm.owner)
    assert "缺 1 项" in visitor.get("/firm/matches").get_data(as_text=True)
    text = visitor.get("/firm/matches?amount=200&term=12&purpose=green").get_data(as_text=True)
    assert "1 项不符" in text
    assert "需求 200 万元在产品额度范围内" in text


@pytest.mark.parametrize("query", ["amount=x", "term=0", "purpose=yacht", "foo=1"])
def test_a_bad_need_is_told_and_the_matches_stay(as_actor: AsActor, scene: Scene, query: str) -> None:
    firm = scene.firm()
    scene.product(scene.lender(), name="甲贷")
    answer = as_actor(firm.owner).get(f"/firm/matches?{query}")
    assert answer.status_code == 422
    assert "甲贷" in answer.get_data(as_text=True)
