"""A scene for needs, with every listener connected."""

from __future__ import annotations

import pytest

from creditbridge.access import passwords


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody types a password here, and a scene has many people: one made-up hash does for all of them."""
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")
