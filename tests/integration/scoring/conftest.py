"""A small city with records, and two administrators."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.access.rules import Actor, Role
from creditbridge.store.database import Database
from tests.firms import register_firm
from tests.lake import put

FIRMS = 6
TODAY = date(2026, 11, 23)
ROWS = [
    (0, "penalty.fine", date(2026, 5, 1), date(2027, 5, 1), 50_000_00),
    (0, "report.filed", date(2026, 4, 1), None, None),
    (1, "judicial.dishonest", date(2026, 1, 1), None, None),
    (2, "honour.high_tech", date(2025, 1, 1), date(2028, 1, 1), None),
    *[(2, "tax.paid", date(2026, month, 12), None, 30_000_00) for month in range(1, 11)],
    (3, "registration.capital", date(2015, 1, 1), None, 500_000_000),
]


@pytest.fixture
def database(database: Database, tmp_path) -> Database:
    database.places["lake_folder"] = tmp_path / "lake"
    return database


@pytest.fixture
def city(database: Database) -> Database:
    with database.write() as session:
        for number in range(FIRMS):
            register_firm(
                session, industry_code="1711" if number % 2 else "5211", established_on=date(2012, 3, 1)
            )
    put(database, ROWS)
    return database


@pytest.fixture
def author(people) -> Actor:
    return people.member(Role.PLATFORM_ADMINISTRATOR)


@pytest.fixture
def second(people) -> Actor:
    return people.member(Role.PLATFORM_ADMINISTRATOR)
