"""What makes a test quick enough to be run for every mutant: loaded by ``make mutants`` alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from creditbridge.access import passwords
from creditbridge.app.models import Base
from creditbridge.store.database import Database

settings.register_profile(
    "mutants",
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


def pytest_configure() -> None:
    settings.load_profile("mutants")
    passwords.hash_password = lambda _password: "no password opens this account"
    path = Path(os.environ["MUTANTS_FOLDER"]) / "empty.sqlite3"
    if not path.exists():
        made = Database(f"sqlite:///{path}")
        Base.metadata.create_all(made.engine)
        made.dispose()
    os.environ["EMPTY_SQLITE"] = str(path)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests without a database first: most mutants fall by them."""
    items.sort(key=lambda item: "database" in getattr(item, "fixturenames", ()))
