"""Scenario 1: a bank drafts a product and sees whom it reaches; a second officer approves; the platform publishes."""

from __future__ import annotations

import re

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from tests.integration.scenarios.conftest import Person
from tests.scene import Scene

DRAFT = {
    "seen": "0",
    "name_zh": "织造贷",
    "applicant_kind": "firm",
    "description_zh": "面向织造企业的信用贷款。",
    "amount_min": "10",
    "amount_max": "300",
    "rate_kind": "range",
    "rate_min": "3.65",
    "rate_max": "4.8",
    "term_min": "6",
    "term_max": "36",
    "repayment_methods": ["equal_instalment"],
    "guarantee_types": ["unsecured"],
    "contact_phone": "0512-55550101",
    "criteria_mode": "all",
    "criteria-0-id": "",
    "criteria-0-fact": "platform_grade",
    "criteria-0-operator": "at_least",
    "criteria-0-value": "B",
    "criteria-0-missing": "tentative",
    "criteria-1-id": "",
    "criteria-1-fact": "industry",
    "criteria-1-operator": "within",
    "criteria-1-value": "纺织业",
    "criteria-1-missing": "tentative",
}
REACHED, ONE_GRADE_SHORT, OTHER_TRADE = 15, 10, 10
"""Multiples of five: the city's figures are told rounded."""


def test_a_product_is_drafted_measured_approved_and_published(scene: Scene, at_desk) -> None:
    lender = scene.lender()
    owner = at_desk(_city(scene))
    manager, approver = at_desk(lender.manager), at_desk(lender.approver)
    product = manager.opens("/lender/products/new", **DRAFT, _action="save")

    told = manager.reads(f"/lender/products/{product}/what-if")
    assert "所属行业属于纺织业" in told
    assert f"符合 {REACHED}" in told
    assert f"信用等级不低于 B 级 {ONE_GRADE_SHORT}" in told
    assert f"所属行业属于纺织业 {OTHER_TRADE}" in told
    assert "小型企业" in told

    manager.sends(f"/lender/products/{product}/submit")
    assert "织造贷" not in owner.reads("/firm/matches")
    manager.sends(f"/lender/products/{product}/approve", status=403)  # nobody approves what they wrote
    assert "等待平台发布" in approver.sends(
        f"/lender/products/{product}/approve", seen=seen(approver, product)
    )
    platform = at_desk(scene.publisher)
    assert "受理中" in platform.sends(f"/lender/products/{product}/publish", seen=seen(platform, product))

    assert "第 1 版" in manager.reads(f"/lender/products/{product}")
    assert "织造贷" in owner.reads("/firm/matches")
    assert "符合全部条件" in owner.reads(f"/products/{product}")


def _city(scene: Scene):
    """Weavers with the grade, weavers one grade short, and others with the grade; answers the owner of one reached."""
    owner = None
    for count, grade, industry in (
        (REACHED, "B", "1751"),
        (ONE_GRADE_SHORT, "C", "1751"),
        (OTHER_TRADE, "B", "6212"),
    ):
        for _ in range(count):
            firm = scene.firm(grade=grade)
            owner = owner or firm.owner
            told = {
                "industry": FactValue(industry, FactSource.REGISTRY, clock.today()),
                "firm_size": FactValue("small", FactSource.ANNUAL_REPORT, clock.today()),
            }
            with scene.people.database.write() as session:
                facts.record_facts(session, firm.id, told, actor=None, reason="test")
    assert owner is not None
    return owner


def seen(person: Person, product: str) -> str:
    """The version somebody has before their eyes, as the page sends it with a decision."""
    page = person.client.get(f"/lender/products/{product}").get_data(as_text=True)
    return re.findall(r'name="seen" value="([0-9]+)"', page)[0]
