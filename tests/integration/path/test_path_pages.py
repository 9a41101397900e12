"""The firm's paths, with facts in the database: scenario 3, alternatives, calendar, and the plugged-in simulation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from flask.testing import FlaskClient

from creditbridge.access.rules import Actor, Role
from creditbridge.facts import service as facts
from creditbridge.facts.actions import Action, ActionKind, lay
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.words import Words
from creditbridge.store.database import Database
from lenders.admission.tree import Operator
from matching.eligibility.rules import Verdict
from matching.eligibility.service import matches_of
from matching.path import service
from tests.people import People
from tests.products import criterion, rule
from tests.scene import Scene, TestFirm, grade_at_least

AsActor = Callable[[Actor], FlaskClient]
NOT_LISTED = criterion("abnormal_listed", Operator.IS_FALSE)
FILED = criterion("annual_report_filed", Operator.IS_TRUE)
NO_PENALTY = criterion("penalties_12m", Operator.AT_MOST, 0)
PAID = criterion("tax_arrears", Operator.AT_MOST, 0)


def record(database: Database, firm: TestFirm, as_of: date = date(2026, 11, 1), **values: object) -> None:
    told = {code: FactValue(value, FactSource.TAX, as_of) for code, value in values.items()}  # type: ignore[arg-type]
    with database.write() as session:
        facts.record_facts(session, firm.id, told, actor=None, reason="test")


@pytest.fixture
def listed(scene: Scene, database: Database) -> TestFirm:
    """A firm that did not file its report, is on the list, and has a penalty."""
    firm = scene.firm(grade="B")
    record(database, firm, abnormal_listed=True, annual_report_filed=False, tax_arrears=100)
    record(database, firm, date(2026, 4, 10), penalties_12m=1)
    return firm


@pytest.fixture(autouse=True)
def nothing_plugged_in() -> Iterator[None]:
    yield
    service.simulate_with(None)
    service._Hooks.sources = ()


def test_a_path_opens_exactly_the_products_it_names(
    scene: Scene, database: Database, listed: TestFirm
) -> None:
    """Scenario 3: file the report, leave the list by T+5, wait for the penalty; then four products."""
    lender = scene.lender()
    wanted = scene.product(lender, name="甲贷", admission=rule(NOT_LISTED, FILED, NO_PENALTY))
    scene.product(lender, name="乙贷", admission=rule(NOT_LISTED))
    scene.product(lender, name="丙贷", admission=rule(FILED))
    scene.product(lender, name="丁贷", admission=rule(NO_PENALTY))
    scene.product(lender, name="戊贷", admission=rule(PAID))
    with database.read() as session:
        best = service.paths_to(session, listed.id, wanted).paths[0]
    assert [action.slot for action in best.path.actions] == [
        "annual_report_filed",
        "abnormal_listed",
        "penalties_12m",
    ]
    assert [action.earliest_on for action in best.path.actions] == [
        date(2026, 11, 24),
        date(2026, 11, 30),
        date(2027, 4, 11),
    ]
    assert {product.name.zh for product in best.opens} == {"甲贷", "乙贷", "丙贷", "丁贷"}
    changed = {code: value for action in best.path.actions for code, value in action.values.items()}
    record(database, listed, best.path.on, **changed)
    with database.read() as session:
        now = {
            match.product.name.zh: match.verdict for match in matches_of(session, listed.id, on=best.path.on)
        }
    assert {name for name, verdict in now.items() if verdict is Verdict.ELIGIBLE} == {
        "甲贷",
        "乙贷",
        "丙贷",
        "丁贷",
    }


def test_the_few_actions_that_open_most_come_first(
    scene: Scene, database: Database, listed: TestFirm
) -> None:
    lender = scene.lender()
    for name, tree in (
        ("甲贷", rule(FILED)),
        ("乙贷", rule(FILED, criterion("platform_grade", Operator.AT_LEAST, "C"))),
        ("丙贷", rule(NOT_LISTED)),
        ("丁贷", grade_at_least("B")),
    ):
        scene.product(lender, name=name, admission=tree)
    with database.read() as session:
        told = service.overview(session, listed.id)
    assert told.open_already == 1
    assert [len(bundle.opens) for bundle in told.bundles] == [2, 3]
    assert [action.slot for action in told.bundles[0].actions] == ["annual_report_filed"]
    assert {row.product.name.zh for row in told.reachable} == {"甲贷", "乙贷", "丙贷"}


def test_the_calendar_says_what_opens_when(scene: Scene, database: Database, listed: TestFirm) -> None:
    record(database, listed, established_on=date(2025, 1, 15))
    lender = scene.lender()
    scene.product(lender, name="两年贷", admission=rule(criterion("established_on", Operator.AT_LEAST, 2)))
    scene.product(lender, name="无罚贷", admission=rule(NO_PENALTY))
    scene.product(lender, name="清欠贷", admission=rule(PAID))
    with database.read() as session:
        entries = service.calendar(session, listed.id)
    told = [(entry.on, entry.by_itself, [product.name.zh for product in entry.opens]) for entry in entries]
    assert told == [
        (date(2026, 11, 30), False, ["清欠贷"]),
        (date(2027, 1, 15), True, ["两年贷"]),
        (date(2027, 4, 11), True, ["无罚贷"]),
    ]


def test_a_room_below_offers_repairs_and_works_out_what_they_change(
    scene: Scene, database: Database, listed: TestFirm
) -> None:
    product = scene.product(scene.lender(), admission=grade_at_least("A"))
    words = Words("修复处罚记录", "Repair the penalty")
    repair = Action("record:7", "record:7", ActionKind.REPAIR, words, words, date(2026, 12, 20), 3,
                    records=(7,), affects=frozenset({"platform_grade"}))  # fmt: skip

    def simulate(firm_facts, actions, on):  # type: ignore[no-untyped-def]
        known = lay(firm_facts, actions, on)
        if not any(action.records for action in actions):
            return known
        held = known.values["platform_grade"]
        return known.with_values({"platform_grade": replace(held, value="A")})

    service.offer_with(lambda *_: [repair])
    service.offer_with(lambda *_: [])
    service.simulate_with(
        lambda session, firm_id, _labels: partial(simulate, facts.facts_of(session, firm_id))
    )
    with database.read() as session:
        (best, *_) = service.paths_to(session, listed.id, product).paths
    assert [action.code for action in best.path.actions] == ["record:7"]
    assert best.path.on == date(2026, 12, 20)


def test_pages_show_steps_dates_and_products(as_actor: AsActor, scene: Scene, listed: TestFirm) -> None:
    lender = scene.lender()
    product = scene.product(lender, name="甲贷", admission=rule(NOT_LISTED, FILED))
    scene.product(
        lender, name="外地贷", admission=rule(criterion("entity_kind", Operator.IN_SET, ("enterprise",)))
    )
    visitor = as_actor(listed.owner)
    text = visitor.get("/firm/matches").get_data(as_text=True)
    assert f"/firm/paths/{product.public_id}" in text
    text = visitor.get(f"/firm/paths/{product.public_id}").get_data(as_text=True)
    assert "怎样才能符合“甲贷”" in text
    assert "补报上年度年报" in text
    assert "2026-11-30 可符合" in text
    text = visitor.get("/firm/paths").get_data(as_text=True)
    assert "做 2 件事，2026-11-30 起打开 1 个产品" in text
    assert "三年内没有可行路径的产品" in text
    assert "机会日历" in visitor.get("/firm/calendar").get_data(as_text=True)


def test_an_eligible_firm_is_told_to_apply(as_actor: AsActor, scene: Scene) -> None:
    firm, product = scene.firm(), scene.product(scene.lender(), admission=grade_at_least("C"))
    text = as_actor(firm.owner).get(f"/firm/paths/{product.public_id}").get_data(as_text=True)
    assert "贵企业已经符合全部条件" in text


def test_what_cannot_be_reached_says_what_stands_in_the_way(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm()
    product = scene.product(
        scene.lender(), admission=rule(criterion("annual_revenue", Operator.AT_LEAST, 100))
    )
    with scene.people.database.write() as session:
        facts.record_facts(
            session,
            firm.id,
            {"annual_revenue": FactValue(5, FactSource.TAX, date(2026, 1, 1))},
            actor=None,
            reason="t",
        )
    text = as_actor(firm.owner).get(f"/firm/paths/{product.public_id}").get_data(as_text=True)
    assert "暂时没有合法可行的路径" in text
    assert "营业收入是经营结果" in text


def test_the_loan_asked_for_is_part_of_the_question(as_actor: AsActor, scene: Scene) -> None:
    firm = scene.firm()
    tree = rule(criterion("requested_amount", Operator.AT_MOST, 100_000_000))
    product = scene.product(scene.lender(), admission=tree)
    visitor = as_actor(firm.owner)
    text = visitor.get(f"/firm/paths/{product.public_id}?amount=200").get_data(as_text=True)
    assert "调整申请金额" in text
    assert visitor.get(f"/firm/paths/{product.public_id}?amount=x").status_code == 422


@pytest.mark.parametrize("path", ["/firm/paths", "/firm/calendar"])
def test_before_the_claim_the_page_says_what_to_do(as_actor: AsActor, people: People, path: str) -> None:
    text = as_actor(people.member(Role.FIRM_OWNER)).get(path).get_data(as_text=True)
    assert "先认领您的企业" in text


def test_others_do_not_see_a_firms_paths(as_actor: AsActor, people: People, scene: Scene) -> None:
    product = scene.product(scene.lender())
    for role in (Role.LENDER_REVIEWER, Role.PLATFORM_ADMINISTRATOR):
        visitor = as_actor(people.member(role))
        for path in ("/firm/paths", "/firm/calendar", f"/firm/paths/{product.public_id}"):
            assert visitor.get(path).status_code == 403
