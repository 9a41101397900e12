"""Fixtures of the API tests: clients that carry a token of an actor, and the scene of the main job."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from werkzeug.test import TestResponse

from creditbridge.access import tokens
from creditbridge.access.rules import Actor
from creditbridge.app.web import Application
from creditbridge.store.database import Database
from lenders.products.rules import PublishedProduct
from tests.scene import Scene, TestFirm, TestLender

PREFIX = "/api/v1"


@dataclass
class Caller:
    """A program that calls the API with one token; every change goes out under a new key unless one is given."""

    app: Application
    token: str | None
    keys: Any = field(default_factory=itertools.count)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self._send("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self._send("PUT", path, body, **options)

    def ok(self, method: str, path: str, body: Any = None, **options: Any) -> Any:
        """The body of an answer that must be a success."""
        answer = self._send(method, path, body, **options)
        assert answer.status_code < 300, answer.get_data(as_text=True)
        return answer.get_json()

    def _send(
        self, method: str, path: str, body: Any = None, *, key: str | None = "", **options: Any
    ) -> TestResponse:
        headers = {"Accept-Language": "en", **options.pop("headers", {})}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        if method != "GET" and key is not None:
            headers["Idempotency-Key"] = key or f"key-{next(self.keys)}"
        if body is not None:
            options["json"] = body
        return self.app.test_client().open(
            PREFIX + path, method=method, headers=headers, buffered=True, **options
        )


@pytest.fixture
def caller(app: Application, database: Database) -> Callable[..., Caller]:
    """A caller for an actor, by default with every scope."""

    def make(actor: Actor | None, *scopes: str) -> Caller:
        if actor is None:
            return Caller(app, None)
        with database.write() as session:
            _, secret = tokens.create(
                session, actor, name="test", scopes=scopes or tuple(tokens.SCOPES), days=30
            )
        return Caller(app, secret)

    return make


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def product(scene: Scene, lender: TestLender) -> PublishedProduct:
    return scene.product(lender)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm()
