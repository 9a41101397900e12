"""The figures on the front page."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from flask.testing import FlaskClient

from creditbridge.app.workspaces.visitor import views
from matching.tracking.public import PublicFigures

MANY = PublicFigures(lenders=13, products=42, firms=12, amount_fen=4_030_000_000_00, as_of=date(2026, 10, 31))


@pytest.mark.parametrize(
    ("figures", "shown"), [(replace(MANY, firms=None, amount_fen=None), False), (MANY, True)]
)
def test_few_firms_granted_are_not_counted_in_public(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, figures: PublicFigures, shown: bool
) -> None:
    monkeypatch.setattr(views, "public_figures", lambda _session: figures)
    page = client.get("/").get_data(as_text=True)
    assert ("已获授信企业" in page) is shown
    assert ("40.3 亿元" in page) is shown
