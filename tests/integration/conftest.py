"""Fixtures of the integration tests: the application on this test's database, people, and signed-in clients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from creditbridge.access import service as access
from creditbridge.access.model import Membership, Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.app.settings import Settings
from creditbridge.app.web import Application, create_app
from creditbridge.store.database import Database

PASSWORD = "correct horse battery staple"


@dataclass
class People:
    """Makes organisations and members, each in a committed transaction of its own."""

    database: Database
    made: int = 0

    def organisation(self, kind: OrganisationKind, name: str = "") -> Organisation:
        self.made += 1
        with self.database.write() as session:
            return access.create_organisation(session, kind, name or f"单位 {self.made}")

    def member(self, role: Role, organisation: Organisation | None = None, *, branch_id: int | None = None) -> Actor:
        """A new person with this role, in the organisation given or a new one of the right kind."""
        self.made += 1
        owner = organisation or self.organisation(role.kind)
        with self.database.write() as session:
            home = session.merge(owner, load=True)
            user = access.create_user(session, login_name=f"user{self.made}", name=f"人员 {self.made}", password=PASSWORD)
            membership = access.add_member(session, user, home, role, branch_id=branch_id)
            return access.actor_of(user, membership)


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def app(settings: Settings, database: Database) -> Application:
    return create_app(settings, database)


@pytest.fixture
def client(app: Application) -> FlaskClient:
    """An anonymous visitor. Forged-form protection is tested on its own; here forms post without the token."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def as_actor(app: Application, database: Database) -> Callable[[Actor], FlaskClient]:
    """A client signed in as an actor."""
    app.config["WTF_CSRF_ENABLED"] = False

    def sign_in(actor: Actor) -> FlaskClient:
        with database.write() as session:
            from sqlalchemy import select

            membership = session.scalars(
                select(Membership).where(
                    Membership.user_id == actor.user_id, Membership.organisation_id == actor.organisation_id
                )
            ).one()
            token = access.start_sign_in(session, membership.user, address="127.0.0.1", agent="test", membership=membership)
        signed_in = app.test_client()
        signed_in.set_cookie("creditbridge-session", token)
        return signed_in

    return sign_in
