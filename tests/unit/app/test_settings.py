from __future__ import annotations

import re
from pathlib import Path

import pytest

from creditbridge.app.settings import SETTING_NAMES, SettingsError, load, prepare_data_dir, secret_key

ROOT = Path(__file__).parents[3]
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "s" * 40,
    "PUBLIC_URL": "https://credit.example",
    "REDIS_URL": "redis://broker:6379/0",
}


def documented() -> set[str]:
    return set(
        re.findall(
            r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"), re.MULTILINE
        )
    )


def test_every_setting_is_documented_and_no_other() -> None:
    assert documented() == set(SETTING_NAMES)


def test_nothing_but_the_settings_reads_the_environment() -> None:
    reading = re.compile(r"os\.environ|os\.getenv")
    found = {
        path.name
        for package in ("platform/creditbridge", "lenders", "borrowers", "matching")
        for path in (ROOT / package).rglob("*.py")
        if reading.search(path.read_text(encoding="utf-8"))
    }
    # run hands the environment on to the processes it starts; the command line reads the terminal's language.
    assert found <= {"settings.py", "run.py", "cli.py"}


def test_defaults_are_a_demo_on_this_machine(tmp_path: Path) -> None:
    settings = load({"DATA_DIR": str(tmp_path)})

    assert settings.is_demo
    assert settings.host == "127.0.0.1"
    assert settings.database_url == f"sqlite:///{tmp_path}/creditbridge.sqlite3"


@pytest.mark.parametrize("missing", ["SECRET_KEY", "PUBLIC_URL", "REDIS_URL"])
def test_production_needs_its_own_values(missing: str) -> None:
    with pytest.raises(SettingsError, match=missing):
        load({name: value for name, value in PRODUCTION.items() if name != missing})


def test_production_refuses_plain_http() -> None:
    with pytest.raises(SettingsError, match="https"):
        load(PRODUCTION | {"PUBLIC_URL": "http://credit.example"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("PORT", "８０００"),
        ("WEB_WORKERS", "-1"),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load({name: value})


def test_a_new_data_folder_is_for_nobody_else(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    prepare_data_dir(load({"ENVIRONMENT": "test", "DATA_DIR": str(folder)}))
    assert folder.stat().st_mode & 0o077 == 0


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings = load({"DATA_DIR": str(tmp_path)})
    prepare_data_dir(settings)

    assert secret_key(settings) == secret_key(settings)
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0
