"""Fixtures of the line tests: a scene, and lines recorded in it."""

from __future__ import annotations

import pytest

from creditbridge.access import passwords
from creditbridge.app import reactions
from lenders.products.rules import PublishedProduct
from tests.lines import Lines
from tests.people import People
from tests.scene import Scene, TestFirm, TestLender


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types a password here: one made-up hash does for all."""
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")


@pytest.fixture
def scene(people: People) -> Scene:
    reactions.connect()
    return Scene(people)


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def strange_lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def product(scene: Scene, lender: TestLender) -> PublishedProduct:
    return scene.product(lender)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm()


@pytest.fixture
def lines_(scene: Scene) -> Lines:
    return Lines(scene)
