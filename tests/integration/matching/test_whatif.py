"""What-if of a product: counts over the city with thresholds moved, exact or rounded, and each run kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from creditbridge.access.rules import Actor
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.errors import NotFound, Throttled
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.admission.tree import Operator
from lenders.products import drafting
from lenders.products.rules import PublishedProduct
from matching.eligibility.rules import Verdict
from matching.index import service as index
from matching.whatif import protecting
from matching.whatif import service as whatif
from matching.whatif.kept import asked_before
from matching.whatif.limiting import Protection
from matching.whatif.model import WhatIfRun
from matching.whatif.protecting import salt_of
from tests.products import WAN, criterion, rule
from tests.scene import Scene, TestLender

SALT = salt_of("test")
PROTECTION = Protection(SALT, 1_000)
AS_OF = date(2026, 11, 1)


@pytest.fixture
def city(database: Database) -> None:
    """Two hundred firms with one to two hundred staff, graded in turn."""
    with database.write() as session:
        firms = [
            Firm(firm_no=5_000 + n, uscc=f"91990000WHAT{n:06d}", name=f"测算企业 {n}", status="active")
            for n in range(200)
        ]
        session.add_all(firms)
        session.flush()
        changes = {
            firm.id: {
                "employees": FactValue(n + 1, FactSource.DEMO, AS_OF),
                "platform_grade": FactValue("ABCDE"[n % 5], FactSource.DEMO, AS_OF),
                "annual_revenue": FactValue((n + 1) * 10 * WAN, FactSource.DEMO, AS_OF),
            }
            for n, firm in enumerate(firms)
        }
        facts.record_many(session, changes, actor=None, reason="test")


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def product(scene: Scene, lender: TestLender) -> PublishedProduct:
    staff = criterion("employees", Operator.AT_LEAST, 101)
    grade = criterion("platform_grade", Operator.AT_LEAST, "C")
    return scene.product(lender, admission=rule(staff, grade))


def _ids(product: PublishedProduct) -> tuple[str, str]:
    staff, grade = product.admission.criteria()
    return staff.id, grade.id


def _ask(
    database: Database,
    actor: Actor,
    product: PublishedProduct,
    typed: dict[str, str],
    curve_of: str | None = None,
    protection: Protection = PROTECTION,
) -> whatif.Answer:
    with database.read() as session:
        asked = whatif.asked_of(session, actor, product.public_id)
        return whatif.ask(session, database, actor, asked, typed, curve_of=curve_of, protection=protection)


def test_the_platform_sees_exact_figures(
    database: Database, scene: Scene, city: None, product: PublishedProduct
) -> None:
    staff, grade = _ids(product)
    told = _ask(database, scene.publisher, product, {staff: "51", grade: "B"})
    assert told.now.eligible.total == 60
    assert told.moved.eligible.total == 60
    left_out = _ask(database, scene.publisher, product, {staff: "-"}, curve_of=staff)
    assert left_out.moved.eligible.total == 120
    curve = dict(left_out.curve)
    assert curve[100] == 60
    assert curve[1] == 120


def test_a_lender_sees_rounded_figures_and_the_same_ones_again(
    database: Database, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    staff, _ = _ids(product)
    told = _ask(database, lender.manager, product, {staff: "196"})
    assert told.moved.eligible.total is None, "three firms are too few to show"
    assert told.now.eligible.total in (55, 60, 65)
    again = _ask(database, lender.viewer, product, {staff: "196"})
    assert whatif.as_json(again) == whatif.as_json(told)


def test_figures_beside_each_other_stand_in_order(
    database: Database,
    lender: TestLender,
    city: None,
    product: PublishedProduct,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rounded each by itself a wider rule's figure may fall below a narrower one's; shown together they never do."""
    for module in (protecting, whatif):  # the worst there can be: the more firms, the less is shown
        monkeypatch.setattr(module, "shown", lambda cell, *, exact=False: 1_000 - cell.count)  # noqa: ARG005
    staff, grade = _ids(product)
    for least in range(20, 190, 7):
        told = _ask(database, lender.manager, product, {staff: str(least)}, curve_of=staff)
        ordered = (told.moved, told.now) if least > 101 else (told.now, told.moved)
        narrower, wider = (one.eligible for one in ordered)
        assert (narrower.total or 0) <= (wider.total or 0)
        for dimension, cells in narrower.by.items():
            assert all((figure or 0) <= (wider.by[dimension][value] or 0) for value, figure in cells.items())
        figures = [figure or 0 for _, figure in told.curve]
        assert figures == sorted(figures, reverse=True)
    for letter in "ABCDE":
        told = _ask(database, lender.manager, product, {grade: letter}, curve_of=grade)
        figures = [figure or 0 for _, figure in told.curve]
        assert figures == sorted(figures, reverse=True)
        assert dict(told.curve)[letter] == told.moved.eligible.total


def test_each_run_is_kept(
    database: Database, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    staff, grade = _ids(product)
    _ask(database, lender.manager, product, {staff: "50", grade: "-"}, curve_of=staff)
    with database.read() as session:
        (run,) = session.scalars(select(WhatIfRun)).all()
    assert (run.user_id, run.organisation_id) == (lender.manager.user_id, lender.manager.organisation_id)
    assert run.product_version_id == product.version_id
    assert run.moved[staff]["value"] == 50
    assert run.moved[grade] is None
    assert (run.curve_of, run.exact) == (staff, False)
    assert len(run.answer_digest) == len(run.rule_digest) == 64


def test_what_was_asked_before_is_listed_to_the_lender_and_to_the_platform(
    database: Database, scene: Scene, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    staff, grade = _ids(product)
    _ask(database, lender.manager, product, {})  # opening the page moves nothing
    _ask(database, lender.manager, product, {staff: "50", grade: "-"}, curve_of=staff)
    _ask(database, lender.manager, product, {staff: "50", grade: "-"}, curve_of=staff)  # the same again
    _ask(database, scene.publisher, product, {staff: "60"})
    with database.read() as session:
        asked = whatif.asked_of(session, lender.manager, product.public_id)
        own = asked_before(session, lender.viewer, asked)
        all_of_them = asked_before(session, scene.publisher, asked)
    assert [(one.moved[staff].value, one.moved[grade], one.curve_of) for one in own] == [(50, None, staff)]
    assert [one.moved[staff].value for one in all_of_them] == [60, 50]
    assert {one.organisation for one in all_of_them} > {one.organisation for one in own}


def test_near_misses_and_the_overlap_with_other_products(
    database: Database, scene: Scene, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    scene.product(lender, name="另一产品", admission=rule(criterion("employees", Operator.AT_LEAST, 151)))
    with database.read() as session:
        asked = whatif.asked_of(session, scene.publisher, product.public_id)
        told = whatif.report(session, scene.publisher, asked, asked.tree, salt=SALT)
    by_fact = {row.criterion.test.fact: row.failing.total for row in told.missed}
    assert by_fact == {"registration_status": 0, "employees": 60, "platform_grade": 40}
    assert [(row.name.zh, row.firms) for row in told.overlap] == [("另一产品", 30)]


def test_another_lenders_product_is_not_found(
    database: Database, scene: Scene, product: PublishedProduct
) -> None:
    with pytest.raises(NotFound):
        _ask(database, scene.lender().manager, product, {})


def test_the_page_counts_with_and_without_the_script(
    as_actor: Callable[[Actor], FlaskClient],
    scene: Scene,
    lender: TestLender,
    city: None,
    product: PublishedProduct,
) -> None:
    staff, _ = _ids(product)
    client = as_actor(lender.manager)
    page = client.get(
        f"/lender/products/{product.public_id}/what-if", query_string={f"t-{staff}": "51", "curve": staff}
    )
    assert page.status_code == 200
    assert "准入测算" in page.text
    assert 'value="51"' in page.text
    assert "<svg" in page.text
    assert re.search(r"<tr hidden><th scope=\"row\">采矿业</th>", page.text), "what nobody has takes no room"
    figures = client.get(
        f"/lender/products/{product.public_id}/what-if/figures", query_string={f"t-{staff}": "51"}
    )
    assert figures.json is not None
    assert figures.json["moved"]["eligible"] in (85, 90, 95)
    later = client.get(f"/lender/products/{product.public_id}/what-if", query_string={f"t-{staff}": "52"})
    assert "从业人员不少于 51 人；曲线：从业人员" in later.text
    wrong = client.get(f"/lender/products/{product.public_id}/what-if", query_string={f"t-{staff}": "many"})
    assert wrong.status_code == 422
    refused = client.get(
        f"/lender/products/{product.public_id}/what-if/figures", query_string={f"t-{staff}": "many"}
    )
    assert refused.status_code == 422
    assert refused.json is not None
    assert staff in refused.json["problems"]
    exact = as_actor(scene.publisher).get(
        f"/lender/products/{product.public_id}/what-if/figures", query_string={f"t-{staff}": "196"}
    )
    assert exact.json is not None
    assert exact.json["moved"]["eligible"] == 3


@pytest.fixture
def manager(as_actor: Callable[[Actor], FlaskClient], lender: TestLender) -> FlaskClient:
    return as_actor(lender.manager)


def _row(number: int, fact: str, operator: str, value: str, name: str = "") -> dict[str, str]:
    row = {"fact": fact, "operator": operator, "value": value, "id": name}
    return {f"criteria-{number}-{key}": text for key, text in row.items()}


def _unsaved(client: FlaskClient, address: str, data: dict[str, str], part: bool = True) -> TestResponse:
    query = {"part": "1"} if part else {}
    return client.post(address, data=data, query_string=query)


def test_a_threshold_typed_in_the_editor_is_counted_before_it_is_saved(
    manager: FlaskClient, database: Database, city: None, product: PublishedProduct
) -> None:
    staff, grade = _ids(product)
    data = {
        **_row(0, "employees", "at_least", "51", staff),
        **_row(1, "platform_grade", "at_least", "C", grade),
        "curve": "criteria-0",
    }
    told = _unsaved(manager, f"/lender/products/{product.public_id}/what-if/unsaved", data)
    assert told.status_code == 200
    shown = re.search(r"data-headline>(.*?)</p>", told.text)
    assert shown is not None
    assert re.search(r"全市符合：(85|90|95) 家 · 已保存的条件：(55|60|65) 家", shown[1])
    for heading in ("信用等级", "企业规模", "行业门类", "地区", "门槛曲线", "仅差一项", "排除了谁"):
        assert heading in told.text
    assert '<template data-stops-of="criteria-0">' in told.text
    with database.read() as session:
        (run,) = session.scalars(select(WhatIfRun)).all()
    assert (run.product_version_id, run.curve_of) == (product.version_id, staff)
    assert run.moved[staff]["value"] == 51
    assert run.rule is None, "the version and the moves say which rule it was"


def test_a_rule_of_another_shape_and_other_regions_are_counted_too(
    manager: FlaskClient, database: Database, city: None, product: PublishedProduct
) -> None:
    address = f"/lender/products/{product.public_id}/what-if/unsaved"
    data = {**_row(0, "employees", "at_least", "101"), **_row(1, "", "", "")}
    told = _unsaved(manager, address, data, part=False)
    assert re.search(r"全市符合：(95|100|105) 家", told.text), "an empty row stands in nobody's way"
    assert "<html" in told.text, "without the script it is a page"
    nowhere = _unsaved(manager, address, data | {"regions": "110000"})
    assert "全市符合：过少，不显示" in nowhere.text
    with database.read() as session:
        runs = session.scalars(select(WhatIfRun).order_by(WhatIfRun.id)).all()
    assert runs[0].rule is not None
    assert [test["fact"] for test in runs[0].rule["all"]] == ["registration_status", "employees"]


def test_a_product_that_was_never_saved_is_counted(
    manager: FlaskClient, database: Database, city: None
) -> None:
    told = _unsaved(manager, "/lender/products/new/what-if", _row(0, "employees", "at_least", "101"))
    assert told.status_code == 200
    assert re.search(r"全市符合：(95|100|105) 家 · 待", told.text)
    with database.read() as session:
        (run,) = session.scalars(select(WhatIfRun)).all()
    assert run.product_version_id is None
    assert run.rule is not None


def test_what_is_wrong_in_the_editor_is_said_by_condition(
    manager: FlaskClient, database: Database, city: None, product: PublishedProduct
) -> None:
    address = f"/lender/products/{product.public_id}/what-if/unsaved"
    told = _unsaved(manager, address, _row(0, "employees", "at_least", "many"))
    assert told.status_code == 200, "to the script that asks along, what is half written is no error"
    assert "条件 1：请填写整数。" in told.text
    page = _unsaved(manager, address, _row(0, "employees", "at_least", "many"), part=False)
    assert page.status_code == 422
    assert "条件 1：请填写整数。" in page.text
    persons = _unsaved(manager, address, {"applicant_kind": "natural_person"}, part=False)
    assert persons.status_code == 422
    assert "没有找到" in _unsaved(manager, address, {"regions": "乌有乡"}).text
    twice = {**_row(0, "employees", "at_least", "50"), **_row(1, "employees", "at_most", "40")}
    assert "没有企业能够符合" in _unsaved(manager, address, twice).text
    with database.read() as session:
        assert len(session.scalars(select(WhatIfRun)).all()) == 1, "what was refused was not asked"


def test_another_lenders_editor_is_not_found(
    as_actor: Callable[[Actor], FlaskClient], scene: Scene, product: PublishedProduct
) -> None:
    stranger = as_actor(scene.lender().manager)
    assert _unsaved(stranger, f"/lender/products/{product.public_id}/what-if/unsaved", {}).status_code == 404


def test_a_lender_asks_only_so_many_different_questions_a_day(
    database: Database, scene: Scene, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    staff, _ = _ids(product)
    few = Protection(SALT, 3)
    for least in ("10", "20", "30", "10", "20"):
        _ask(database, lender.manager, product, {staff: least}, protection=few)
    with pytest.raises(Throttled) as refused:
        _ask(database, lender.viewer, product, {staff: "40"}, protection=few)
    assert "3 个不同的问题" in refused.value.words.zh
    assert "24 小时后可以继续" in refused.value.words.zh
    assert "3 different questions" in refused.value.words.en
    _ask(database, lender.viewer, product, {staff: "30"}, protection=few)
    _ask(database, scene.publisher, product, {staff: "40"}, protection=few)
    with database.read() as session:
        assert len(session.scalars(select(WhatIfRun)).all()) == 7, "a refused question leaves no run"


def test_a_draft_is_asked_about_as_it_was_saved_last(
    database: Database, scene: Scene, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    """What stands in a version is kept by the process; a save is in the next answer all the same."""
    assert _ask(database, scene.publisher, product, {}).now.eligible.total == 60
    with database.write() as session:
        started = drafting.start_version(session, lender.manager, product.public_id)
        draft, seen = drafting.draft_of_version(started), started.version
    for staff, expected in ((196, 5), (191, 10)):
        with database.write() as session:
            admission = rule(criterion("employees", Operator.AT_LEAST, staff))
            seen = drafting.save_draft(
                session, lender.manager, product.public_id, replace(draft, admission=admission), seen=seen
            ).version
        assert _ask(database, scene.publisher, product, {}).now.eligible.total == expected


def test_the_limit_is_said_on_every_way(
    as_actor: Callable[[Actor], FlaskClient], lender: TestLender, city: None, product: PublishedProduct
) -> None:
    client = as_actor(lender.manager)
    client.application.config["WHATIF_QUESTIONS_PER_DAY"] = 1
    staff, _ = _ids(product)
    page = f"/lender/products/{product.public_id}/what-if"
    assert client.get(page, query_string={f"t-{staff}": "20"}).status_code == 200
    for refused in (
        client.get(page, query_string={f"t-{staff}": "21"}),
        client.get(f"{page}/figures", query_string={f"t-{staff}": "22"}),
        _unsaved(client, f"{page}/unsaved", _row(0, "employees", "at_least", "23", staff)),
    ):
        assert refused.status_code == 429
        assert int(refused.headers["Retry-After"]) > 0
        assert "达到上限" in (refused.json["problems"]["limit"][0] if refused.is_json else refused.text)


def test_the_products_page_shows_a_lender_the_same_protected_figures(
    database: Database, scene: Scene, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    told = _ask(database, lender.manager, product, {})
    with database.read() as session:
        shown = whatif.standing(session, product, exact=False, salt=SALT)
        exact = whatif.standing(session, product, exact=True, salt=SALT)
        counted = index.counts(session, product.version_id)
    assert shown[Verdict.ELIGIBLE] == told.now.eligible.total
    assert shown[Verdict.NOT_ELIGIBLE] != exact[Verdict.NOT_ELIGIBLE] or exact[Verdict.NOT_ELIGIBLE] % 5 == 0
    assert tuple(exact.values()) == (counted.eligible, counted.tentative, counted.not_eligible)
    assert sum(figure or 0 for figure in exact.values()) == 200
