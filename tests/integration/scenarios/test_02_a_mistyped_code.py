"""Scenario 2: a firm mistypes its code and is told which check failed; the right one sees every product with reasons."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.registry.model import Firm
from lenders.admission.tree import Operator
from tests.integration.scenarios.conftest import Person
from tests.products import criterion, rule
from tests.scene import Scene, grade_at_least

RIGHT = "91990000MA0000162A"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("91990000MA0000163A", "最后一位应为 D，现为 A"),
        ("9199000OMA0000162A", "第 8 位的“O”不会出现"),
        ("91990000MA000162A", "应为 18 位，现为 17 位"),
    ],
)
def test_a_wrong_code_is_refused_with_the_check_that_failed(
    client: FlaskClient, typed: str, told: str
) -> None:
    visitor = Person(client)
    assert told in visitor.sends("/claim", status=422, uscc=typed)


def test_the_firm_that_signs_in_reads_three_groups_with_value_and_source(scene: Scene, at_desk) -> None:
    lender, firm = scene.lender(), scene.firm(grade="B")
    with scene.people.database.write() as session:
        session.get_one(Firm, firm.id).uscc = RIGHT
        paid = FactValue("B", FactSource.TAX, date(2026, 10, 8))
        facts.record_facts(session, firm.id, {"tax_credit_grade": paid}, actor=None, reason="test")
    scene.product(
        lender, name="稳织贷", admission=rule(criterion("tax_credit_grade", Operator.AT_LEAST, "B"))
    )
    scene.product(lender, name="规模贷", admission=rule(criterion("employees", Operator.AT_LEAST, 20)))
    scene.product(lender, name="优等贷", admission=grade_at_least("A"))
    told = at_desk(firm.owner).reads("/firm/matches")
    eligible, rest = told.split("稳织贷", 1)[1].split("规模贷", 1)
    tentative, refused = rest.split("优等贷", 1)
    assert "贵企业为 B 级" in eligible
    assert "税务部门，2026-10-08" in eligible
    assert "还不知道：从业人员" in tentative
    assert "信用等级不低于 A 级" in refused
    assert "平台评价，2026-11-01" in refused
