"""A lake in a folder of the test."""

from __future__ import annotations

import pytest

from creditbridge.access.rules import Actor, Role


@pytest.fixture
def database(database, tmp_path):
    database.places["lake_folder"] = tmp_path / "lake"
    return database


@pytest.fixture
def administrator(people) -> Actor:
    return people.member(Role.PLATFORM_ADMINISTRATOR)
