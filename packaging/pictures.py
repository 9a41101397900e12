"""Takes the pictures of the READMEs: ``make pictures`` loads the demo city into a folder of its own and looks at it.

In both languages: a firm's matches with their criteria, a product's conditions moved over the whole city, and an
application on the desk of the bank. Every picture is a window of a browser, at its own size, and stays below 150 KB.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from creditbridge.demo.accounts import PASSWORD

PICTURES = Path(__file__).parents[1] / "docs" / "pictures"
MOST_BYTES = 150_000
READY_WITHIN_SECONDS = 300
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
PHONE, DESK = (390, 760), (1320, 760)


def main() -> None:
    found = shutil.which("chromium") or "/usr/bin/chromium"
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        for language in LOCALES:
            take_all(browser, address, language)
        browser.close()


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The product as ``make run`` starts it, with a city of its own, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("creditbridge")), "run"],
        env={**os.environ, "DATA_DIR": str(folder / "data"), "PORT": str(port)},
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(f"{address}/healthz", process)
        yield address
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise SystemExit("The demo did not start; what it said stands above.")


def take_all(browser: Browser, address: str, language: str) -> None:
    page = window(browser, address, language, "owner", PHONE)
    page.goto(f"{address}/firm/matches")
    page.locator("#eligible .match").first.evaluate(
        "(match) => { match.scrollIntoView(); scrollBy(0, -150) }"
    )
    take(page, language, "matches")

    page = window(browser, address, language, "manager", DESK)
    page.goto(f"{address}/lender/products")
    page.locator('#main tbody a[href^="/lender/products/"]').nth(6).click()
    page.locator('#main a[href$="/what-if"]').first.click()
    page.wait_for_load_state("networkidle")
    figure = page.locator('[data-figure="eligible"]')
    before = figure.inner_text()
    page.locator("select.whatif-input").first.select_option("C")
    page.wait_for_function(
        "([figure, before]) => figure.innerText !== before", arg=[figure.element_handle(), before]
    )
    page.locator("#criteria").evaluate("(card) => { card.scrollIntoView(); scrollBy(0, -18) }")
    take(page, language, "what-if")

    page = window(browser, address, language, "reviewer", DESK)
    page.goto(f"{address}/lender/applications?state=under_review")
    page.locator("#main tbody a").first.click()
    page.locator('#main a[href*="step=propose_terms"]').first.click()
    page.locator("#step form").first.wait_for()
    take(page, language, "application")


def window(browser: Browser, address: str, language: str, login_name: str, size: tuple[int, int]) -> Page:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale=LOCALES[language],
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    context.add_cookies([{"name": "lang", "value": language, "url": address}])
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator('[name="login_name"]').fill(login_name)
    page.locator('[name="password"]').fill(PASSWORD)
    page.locator('[name="password"]').press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return page


def take(page: Page, language: str, name: str) -> None:
    path = PICTURES / f"{name}.{language}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path)
    size = path.stat().st_size
    print(f"{path.name}: {size // 1000} KB")
    if size > MOST_BYTES:
        raise SystemExit(f"{path.name} is larger than {MOST_BYTES // 1000} KB: choose a smaller window.")


if __name__ == "__main__":
    main()
