"""A bank officer goes through the queue by keyboard alone: to a row, into it, on to the next, and back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import Desk
from tests.e2e.city import City

pytestmark = pytest.mark.e2e


def test_j_and_k_go_on_from_one_application_to_the_next(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["reviewer"]) as window:
        window.open("/lender/applications?whose=all&ended=1")
        window.page.keyboard.press("j")
        window.page.keyboard.press("Enter")
        expect(window.page).to_have_url(re.compile(r"/lender/applications/\w{20}"))
        first = window.page.url
        window.page.keyboard.press("j")
        expect(window.page).not_to_have_url(first)
        expect(window.page).to_have_url(re.compile(r"/lender/applications/\w{20}"))
        window.page.keyboard.press("k")
        expect(window.page).to_have_url(first)
