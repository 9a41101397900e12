"""The number of firms granted on the front page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from creditbridge.app.workspaces.visitor import views


@pytest.mark.parametrize(("firms", "shown"), [(None, False), (12, True)])
def test_few_firms_granted_are_not_counted_in_public(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, firms: int | None, shown: bool
) -> None:
    monkeypatch.setattr(views, "firms_granted", lambda _session: firms)
    assert ("已获授信企业" in client.get("/").get_data(as_text=True)) is shown
