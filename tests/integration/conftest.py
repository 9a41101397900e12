"""Fixtures of the integration tests: the application on this test's database, people, and signed-in clients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import select

from creditbridge.access import api_rate
from creditbridge.access import service as access
from creditbridge.access.model import Membership
from creditbridge.access.rules import Actor
from creditbridge.app import reactions
from creditbridge.app.settings import Settings, load
from creditbridge.app.web import Application, connect, create_app
from creditbridge.store.database import Database
from tests.people import PASSWORD, People
from tests.scene import Scene

__all__ = ["PASSWORD", "People"]


class MadeOnce(NamedTuple):
    """An application as it was made: what a test changes of its configuration or keeps in it does not reach the next."""

    application: Application
    configuration: dict[str, Any]
    extensions: dict[str, Any]


@pytest.fixture
def people(database: Database) -> People:
    return People(database)


@pytest.fixture
def scene(people: People) -> Scene:
    """A small market on this test's database, its rooms connected as in the application."""
    reactions.connect()
    return Scene(people)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates compiled once a run: each test has an application of its own, but they all show the same pages."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def shared_app(
    tmp_path_factory: pytest.TempPathFactory, compiled_templates: FileSystemBytecodeCache
) -> MadeOnce:
    """One application for the tests of a process, for making it takes longer than most of them."""
    folder = tmp_path_factory.mktemp("app")
    made = create_app(load({"ENVIRONMENT": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40}))
    made.jinja_env.bytecode_cache = compiled_templates
    return MadeOnce(made, dict(made.config), dict(made.extensions))


@pytest.fixture
def app(settings: Settings, database: Database, shared_app: MadeOnce) -> Application:
    """The application on this test's settings and database, as new: configured as it was made, and with no call counted."""
    made = shared_app.application
    made.config.clear()
    made.config.update(shared_app.configuration)
    made.extensions.clear()
    made.extensions.update(shared_app.extensions)
    connect(made, settings, database)
    made.extensions[api_rate.EXTENSION] = api_rate.Rate()
    made.extensions[api_rate.BY_ADDRESS] = api_rate.Rate(api_rate.MOST_OF_AN_ADDRESS)
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
