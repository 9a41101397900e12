"""The administrator's pages on honesty, exclusion, back-test and unmet demand: figures, and the rows behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel import clock
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent
from lenders.admission.tree import Operator
from matching.applications import deciding
from matching.applications.model import Submission
from matching.applications.reasons import Reason
from matching.drawdowns import deciding as drawdowns
from matching.drawdowns import requesting, servicing
from matching.drawdowns.rules import Request
from matching.drawdowns.servicing import Payment
from matching.lines.model import CreditLine
from matching.needs import posting
from matching.needs.posting import NeedDetails
from matching.needs.searches import Wanted, note_unmet
from matching.tracking import demand, honesty, tasks, unserved
from tests.integration.tracking.conftest import City
from tests.lines import Lines
from tests.people import People
from tests.products import criterion, rule
from tests.scene import WAN, Scene, TestFirm, TestLender, grade_at_least

AsActor = Callable[[Actor], FlaskClient]


def refuse(scene: Scene, lender, product, firm) -> Submission:  # type: ignore[no-untyped-def]
    (submission,) = scene.submit(firm, [product])
    with scene.people.database.write() as session:
        deciding.not_accept(session, lender.reviewer, submission.public_id, codes=[Reason.OUTSIDE_AREA])
    return submission


def test_honesty_sets_what_was_shown_beside_what_was_decided(scene: Scene, database: Database) -> None:
    lender = scene.lender()
    product = scene.product(lender, name="甲贷", admission=grade_at_least("C"))
    Lines(scene).accepted(lender, product, scene.firm(grade="A"))
    refuse(scene, lender, product, scene.firm("被推翻企业", grade="B"))
    refuse(scene, lender, product, scene.firm(grade=None))
    scene.submit(scene.firm(grade="A"), [product])
    with database.read() as session:
        (told,) = honesty.by_product(session)
        rows = honesty.judged(session, product.public_id)
    assert (told.applied, told.eligible, told.eligible_decided) == (4, 3, 2)
    assert (told.eligible_offered, told.overridden, told.eligible_granted) == (1, 1, 0)
    assert (told.offer_ppm, told.override_ppm, told.tentative_ppm) == (500_000, 500_000, 0)
    assert told.median_days == 0
    assert len(rows) == 4
    (overridden,) = [row for row in rows if row.overridden]
    assert overridden.firm == "被推翻企业"
    assert [words.zh for words in overridden.reasons] != []


def test_grades_are_tested_by_what_became_of_grants(city: City, database: Database) -> None:
    with database.write() as session:
        worst = session.scalars(select(CreditLine).where(CreditLine.grade == "C").limit(1)).one()
        session.execute(
            update(CreditLine)
            .where(CreditLine.id == worst.id)
            .values(
                maturity_on=date(2026, 11, 1), disbursed_fen=10 * WAN, balance_fen=5 * WAN, state="active"
            )
        )
    with database.read() as session:
        told = {row.key: row for row in honesty.by_grade(session)}
        rows = honesty.overdue(session, "C")
        assert honesty.overdue(session, "A") == []
    assert next(iter(told)) == "A"
    assert (told["C"].overdue, told["C"].overdue_fen, told["C"].overdue_ppm) == (1, 5 * WAN, 1_000_000)
    assert told["A"].overdue == 0
    assert [(row.overdue_fen, row.how.zh) for row in rows] == [(5 * WAN, "到期未还清")]


def test_loans_on_the_books_say_how_a_grant_went(scene: Scene, database: Database) -> None:
    """Of four lines one has loans paid late and written off, one an overdue loan, one is settled, one has no loan."""
    lender = scene.lender()
    product = scene.product(lender)
    firms = [scene.firm(grade="B") for _ in range(4)]
    book = Lines(scene)
    lines = [
        book.online(lender, product, firm, contract_number=f"HT-{number}")
        for number, firm in enumerate(firms)
    ]
    drawn = [_draw(database, lender, firm, line) for firm, line in zip(firms[:3], lines, strict=False)]
    second = _draw(database, lender, firms[0], lines[0])
    with database.write() as session:
        _repay(session, lender, drawn[2])
    with clock.at(clock.now() + timedelta(days=90)):
        with database.write() as session:
            servicing.service_due(session)
        with database.write() as session:
            servicing.end_badly(session, lender.approver, drawn[0], "write_off", reason="无法偿还")
        with database.read() as session:
            (told,) = honesty.by_grade(session)
            rows = honesty.overdue(session, "B")
            assert honesty.by_grade(session, product.product_id) == [told]
            assert honesty.by_grade(session, product.product_id + 1) == []
    assert (told.grants, told.known, told.overdue, told.overdue_ppm) == (4, 3, 2, 666_667)
    # Ten thousand each: one written off and one overdue on the first line, one overdue on the second.
    assert told.overdue_fen == 30 * WAN
    assert [(row.contract_number, row.how.zh, row.overdue_fen) for row in rows] == [
        (lines[0].contract_number, "已核销", 20 * WAN),
        (lines[1].contract_number, "已逾期", 10 * WAN),
    ]
    assert second != drawn[0]


def _draw(database: Database, lender: TestLender, firm: TestFirm, line: CreditLine) -> str:
    """A hundred thousand yuan paid out today for two months."""
    with database.write() as session:
        made = requesting.request(session, firm.owner, line.public_id, Request(10 * WAN, 2))
    with database.write() as session:
        drawdowns.approve(session, lender.approver, made.public_id)
    with database.write() as session:
        drawdowns.disburse(session, lender.reviewer, made.public_id, on=clock.today())
    return made.public_id


def _repay(session: Session, lender: TestLender, drawdown_id: str) -> None:
    payment = Payment(10 * WAN, clock.today())
    servicing.repay(session, lender.reviewer, drawdown_id, payment)


def test_the_job_counts_the_city_with_no_writing_transaction_open(
    scene: Scene, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a large city is read others sign in and write."""
    scene.firm(grade="E")
    read = facts.all_facts

    def read_beside_a_writer(session: Session) -> Iterable[tuple[int, FirmFacts]]:
        found = list(read(session))
        with database.write() as other:
            outbox.emit(other, "somebody.wrote")
        return found

    monkeypatch.setattr(facts, "all_facts", read_beside_a_writer)
    assert tasks.count_unserved(database, {})
    with database.read() as session:
        found = unserved.latest(session)
    assert found is not None
    assert found.unserved == 1


def test_the_city_is_counted_once_a_day_and_its_rows_are_kept(scene: Scene, database: Database) -> None:
    scene.product(scene.lender(), admission=rule(criterion("platform_grade", Operator.AT_LEAST, "B")))
    scene.firm(grade="A")
    left_out = [scene.firm(grade="D"), scene.firm(grade="E")]
    for _ in range(2):
        with database.write() as session:
            unserved.count(session)
    with database.read() as session:
        behind = unserved.firms_of(session, 1)
    assert behind.counted is not None
    assert behind.criterion is not None
    assert (behind.counted.firms, behind.counted.unserved, behind.total) == (3, 2, 2)
    assert behind.criterion.words.zh == "信用等级不低于 B 级"
    assert {firm.public_id for firm in behind.firms} == {firm.public_id for firm in left_out}
    with clock.at(clock.now() + timedelta(days=1)), database.write() as session:
        unserved.count(session)
        latest = unserved.latest(session)
        assert latest is not None
        assert latest.on_day == clock.today()


def test_demand_without_supply_is_told_by_purpose(scene: Scene, database: Database) -> None:
    scene.product(scene.lender(), admission=grade_at_least("A"))
    poor, rich = scene.firm(grade="E"), scene.firm(grade="A")
    for firm in (poor, rich):
        with database.write() as session:
            told = NeedDetails(80 * WAN, 12, "equipment", "王", "0512-55550101")
            posting.post(session, firm.owner, posting.write(session, firm.owner, told).public_id)
    with database.write() as session:
        row = posting.claims.firm_of(session, poor.owner)
        note_unmet(session, row, Wanted(50 * WAN, None, "research"))
    with database.read() as session:
        counted = {
            row.purpose: (row.needs, row.searches, row.amount_fen) for row in demand.by_purpose(session)
        }
        rows = demand.unmet(session, "research")
    assert counted == {"equipment": (1, 0, 80 * WAN), "research": (0, 1, 0)}
    assert [row.amount_fen for row in rows] == [50 * WAN]


def test_the_pages_lead_from_figures_to_rows(as_actor: AsActor, scene: Scene, database: Database) -> None:
    lender = scene.lender()
    product = scene.product(lender, name="甲贷", admission=grade_at_least("C"))
    refuse(scene, lender, product, scene.firm("被拒企业", grade="B"))
    scene.firm("门外企业", grade="E")
    with database.write() as session:
        unserved.count(session)
    visitor = as_actor(scene.people.member(Role.PLATFORM_REGULATOR))
    text = visitor.get("/platform/honesty").get_data(as_text=True)
    for link in (f"/platform/honesty/products/{product.public_id}", "/platform/honesty/unserved?criterion=1"):
        assert link in text
    assert "现在重新统计" not in text
    behind = visitor.get(f"/platform/honesty/products/{product.public_id}").get_data(as_text=True)
    assert "被拒企业" in behind
    assert re.search(r'href="/platform/firms/\w{20}/credit">被拒企业', behind)
    assert "申请日期" in behind
    assert "门外企业" in visitor.get("/platform/honesty/unserved").get_data(as_text=True)
    assert "门外企业" in visitor.get("/platform/honesty/unserved?criterion=1").get_data(as_text=True)
    assert visitor.get("/platform/honesty/unserved?criterion=99").status_code == 404
    for page in ("overdue", "overdue?grade=A", "demand", "demand?purpose=equipment"):
        assert visitor.get(f"/platform/honesty/{page}").status_code == 200


def test_the_administrator_has_the_count_made_anew(
    as_actor: AsActor, people: People, database: Database
) -> None:
    visitor = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR))
    for page in ("/platform/honesty", "/platform/honesty/unserved"):
        assert "还没有统计" in visitor.get(page).get_data(as_text=True)
    assert visitor.post("/platform/honesty/recount").status_code == 302
    with database.read() as session:
        assert session.scalars(select(OutboxEvent).where(OutboxEvent.name == unserved.RECOUNT)).one()
