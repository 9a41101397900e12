"""While a condition is written in the product editor, the city answers: at once, and without anything being saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.e2e.browsing import Desk
from tests.e2e.city import City

pytestmark = pytest.mark.e2e


def test_the_editor_answers_for_the_city_while_a_condition_is_written(desk: Desk, city: City) -> None:
    with desk.window(actor=city.people["product manager"]) as window:
        window.open("/")
        window.go_to("产品管理")
        window.link("新建产品").click()
        bar = window.page.locator("[data-whatif-bar]")
        window.button("添加条件").click()
        window.named("criteria-0-fact").select_option("platform_grade")
        expect(window.page.locator('select[name="criteria-0-value"]')).to_be_visible()
        window.named("criteria-0-operator").select_option("at_least")
        window.named("criteria-0-value").select_option("E")
        expect(bar).to_contain_text("全市符合")
        everyone = bar.inner_text()
        window.named("criteria-0-value").select_option("A")
        expect(bar).not_to_have_text(everyone)
        # The same figures stand in the editor, with what each condition alone keeps out.
        figures = window.page.locator("[data-whatif-figures]")
        expect(figures).to_contain_text("信用等级不低于 A 级")
        assert window.page.url.endswith("/lender/products/new")  # nothing was saved
