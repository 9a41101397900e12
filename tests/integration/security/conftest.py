"""Fixtures of the security tests: a scene without the cost of hashing passwords nobody types."""

from __future__ import annotations

import pytest

from creditbridge.access import passwords
from creditbridge.app import reactions
from lenders.products.rules import PublishedProduct
from tests.people import People
from tests.scene import Scene, TestFirm, TestLender


@pytest.fixture(autouse=True)
def quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody types a password, one made-up hash does for everybody."""
    if "typed_passwords" not in request.fixturenames:
        monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")


@pytest.fixture
def typed_passwords() -> None:
    """Asked for by tests that sign in with a password."""


@pytest.fixture
def scene(people: People) -> Scene:
    reactions.connect()
    return Scene(people)


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def product(scene: Scene, lender: TestLender) -> PublishedProduct:
    return scene.product(lender)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm()
