"""A small city with records, in folders of the test."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from creditbridge.records.catalogue import ValueKind, items
from creditbridge.runs import service, working
from creditbridge.runs.model import Run
from creditbridge.runs.rules import RunKind
from creditbridge.store.database import Database
from tests.firms import register_firm
from tests.lake import put

FIRMS = 30
TODAY = date(2026, 11, 23)
INDUSTRIES = ("1711", "1751", "5211", "3051", None)
_SEEN = ("tax.paid", "tax.sales", "tax.credit_grade", "tax.arrears", "report.filed", "report.revenue", "report.assets", "report.liabilities", "report.employees", "social.insured_people", "penalty.fine_low", "penalty.fine", "penalty.abnormal_report", "judicial.defendant", "judicial.execution", "commitment.kept", "honour.patent_utility", "operation.power_used", "social.arrears", "honour.high_tech")  # fmt: skip


def drawn(seed: int, count: int, until: date, days: int = 1_500, firms: int = FIRMS):
    """Rows of records of a small city: firm, item, day, end, value. The last firm has none."""
    chance = random.Random(seed)
    rows = []
    for _ in range(count):
        item = items()[chance.choice(_SEEN)]
        day = until - timedelta(days=chance.randrange(days))
        ends = day + timedelta(days=chance.randrange(30, 900)) if chance.random() < 0.7 else None
        value = None if item.value is ValueKind.NONE else chance.randrange(1, 4 if item.grades else 9_000_000)
        rows.append((chance.randrange(firms - 1), item.code, day, ends, value))
    return rows


@pytest.fixture
def database(database: Database, tmp_path) -> Database:
    database.places |= {"lake_folder": tmp_path / "lake", "run_folder": tmp_path / "runs"}
    database.places["snapshot_folder"] = tmp_path / "snapshots"
    return database


@pytest.fixture
def city(database: Database) -> Database:
    with database.write() as session:
        for number in range(FIRMS):
            register_firm(
                session,
                industry_code=INDUSTRIES[number % len(INDUSTRIES)],
                established_on=date(2010, 3, 1) + timedelta(days=190 * number),
            )
    put(database, drawn(1, 900, TODAY))
    return database


@pytest.fixture
def run(database: Database) -> Callable[..., Run]:
    """Ask for a run and carry it out."""

    def carry_out(kind: RunKind = RunKind.FULL, on: date = TODAY) -> Run:
        with database.write() as session:
            asked = service.ask(session, kind, on).public_id
        assert working.carry_out(database, asked)
        with database.read() as session:
            return service.run_of(session, asked)

    return carry_out
