"""Scenario 3: an ineligible firm asks for the path; done exactly, it opens exactly the products it named."""

from __future__ import annotations

import re
from datetime import date, timedelta

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from lenders.admission.tree import Operator
from tests.integration.scenarios.conftest import Person
from tests.products import criterion, rule
from tests.scene import Scene, TestFirm

NOT_LISTED = criterion("abnormal_listed", Operator.IS_FALSE)
FILED = criterion("annual_report_filed", Operator.IS_TRUE)
NO_PENALTY = criterion("penalties_12m", Operator.AT_MOST, 0)
OPENED = {"甲贷", "乙贷", "丙贷", "丁贷"}


def test_the_path_says_what_to_do_by_when_and_what_it_opens(scene: Scene, at_desk) -> None:
    lender, firm = scene.lender(), scene.firm(grade="B")
    learn(scene, firm, date(2026, 11, 1), abnormal_listed=True, annual_report_filed=False, tax_arrears=100)
    learn(scene, firm, date(2026, 4, 10), penalties_12m=1)
    wanted = scene.product(lender, name="甲贷", admission=rule(NOT_LISTED, FILED, NO_PENALTY))
    scene.product(lender, name="乙贷", admission=rule(NOT_LISTED))
    scene.product(lender, name="丙贷", admission=rule(FILED))
    scene.product(lender, name="丁贷", admission=rule(NO_PENALTY))
    scene.product(lender, name="戊贷", admission=rule(criterion("tax_arrears", Operator.AT_MOST, 0)))
    owner = at_desk(firm.owner)
    assert eligible(owner) == set()

    told = owner.reads(f"/firm/paths/{wanted.public_id}").split("路径 2")[0]
    assert "路径 1：3 步，2027-04-11 可符合" in told
    for step, day in (("年报", "2026-11-24"), ("移出经营异常名录", "2026-11-30"), ("处罚", "2027-04-11")):
        assert re.search(rf"{step}.*?最早 {day} 生效", told), (step, day)
    assert "同时打开 4 个产品" in told
    assert {name for name in (*OPENED, "戊贷") if name in told.split("同时打开")[1]} == OPENED

    with clock.at(clock.now() + timedelta(days=(date(2027, 4, 11) - clock.today()).days)):
        learn(scene, firm, clock.today(), annual_report_filed=True, abnormal_listed=False, penalties_12m=0)
        assert eligible(at_desk(firm.owner)) == OPENED


def learn(scene: Scene, firm: TestFirm, as_of: date, **values: object) -> None:
    """The departments send what they know."""
    told = {code: FactValue(value, FactSource.TAX, as_of) for code, value in values.items()}  # type: ignore[arg-type]
    with scene.people.database.write() as session:
        facts.record_facts(session, firm.id, told, actor=None, reason="test")


def eligible(owner: Person) -> set[str]:
    """The products the firm may apply for now, as the form for an application offers them."""
    told = owner.reads("/firm/matches").split("暂时不能申请")[0]
    return {name for name in (*OPENED, "戊贷") if name in told}
