"""Fixtures of the security tests: lenders, products and firms on the shared scene."""

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
