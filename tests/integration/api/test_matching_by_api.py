"""Paths, calendar, financing needs and what-ifs by the API alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.admission.tree import Operator
from lenders.products.rules import PublishedProduct
from matching.conflicts import service as conflicts
from matching.conflicts.rules import Relation
from matching.needs.api_schemas import EXAMPLE_ANSWER, EXAMPLE_NEED
from matching.whatif.api_schemas import EXAMPLE_RULE
from matching.whatif.model import WhatIfRun
from tests.integration.api.conftest import Caller
from tests.products import criterion, rule
from tests.scene import Scene, TestFirm, TestLender, grade_at_least

Callers = Callable[..., Caller]


@pytest.fixture
def barred(scene: Scene, lender: TestLender) -> PublishedProduct:
    """For firms of three years and more that are on no list of abnormal operations."""
    age = criterion("established_on", Operator.AT_LEAST, 3)
    listed = criterion("abnormal_listed", Operator.IS_FALSE)
    return scene.product(lender, name="三年贷", admission=rule(age, listed))


@pytest.fixture
def listed(scene: Scene, firm: TestFirm, database: Database) -> TestFirm:
    with database.write() as session:
        known = {
            "established_on": FactValue(date(2024, 3, 1), FactSource.REGISTRY, date(2026, 11, 1)),
            "abnormal_listed": FactValue(value=True, source=FactSource.REGISTRY, as_of=date(2026, 11, 1)),
        }
        facts.record_facts(session, firm.id, known, actor=None, reason="test")
    return firm


def test_what_would_make_the_firm_eligible(
    caller: Callers, listed: TestFirm, barred: PublishedProduct, product: PublishedProduct
) -> None:
    owner = caller(listed.owner)
    told = owner.ok("GET", f"/firm/paths/{barred.public_id}")
    assert told["verdict"] == "not_eligible"
    best = told["paths"][0]
    assert best["on"] >= "2027-03-01", "the firm is three years old from then on"
    assert [step["kind"] for step in best["steps"]]
    assert all(step["how"]["zh"] and step["how"]["en"] and step["earliest_on"] for step in best["steps"])
    assert [row["id"] for row in best["opens"]] == [barred.public_id]
    overview = owner.ok("GET", "/firm/paths")
    assert [row["product"]["id"] for row in overview["nearest"]] == [barred.public_id]
    assert overview["open_already"] == 1
    asked = owner.ok("GET", f"/firm/paths/{product.public_id}?amount_fen=100000000&term_months=12")
    assert asked["verdict"] == "eligible"
    calendar = owner.ok("GET", "/firm/calendar")
    assert all(row["opens"] or row["closes"] for row in calendar["items"])
    assert owner.get("/firm/paths/00000000000000000000").status_code == 404
    assert owner.get(f"/firm/paths/{barred.public_id}?amount_fen=x").status_code == 422


def test_a_product_that_opens_by_itself_stands_in_the_calendar(
    caller: Callers, scene: Scene, lender: TestLender, listed: TestFirm
) -> None:
    young = scene.product(lender, admission=rule(criterion("established_on", Operator.AT_LEAST, 3)))
    (entry,) = caller(listed.owner).ok("GET", "/firm/calendar")["items"]
    assert (entry["on"], entry["by_itself"]) == ("2027-03-01", True)
    assert [row["id"] for row in entry["opens"]] == [young.public_id]


def test_a_need_from_its_draft_to_a_chosen_lender(
    caller: Callers, firm: TestFirm, lender: TestLender, product: PublishedProduct, database: Database
) -> None:
    owner, reviewer = caller(firm.owner), caller(lender.reviewer)
    made = owner.ok("POST", "/firm/needs", EXAMPLE_NEED)
    own, theirs = f"/firm/needs/{made['id']}", f"/lender/needs/{made['id']}"
    assert owner.ok("PUT", own, EXAMPLE_NEED | {"term_months": 6})["term_months"] == 6
    assert reviewer.get(theirs).status_code == 404, "a draft is shown to nobody"
    posted = owner.ok("POST", f"{own}/post")
    assert (posted["state"], [part["state"] for part in posted["parts"]]) == ("posted", ["invited"])
    assert owner.put(own, EXAMPLE_NEED).status_code == 409
    (seen,) = reviewer.ok("GET", "/lender/needs")["items"]
    assert seen["need"]["id"] == made["id"]
    assert firm.name not in str(seen)
    assert EXAMPLE_NEED["contact_phone"] not in str(seen)
    answered = reviewer.ok("POST", f"{theirs}/respond", EXAMPLE_ANSWER)
    assert answered["part"]["indication"] == {
        "amount_fen": 120_000_000,
        "rate_ppm": 38_500,
        "term_months": 12,
    }
    assert reviewer.post(f"{theirs}/respond", EXAMPLE_ANSWER).status_code == 409
    assert reviewer.get(f"{theirs}/firm").status_code == 403, "the firm has not revealed itself"
    (part,) = owner.ok("GET", own)["parts"]
    revealed = owner.ok("POST", f"{own}/reveal", {"lenders": [part["id"]]})
    assert revealed["state"] == "revealed"
    shown = reviewer.ok("GET", f"{theirs}/firm")
    assert shown["name"] == firm.name
    assert shown["contact"]["phone"] == EXAMPLE_NEED["contact_phone"]
    looks = owner.ok("GET", "/access-ledger")["items"]
    assert shown["entry_id"] in [row["id"] for row in looks]
    with database.write() as session:
        conflicts.declare(session, lender.reviewer, session.get_one(Firm, firm.id), Relation.RELATIVE)
    kept_away = reviewer.get(f"{theirs}/firm")
    assert kept_away.status_code == 409, "an officer with an interest in the firm"
    assert EXAMPLE_NEED["contact_phone"] not in kept_away.text
    assert owner.ok("POST", f"{own}/match", {"lender": part["id"]})["state"] == "matched"
    assert [row["state"] for row in owner.ok("GET", "/firm/needs")["items"]] == ["matched"]


def test_who_may_not_work_on_needs(
    caller: Callers, scene: Scene, firm: TestFirm, lender: TestLender, product: PublishedProduct
) -> None:
    made = caller(firm.staff).ok("POST", "/firm/needs", EXAMPLE_NEED)
    own, theirs = f"/firm/needs/{made['id']}", f"/lender/needs/{made['id']}"
    caller(firm.staff).ok("POST", f"{own}/post")
    assert caller(scene.firm().owner).get(own).status_code == 404
    assert caller(firm.staff).post(f"{own}/reveal", {"lenders": ["0" * 20]}).status_code == 403
    assert caller(lender.viewer).post(f"{theirs}/respond", EXAMPLE_ANSWER).status_code == 403
    assert caller(lender.reviewer, "needs:read").post(f"{theirs}/decline", {}).status_code == 403
    assert caller(firm.owner).post("/firm/needs", EXAMPLE_NEED | {"purpose": "yacht"}).status_code == 422
    declined = caller(lender.reviewer).ok("POST", f"{theirs}/decline", {"message": "不在服务区"})
    assert (declined["part"]["state"], declined["part"]["message"]) == ("declined", "不在服务区")
    assert caller(firm.owner).ok("POST", f"{own}/withdraw")["state"] == "withdrawn"
    ended = caller(lender.reviewer).ok("GET", theirs)
    assert (ended["firm"], ended["need"]["note"]) == (None, ""), (
        "an ended need tells nothing more of the firm"
    )


def test_a_what_if_of_a_whole_rule_that_is_not_saved(
    caller: Callers, scene: Scene, lender: TestLender, database: Database
) -> None:
    made = scene.product(lender, name="等级贷", admission=grade_at_least("B"))
    for grade in "AAABBBBBCCCCC":
        scene.firm(grade=grade)
    address = f"/lender/products/{made.public_id}/what-if"
    wide = {"admission": grade_at_least("C").to_json(), "curve": "grade"}
    manager = caller(lender.manager)
    before = manager.ok("GET", f"/lender/products/{made.public_id}")
    told = manager.ok("POST", address, wide)
    assert (told["product_id"], told["exact"], told["warnings"]) == (made.public_id, False, [])
    assert told["moved"]["eligible"] >= told["now"]["eligible"]
    points = {point["value"]: point["eligible"] for point in told["curve"]}
    assert points["C"] == told["moved"]["eligible"]
    assert points["A"] is None, "three firms are too few to show"
    assert len(told["near_misses"]) == len(list(grade_at_least("C").criteria())) + 1
    assert manager.ok("GET", f"/lender/products/{made.public_id}") == before, "nothing of the product changes"
    moved = manager.ok("GET", f"{address}?move=grade:C&curve=grade")
    for part in ("now", "moved", "curve", "near_misses", "overlap"):
        assert moved[part] == told[part], (
            "the same rule asked for by its thresholds is shown the same figures"
        )
    with database.read() as session:
        runs = session.scalars(select(WhatIfRun).order_by(WhatIfRun.id)).all()
    assert [run.question for run in runs] == [runs[0].question] * 2, (
        "the same question, whichever way it is asked"
    )

    other = wide | {"admission": EXAMPLE_RULE["admission"], "regions": ["320581"], "curve": None}
    fresh = manager.ok("POST", "/lender/products/what-if", other)
    assert (fresh["product_id"], fresh["version"], fresh["curve"]) == (None, 0, [])
    contrary = rule(
        criterion("employees", Operator.AT_LEAST, 9), criterion("employees", Operator.AT_MOST, 3, id="few")
    )
    assert manager.ok("POST", "/lender/products/what-if", {"admission": contrary.to_json()})["warnings"]


def test_what_a_whole_rule_is_refused_for(
    caller: Callers, scene: Scene, lender: TestLender, database: Database
) -> None:
    made = scene.product(lender, admission=grade_at_least("B"))
    address = f"/lender/products/{made.public_id}/what-if"
    good: dict[str, Any] = {"admission": grade_at_least("C").to_json()}
    manager = caller(lender.manager)
    for wrong in (
        {},
        {"admission": {"language": 1, "all": [{"id": "a", "fact": "nothing", "operator": "is_true"}]}},
        {"admission": {"language": 1, "sum": []}},
        good | {"regions": ["32058"]},
        good | {"curve": "nothing"},
        good | {"name_zh": "x"},
    ):
        for path in (address, "/lender/products/what-if"):
            assert manager.post(path, wrong).status_code == 422, wrong
    assert caller(scene.lender().manager).post(address, good).status_code == 404
    assert caller(lender.viewer).post(address, good).status_code == 403
    assert caller(lender.manager, "products:read").post(address, good).status_code == 403
    manager.app.config["WHATIF_QUESTIONS_PER_DAY"] = 1
    first = manager.post(address, good, key="one")
    assert first.status_code == 200
    again = manager.post(address, good, key="one")
    assert (again.json, again.headers["Idempotent-Replayed"]) == (first.json, "true")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(WhatIfRun)) == 1
    assert manager.post(address, good).status_code == 200, "asked before: it tells nothing new"
    other = good | {"admission": grade_at_least("D").to_json()}
    assert manager.post(address, other).status_code == 429
    assert manager.post("/lender/products/what-if", other).status_code == 429, "one budget for all ways"


def test_a_what_if_moves_thresholds(
    caller: Callers, scene: Scene, lender: TestLender, database: Database
) -> None:
    made = scene.product(lender, name="等级贷", admission=grade_at_least("B"))
    scene.product(lender, name="另一贷")
    for grade in "AAABBCCCCC":
        scene.firm(grade=grade)
    (grade,) = [one.id for one in made.admission.criteria()]
    address = f"/lender/products/{made.public_id}/what-if"
    exact = caller(scene.publisher).ok("GET", f"{address}?move={grade}:C&curve={grade}")
    assert exact["exact"] is True
    assert (exact["now"]["eligible"], exact["moved"]["eligible"]) == (5, 10)
    by_grade = next(row for row in exact["moved"]["by"] if row["dimension"] == "grade")
    assert {cell["value"]: cell["firms"] for cell in by_grade["cells"] if cell["firms"]} == {
        "A": 3,
        "B": 2,
        "C": 5,
    }
    assert {point["value"]: point["eligible"] for point in exact["curve"]}["A"] == 3
    assert [(row["product"]["zh"], row["firms"]) for row in exact["overlap"]] == [("另一贷", 10)]
    shown = caller(lender.viewer).ok("GET", f"{address}?move={grade}:A")
    assert shown["exact"] is False
    assert shown["moved"]["eligible"] is None, "three firms are too few to show"
    manager = caller(lender.manager)
    for wrong in (
        f"move={grade}",
        "move=nothing:5",
        f"move={grade}:Z",
        f"move={grade}:A&move={grade}:B",
        "curve=x",
    ):
        assert manager.get(f"{address}?{wrong}").status_code == 422
    assert caller(scene.lender().manager).get(address).status_code == 404
    manager.app.config["WHATIF_QUESTIONS_PER_DAY"] = 1
    refused = manager.get(f"{address}?move={grade}:D")
    assert refused.status_code == 429
    assert refused.json is not None
    assert "different questions" in refused.json["detail"]
