"""Every page of every role, reached by its links: whole, in both languages, at both widths, without barriers."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from werkzeug.routing import MapAdapter

from creditbridge.access.permissions import ROUTES
from creditbridge.access.rules import Actor
from creditbridge.app.settings import Settings
from creditbridge.app.web import create_app
from tests.e2e.browsing import NARROW, WIDE, Desk, Window
from tests.e2e.checking import barriers, chinese_left, shape_problems
from tests.e2e.city import PEOPLE, City
from tests.e2e.crawling import LINKS, Walk

pytestmark = pytest.mark.e2e

AXE = Axe()
KNOWN: set[int] = set()
"""Parts of pages that were looked at for another role already."""
WITHOUT_A_LINK = {
    *("static", "bootstrap.static", "app.home"),
    *(
        "account.sign_in_code",
        "pages.styleguide",
    ),  # a step after a password; the gallery for those who build pages
    *("label_combinations.count", "runs.progress", "whatif.answer"),  # asked by the scripts of pages
    "password_reset.choose",  # reached by the link of a message; visitors' walk starts with one
}
NOT_OURS = "/api/"
"""The page of the API's document is Swagger UI's own, in two languages at once; the API tests open it."""
FOR_VISITORS = {
    *("account.sign_in", "claims.start", "password_reset.ask", "statistics.overview"),
    *("public_industry_reports.overview", "public_industry_reports.public_export", "public_labels.index"),
}
"""What is linked to where one is not signed in."""


@pytest.fixture(scope="session")
def routes(settings_of_place: Settings, city: City):
    return create_app(settings_of_place, city.database).url_map.bind("127.0.0.1")


@pytest.mark.parametrize("name", ["visitor", *PEOPLE])
def test_every_page_of(name: str, desk: Desk, city: City, routes) -> None:
    actor = city.people.get(name)
    walk = Walk(desk.base_url, routes)
    problems: list[str] = []
    pages: list[str] = []
    walk.found([f"{desk.base_url}{address}" for address in city.addresses.get(name, ())])
    with desk.window(actor=actor) as window:
        for address in walk:
            if address.startswith(NOT_OURS) or not _is_page(window, address, problems):
                continue
            window.open(address)
            pages.append(address)
            walk.found(window.page.evaluate(LINKS))
            problems += _at_both_widths(window, address, axe_at=WIDE)
    names = sorted(city.names(), key=len, reverse=True)
    with desk.window(actor=actor, locale="en") as window:
        for address in pages:
            window.open(address)
            left = chinese_left(window.page, names)
            problems += [f"{address} in English: {problem}" for problem in left]
            problems += _at_both_widths(window, address, axe_at=NARROW)
    problems += [f"no link leads to {endpoint}" for endpoint in _not_reached(actor, routes, walk)]
    assert not problems, f"{len(pages)} pages\n" + "\n".join(dict.fromkeys(problems))


def _not_reached(actor: Actor | None, routes: MapAdapter, walk: Walk) -> list[str]:
    """Pages this role may read and no link led it to."""
    role = actor.role if actor else None
    elsewhere = WITHOUT_A_LINK | (FOR_VISITORS if actor else set())
    readable = {
        rule.endpoint
        for rule in routes.map.iter_rules()
        if "GET" in (rule.methods or ()) and ROUTES[rule.endpoint].allows(role)
    }
    return sorted(
        endpoint
        for endpoint in readable - walk.endpoints - elsewhere
        if not endpoint.startswith(("api", "health."))
    )


def _is_page(window: Window, address: str, problems: list[str]) -> bool:
    """Ask once without showing: files are not opened, and a status that is wrong is noted."""
    answer = window.page.request.get(f"{window.base_url}{address}")
    if answer.status != 200:
        problems.append(f"{address}: status {answer.status}")
        return False
    return answer.headers["content-type"].startswith("text/html")


def _at_both_widths(window: Window, address: str, *, axe_at: tuple[int, int]) -> list[str]:
    problems = []
    for size in (WIDE, NARROW):
        window.page.set_viewport_size({"width": size[0], "height": size[1]})
        found = shape_problems(window.page, window.locale)
        if size == axe_at:
            found += barriers(window.page, AXE, KNOWN)
            found += _sideways(window.page, window.locale)
        problems += [f"{address} in {window.locale} at {size[0]}: {problem}" for problem in found]
    window.page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    return problems


def _sideways(page: Page, locale: str) -> list[str]:
    """Whether what was opened makes the page wider than the window."""
    return [f"opened, {problem}" for problem in shape_problems(page, locale) if "sideways" in problem]
