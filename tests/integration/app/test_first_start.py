"""The demo city is loaded once, as a whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from creditbridge.access import service as access
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.app import first_start
from creditbridge.app.settings import Settings, SettingsError, load, prepare_data_dir
from creditbridge.demo.accounts import PASSWORD
from creditbridge.store.database import Database

Load = Callable[..., None]


def load_city(database: Database, files: Any, progress: first_start.ProgressBar) -> None:
    with database.write() as session:
        platform = access.create_organisation(session, OrganisationKind.PLATFORM, "演示市平台")
        user = access.create_user(session, login_name="admin", name="管理员", password="demo city password")
        access.add_member(session, user, platform, Role.PLATFORM_ADMINISTRATOR)
    progress("企业", 1, 2)
    progress("企业", 2, 2)


@pytest.fixture
def demo(tmp_path: Path) -> Settings:
    settings = load({"DATA_DIR": str(tmp_path / "data")})
    prepare_data_dir(settings)
    return settings


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=160)


@pytest.fixture
def city(monkeypatch: pytest.MonkeyPatch) -> Callable[[Load], list[str]]:
    """Puts a loader in the place of the demo city; answers the list of its calls."""

    def use(loader: Load) -> list[str]:
        calls: list[str] = []

        def counted(database: Database, *rest: Any) -> None:
            calls.append(str(database.engine.url))
            loader(database, *rest)

        monkeypatch.setattr(first_start, "_demo_city", lambda: SimpleNamespace(load=counted))
        return calls

    return use


def fail_half_way(database: Database, files: Any, progress: first_start.ProgressBar) -> None:
    load_city(database, files, progress)
    raise RuntimeError("half-way")


def test_an_empty_demo_is_filled_once(demo: Settings, console: Console, city) -> None:
    calls = city(load_city)
    first_start.prepare(demo, console)
    first_start.prepare(demo, console)

    assert len(calls) == 1


def test_the_accounts_are_shown_one_for_each_role(demo: Settings, console: Console, city) -> None:
    city(load_city)
    first_start.prepare(demo, console)
    first_start.print_accounts(demo, console)

    shown = console.file.getvalue()
    assert "admin" in shown
    assert "演示市平台" in shown
    assert PASSWORD in shown


def test_an_interrupted_load_begins_anew(demo: Settings, console: Console, city) -> None:
    city(fail_half_way)
    with pytest.raises(RuntimeError, match="half-way"):
        first_start.prepare(demo, console)
    assert not (demo.data_dir / "creditbridge.sqlite3").exists()

    calls = city(load_city)
    first_start.prepare(demo, console)
    assert len(calls) == 1


def test_half_a_city_on_a_server_is_refused(
    database: Database, demo: Settings, console: Console, city
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite loads into a file beside the real one")
    (demo.data_dir / "demo.loading").touch()
    with database.write() as session:
        access.create_organisation(session, OrganisationKind.PLATFORM, "演示市平台")

    with pytest.raises(SettingsError, match="was interrupted"):
        first_start._refuse_half_a_city(database, demo.data_dir / "demo.loading")


def test_a_database_in_use_is_left_alone(demo: Settings, console: Console, city) -> None:
    city(load_city)
    first_start.prepare(demo, console)
    calls = city(load_city)
    first_start.prepare(demo, console)

    assert calls == []


def test_production_gets_no_demo_city(tmp_path: Path, console: Console, city) -> None:
    calls = city(load_city)
    settings = load({"ENVIRONMENT": "test", "DATA_DIR": str(tmp_path / "data")})
    prepare_data_dir(settings)
    first_start.prepare(settings, console)

    assert calls == []
