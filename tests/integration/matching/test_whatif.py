"""What-if of a product: counts over the city with thresholds moved, exact or rounded, and each run kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from creditbridge.access.rules import Actor
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel.errors import NotFound
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.admission.tree import Operator
from lenders.products.rules import PublishedProduct
from matching.whatif import service as whatif
from matching.whatif.model import WhatIfRun
from matching.whatif.protecting import salt_of
from tests.products import WAN, criterion, rule
from tests.scene import Scene, TestLender

SALT = salt_of("test")
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
) -> whatif.Answer:
    with database.read() as session:
        asked = whatif.asked_of(session, actor, product.public_id)
        return whatif.ask(session, database, actor, asked, typed, curve_of=curve_of, salt=SALT)


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


def test_near_misses_and_the_overlap_with_other_products(
    database: Database, scene: Scene, lender: TestLender, city: None, product: PublishedProduct
) -> None:
    scene.product(lender, name="另一产品", admission=rule(criterion("employees", Operator.AT_LEAST, 151)))
    with database.read() as session:
        asked = whatif.asked_of(session, scene.publisher, product.public_id)
        told = whatif.report(session, scene.publisher, asked, {}, salt=SALT)
    by_fact = {row.criterion.test.fact: row.failing.total for row in told.missed}
    assert by_fact == {"registration_status": 0, "employees": 60, "platform_grade": 40}
    assert [(name.zh, figure) for name, figure in told.overlap] == [("另一产品", 30)]


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
    figures = client.get(
        f"/lender/products/{product.public_id}/what-if/figures", query_string={f"t-{staff}": "51"}
    )
    assert figures.json is not None
    assert figures.json["moved"]["eligible"] in (85, 90, 95)
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
