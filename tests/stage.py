"""The application on the city of :mod:`tests.city`, with a client for each role: where routes are tried one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule as Address
from werkzeug.test import TestResponse

from creditbridge.access import passwords
from creditbridge.access.rules import Role
from creditbridge.app.settings import load
from creditbridge.app.web import create_app
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from tests import addresses, city, forms
from tests.addresses import OWN
from tests.city import City
from tests.conftest import TODAY
from tests.people import People
from tests.scene import Scene
from tests.watching import Watch

SAFE = ("GET",)
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
KEPT_BY_ASKING = frozenset({"attempt", "sign_in", "api_token"})
"""Counting tries and noting that a session or a token is in use is no business state."""
KEPT_BY_LOOKING = frozenset({"access_entry", "audit_entry"})
"""A look through the door is written down, and so is one that was refused."""


@dataclass
class Stage:
    """The application on the city, and one client a role."""

    app: Flask
    database: Database
    city: City
    watch: Watch
    clients: dict[Role | None, FlaskClient] = field(default_factory=dict)
    keys: Iterator[int] = field(default_factory=count)

    @cached_property
    def document(self) -> dict[str, Any]:
        return dict(self.clients[None].get("/api/openapi.json").json or {})

    def addresses(self) -> list[tuple[Address, str]]:
        return [
            (address, method)
            for address in self.app.url_map.iter_rules()
            for method in sorted(address.methods or ())
            if method in (*SAFE, *UNSAFE) and addresses.is_known(address)
        ]

    def ask(
        self,
        role: Role | None,
        address: Address,
        method: str,
        values: dict[str, str],
        body: Any = None,
        *,
        token: str | None = None,
    ) -> TestResponse:
        with self.app.test_request_context():
            path = self.app.url_map.bind("localhost").build(address.endpoint, values, method=method)
        client = self.clients[role]
        if not is_api(address):
            return client.open(
                path, method=method, data=body or {} if method in UNSAFE else None, buffered=True
            )
        headers = {"Idempotency-Key": f"matrix-{next(self.keys)}"}
        if role is not None:
            headers["Authorization"] = f"Bearer {token or self.city.worlds[OWN].tokens[role]}"
        sent = (
            {"data": body, "content_type": "application/json"}
            if isinstance(body, str)
            else {"json": body or {}}
        )
        return client.open(
            path, method=method, headers=headers, buffered=True, **(sent if method in UNSAFE else {})
        )

    def body(self, address: Address, method: str) -> Any:
        """A body that is right in itself, so that the object is what decides: the example of the API's own document."""
        if not is_api(address):
            return forms.valid(address.endpoint)
        path = re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", address.rule)
        asked = self.document["paths"].get(path, {}).get(method.lower(), {})
        return asked.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")


@contextmanager
def opened_stage(database: Database, folder: Path) -> Iterator[Stage]:
    """The stage on an empty database, with its files in a folder, for as long as the block lasts."""
    settings = load({"ENVIRONMENT": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40})
    settings.files_dir.mkdir(parents=True)
    with clock.at(TODAY), pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "hash_password", lambda _password: "no password opens this account")
        app = create_app(settings, database)
        app.config["WTF_CSRF_ENABLED"] = False
        built = city.build(Scene(People(database)), app.extensions["creditbridge_files"])
        made = Stage(app, database, built, Watch(database.engine))
        made.clients[None] = app.test_client()
        for role, token in built.worlds[OWN].sessions.items():
            made.clients[role] = app.test_client()
            made.clients[role].set_cookie("creditbridge-session", token)
        yield made


def is_api(address: Address) -> bool:
    return address.rule.startswith("/api/")
