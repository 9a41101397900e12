"""Fixtures of the line tests: a scene, and lines recorded in it."""

from __future__ import annotations

import pytest

from lenders.products.rules import PublishedProduct
from tests.lines import Lines
from tests.scene import Scene, TestFirm, TestLender


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
