"""Fixtures of monitoring: a firm with an active line, whose owner consented to being watched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from creditbridge.access import passwords
from creditbridge.app import reactions
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.store.database import Database
from creditbridge.webhooks import secret_keeping
from lenders.products.rules import PublishedProduct
from matching.lines.model import CreditLine
from matching.monitoring import consenting, watching
from tests.lines import Lines
from tests.people import People
from tests.scene import Scene, TestFirm, TestLender


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")


@pytest.fixture
def scene(people: People) -> Scene:
    reactions.connect()
    secret_keeping.seal_with("k" * 40)
    return Scene(people)


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def product(scene: Scene, lender: TestLender) -> PublishedProduct:
    return scene.product(lender)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm(grade="A")


@pytest.fixture
def line(scene: Scene, lender: TestLender, product: PublishedProduct, firm: TestFirm) -> CreditLine:
    return Lines(scene).online(lender, product, firm)


@pytest.fixture
def consented(database: Database, firm: TestFirm, line: CreditLine) -> CreditLine:
    with database.write() as session:
        consenting.sign(session, firm.owner, line.public_id)
    return line


@pytest.fixture
def learn(database: Database) -> Callable[..., None]:
    """Something becomes known of a firm."""

    def record(firm: TestFirm, **values: Any) -> None:
        given = {
            code: FactValue(value, FactSource.COURT, date(2026, 11, 20)) for code, value in values.items()
        }
        with database.write() as session:
            facts.record_facts(session, firm.id, given, actor=None, reason="test")

    return record


@pytest.fixture
def run(database: Database) -> Callable[[], int]:
    """A run of the job."""

    def once() -> int:
        with database.write() as session:
            return watching.run(session)

    return once
