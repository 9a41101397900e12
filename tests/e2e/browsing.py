"""People at a browser: a window of a size and a language, signed in or not, that notes whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from creditbridge.access.rules import Actor
from creditbridge.kernel.words import Words
from creditbridge.pages.i18n import _catalogue
from tests.people import PASSWORD

WIDE: Final = (1440, 900)
NARROW: Final = (375, 812)
WAIT_MS: Final = 15_000


def in_language(locale: str, text: str | Words, context: str = "", **values: object) -> str:
    """A text of the pages as readers of this language see it, its ``%(name)s`` filled in."""
    if isinstance(text, Words):
        return text.say(locale)
    said = text
    if locale == "en":
        catalogue = _catalogue("en")
        said = catalogue.pgettext(context, text) if context else text
        said = catalogue.gettext(text) if said == text else said
    return str(said % values) if values else str(said)


@dataclass
class Window:
    """One person's window. ``problems`` has what the console, failed answers and broken scripts said."""

    page: Page
    base_url: str
    locale: str
    size: tuple[int, int]
    problems: list[str] = field(default_factory=list)
    refused: set[int] = field(default_factory=set)
    """Statuses a test expects; the browser's console says each of them."""

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: script: {error}"))
        self.page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {status}" in message.text for status in self.refused)
        if message.type in {"error", "warning"} and not expected:
            self.problems.append(f"{self.page.url}: console: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.refused:
            self.problems.append(f"{response.url}: status {response.status}")

    # ---- words ----------------------------------------------------------------------------------

    def t(self, text: str | Words, **values: object) -> str:
        return in_language(self.locale, text, **values)

    # ---- going about ----------------------------------------------------------------------------

    def open(self, path: str) -> int:
        """Go to a page; answers the status of its answer."""
        answer = self.page.goto(f"{self.base_url}{path}")
        return answer.status if answer is not None else 200

    def go_to(self, label: str | Words) -> None:
        """Choose an item of the main navigation, through the menu where the window is narrow or a group has it."""
        if self.size[0] < 900:
            self.page.locator("header .nav-narrow > summary").click()
        navigation = self.page.locator("header nav:visible")
        self.choose(navigation.get_by_role("link", name=self.t(label), include_hidden=True).first)

    def choose(self, item: Locator) -> None:
        """Click an item of the main navigation, its group opened before."""
        if not item.is_visible():
            item.locator("xpath=ancestor::details[1]/summary").click()
        item.click()

    def link(self, text: str | Words, **values: object) -> Locator:
        return self.page.locator("#main, aside").get_by_role("link", name=self.t(text, **values)).first

    def button(self, text: str | Words) -> Locator:
        named = in_language(self.locale, text, "button")
        return self.page.locator("#main, aside").get_by_role("button", name=named).first

    def named(self, name: str) -> Locator:
        """A form's field by its name."""
        return self.page.locator(f'[name="{name}"]').locator("visible=true").first

    def opened(self, summary: str | Words) -> Locator:
        """Open a <details> and answer it."""
        details = self.page.locator("details").filter(
            has=self.page.locator("summary", has_text=self.t(summary))
        )
        details.first.locator("> summary").click()
        return details.first

    def sees(self, text: str | Words, **values: object) -> None:
        """The page shows this text somewhere visible."""
        found = self.page.get_by_text(self.t(text, **values)).locator("visible=true")
        expect(found.first).to_be_visible(timeout=WAIT_MS)

    def sees_not(self, text: str | Words, **values: object) -> None:
        expect(self.page.get_by_text(self.t(text, **values)).locator("visible=true")).to_have_count(0)

    def sign_in(self, login_name: str) -> None:
        self.open("/sign-in")
        self.named("login_name").fill(login_name)
        self.named("password").fill(PASSWORD)
        self.button("登录").click()
        self.page.wait_for_url(lambda url: "/sign-in" not in url)


@dataclass
class Desk:
    """Opens windows on one server, and lets people sit down at them already signed in."""

    browser: Browser
    base_url: str
    sessions: dict[str, str]
    windows: list[Window] = field(default_factory=list)

    @contextmanager
    def window(
        self,
        *,
        locale: str = "zh",
        size: tuple[int, int] = WIDE,
        actor: Actor | None = None,
        scripts: bool = True,
    ) -> Iterator[Window]:
        context = self.browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale={"zh": "zh-CN", "en": "en-GB"}[locale],
            timezone_id="Asia/Shanghai",
            java_script_enabled=scripts,
            reduced_motion="reduce",
        )
        self._cookies(context, locale, actor)
        window = Window(context.new_page(), self.base_url, locale, size)
        self.windows.append(window)
        try:
            yield window
        finally:
            context.close()

    def _cookies(self, context: BrowserContext, locale: str, actor: Actor | None) -> None:
        kept = {"lang": locale}
        if actor is not None:
            kept["creditbridge-session"] = self.sessions[actor.user_public_id]
        context.add_cookies([{"name": name, "value": kept[name], "url": self.base_url} for name in kept])
