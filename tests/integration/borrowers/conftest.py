"""A firm with its owner and a signed-in client, and what files are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, Role
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from tests.firms import claimed_firm
from tests.people import People

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20
PDF = b"%PDF-1.7\n"


@dataclass
class Side:
    """A firm, its owner, and the owner's browser."""

    firm: Firm
    owner: Actor
    client: FlaskClient


@pytest.fixture
def make_side(
    database: Database, people: People, as_actor: Callable[[Actor], FlaskClient]
) -> Callable[[], Side]:
    def make() -> Side:
        owner = people.member(Role.FIRM_OWNER)
        return Side(claimed_firm(database, owner), owner, as_actor(owner))

    return make


@pytest.fixture
def side(make_side: Callable[[], Side]) -> Side:
    return make_side()


@pytest.fixture
def staff(database: Database, people: People, side: Side) -> Actor:
    with database.read() as session:
        home = session.get_one(Organisation, side.owner.organisation_id)
    return people.member(Role.FIRM_STAFF, home)
