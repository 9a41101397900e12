"""Fixtures of the integration tests: the application on this test's database, people, and signed-in clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from creditbridge.access import service as access
from creditbridge.access.model import Membership
from creditbridge.access.rules import Actor
from creditbridge.app.settings import Settings
from creditbridge.app.web import Application, create_app
from creditbridge.store.database import Database
from tests.people import PASSWORD, People

__all__ = ["PASSWORD", "People"]


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once a run: each test has an application of its own, but they all show the same pages."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(settings: Settings, database: Database, compiled_templates: FileSystemBytecodeCache) -> Application:
    made = create_app(settings, database)
    made.jinja_env.bytecode_cache = compiled_templates
    return made


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
            membership = session.scalars(
                select(Membership).where(
                    Membership.user_id == actor.user_id, Membership.organisation_id == actor.organisation_id
                )
            ).one()
            token = access.start_sign_in(
                session, membership.user, address="127.0.0.1", agent="test", membership=membership
            )
        signed_in = app.test_client()
        signed_in.set_cookie("creditbridge-session", token)
        return signed_in

    return sign_in
