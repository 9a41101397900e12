"""The small city of the tests of runs, and somebody who speaks for one of its firms."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from borrowers.claims.model import Claim
from creditbridge.access.rules import Role
from creditbridge.registry.model import Firm
from tests.integration.runs.conftest import city, database, run

__all__ = ["city", "database", "run"]
FIRM_NO = 3


@pytest.fixture
def owner(city, people):
    actor = people.member(Role.FIRM_OWNER)
    with city.write() as session:
        firm = session.scalars(select(Firm).where(Firm.firm_no == FIRM_NO)).one()
        session.add(
            Claim(
                firm_id=firm.id,
                organisation_id=actor.organisation_id,
                claimed_by=actor.user_id,
                operator_name=actor.name,
                operator_phone="13800000000",
                state="verified",
            )
        )
    return actor


@pytest.fixture
def administrator(people):
    return people.member(Role.PLATFORM_ADMINISTRATOR)
