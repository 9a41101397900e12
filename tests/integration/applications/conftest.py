"""Fixtures of the application tests: a scene with one lender, one product, one firm."""

from __future__ import annotations

import pytest

from lenders.products.rules import PublishedProduct
from tests.scene import Scene, TestFirm, TestLender


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def product(scene: Scene, lender: TestLender) -> PublishedProduct:
    return scene.product(lender)


@pytest.fixture
def firm(scene: Scene) -> TestFirm:
    return scene.firm()


@pytest.fixture
def stranger(scene: Scene) -> TestFirm:
    """Another firm. Name it before what opens the session: SQLite has one writer at a time."""
    return scene.firm()


@pytest.fixture
def strange_lender(scene: Scene) -> TestLender:
    """Another lender."""
    return scene.lender()
