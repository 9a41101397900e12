"""The main path of a firm and of its lender's officers in a browser that runs no scripts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.browsing import NARROW, Desk
from tests.e2e.city import City
from tests.e2e.test_main_job import Story

pytestmark = pytest.mark.e2e


class Unscripted(Story):
    """The same story where no window runs a script."""

    scripts = False


def test_a_firm_applies_and_accepts_without_scripts(desk: Desk, city: City, paper: Path) -> None:
    story = Unscripted(desk, city, "zh", NARROW, label="C")
    story.draft_a_product()
    story.approve_the_product()
    story.publish_the_product()
    story.find_out_why()
    submission = story.apply(paper)
    story.ask_for_more()
    story.answer(submission, paper)
    story.propose()
    story.approve_the_terms()
    story.accept(submission)
    story.record("HT-plain-001")
    story.see_who_looked()


def test_the_search_and_its_filters_need_no_scripts(desk: Desk, city: City) -> None:
    with desk.window(scripts=False) as window:
        window.open("/products")
        window.page.locator("#main").get_by_label("产品或机构名称").fill("信用等级")
        window.page.locator("#main form").first.locator('button[type="submit"]').first.click()
        window.page.wait_for_url("**q=*")
        window.sees("信用等级贷")
        window.sees_not("科创贷")
