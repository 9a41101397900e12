"""Fixtures of the statistics tests: a small city of grants, its rows known one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.registry.model import Firm
from lenders.products.rules import GuaranteeType, PublishedProduct
from matching.lines import balances
from matching.lines.rules import BalanceReport, LineKind
from tests.lines import Lines
from tests.scene import WAN, Scene, TestFirm, TestLender

TOWNS = ("320581", "320583")
SIZES = ("micro", "small", "medium")
DAYS = (date(2026, 8, 31), date(2026, 9, 1), date(2026, 11, 2))


@dataclass
class City:
    """Two lenders, six firms, twelve grants."""

    scene: Scene
    lines: Lines
    big: TestLender
    small: TestLender
    product: PublishedProduct
    firms: list[TestFirm]
    administrator: Actor


@pytest.fixture
def city(scene: Scene) -> City:
    lines = Lines(scene)
    big, small = scene.lender("大银行"), scene.lender("小银行")
    product = scene.product(big)
    firms = [scene.firm(grade="ABC"[number % 3] if number < 5 else None) for number in range(6)]
    made = City(scene, lines, big, small, product, firms, scene.people.member(Role.PLATFORM_ADMINISTRATOR))
    with scene.people.database.write() as session:
        for number, firm in enumerate(firms):
            _describe(session, firm, number)
        for number in range(10):
            _grant(session, made, number)
        lines.offline_within(session, small, firms[5], granted_on=DAYS[0], amount_fen=30 * WAN)
        lines.offline_within(session, small, firms[0], granted_on=DAYS[2], amount_fen=40 * WAN)
    return made


def _describe(session: Session, firm: TestFirm, number: int) -> None:
    row = session.get_one(Firm, firm.id)
    row.region_code, row.industry_code = TOWNS[number % 2], ("1711", "5132")[number % 2]
    size = FactValue(SIZES[number % 3], FactSource.ANNUAL_REPORT, date(2026, 6, 30))
    facts.record_facts(session, firm.id, {"firm_size": size}, actor=None, reason="test")


def _grant(session: Session, city: City, number: int) -> None:
    """A grant of the big lender, with half of it paid out and part of that outstanding."""
    line = city.lines.offline_within(
        session,
        city.big,
        city.firms[number % 5],
        product=city.product if number % 2 else None,
        branch=city.big.branches[number % 2],
        granted_on=DAYS[number % 3],
        amount_fen=(number + 1) * 10 * WAN + number,
        annual_rate_ppm=36_000 + number * 700,
        guarantee_type=GuaranteeType.MORTGAGE if number % 3 else GuaranteeType.UNSECURED,
        kind=list(LineKind)[number % 3],
        first_time_borrower=number % 3 == 0,
    )
    paid = line.amount_fen // 2
    report = BalanceReport(date(2026, 11, 20), paid, paid // (number + 1))
    balances.report_balance(session, city.big.reviewer, line.public_id, report)
