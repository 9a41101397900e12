"""Fixtures of the browser tests: one server, one city and one browser for each process of the run."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from creditbridge.access import passwords
from creditbridge.app import outside
from creditbridge.app.settings import Settings
from creditbridge.store.database import Database
from creditbridge.store.files import FileStore
from lenders.products import service as products
from matching.eligibility.admitting import rule_of
from matching.index import live
from matching.whatif import service as whatif
from tests.e2e import serving
from tests.e2e.browsing import Desk
from tests.e2e.city import City, build

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """The server has the real clock, so the tests beside it have it too."""


@pytest.fixture(scope="session")
def settings_of_place(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return serving.settings_for(tmp_path_factory.mktemp("place") / "data")


@pytest.fixture(scope="session")
def server(settings_of_place: Settings) -> Iterator[tuple[str, Database, FileStore]]:
    settings = settings_of_place
    database = serving.migrated(settings)
    outside.connect(settings)  # what is done beside the server seals and signs with its keys
    with serving.serving(settings) as address:
        yield address, database, FileStore(settings.files_dir)
    database.dispose()


@pytest.fixture(scope="session")
def city(server: tuple[str, Database, FileStore]) -> Iterator[City]:
    _, database, files = server
    with pytest.MonkeyPatch.context() as patch:
        # Everybody here has the same password; one hash of it does for all.
        patch.setattr(passwords, "hash_password", functools.cache(passwords.hash_password))
        built = build(database, files)
        _compile_the_matching(database)
        yield built


def _compile_the_matching(database: Database) -> None:
    """On a fresh machine the first question to the whole city compiles its loops; no page of a test waits for that."""
    with database.read() as session:
        offered = next(one for one in products.published(session) if one.for_firms)
        counting = whatif.counting_of(live.city(session), rule_of(offered), salt=1)
        counting.near_misses()
        counting.both({})


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = CHROMIUM if Path(CHROMIUM).exists() else shutil.which("chromium")
    if found is None:
        pytest.fail("The browser tests need chromium. On Debian: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def desk(browser: Browser, server: tuple[str, Database, FileStore], city: City) -> Iterator[Desk]:
    """Windows on the server; the test fails if any of them met an error it did not expect."""
    opened = Desk(browser, server[0], city.sessions)
    yield opened
    problems = [problem for window in opened.windows for problem in window.problems]
    assert not problems, "\n".join(problems)


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """A small, real PDF file."""
    path = tmp_path / "营业执照.pdf"
    path.write_bytes(PDF)
    return path


PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
    b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)
