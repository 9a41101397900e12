"""Every form that posts carries the one-time key by which a double click takes effect once (decision 006)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
ROOMS = ("platform/creditbridge", "lenders", "borrowers", "matching")
FORM = re.compile(r"<form[^>]*method=\"post\".*?</form>", re.DOTALL)
KEYS = ("hidden_key()", "once_key()")
HARMLESS = ("pages.display", "pages.language", "frame.link('logout')")
"""How a page is shown, and signing out: done twice they are done."""


def forms() -> list[tuple[str, str]]:
    return [
        (str(path.relative_to(ROOT)), form)
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.html"))
        for form in FORM.findall(path.read_text("utf-8"))
    ]


def test_there_are_forms_to_look_at() -> None:
    assert len(forms()) >= 5


@pytest.mark.parametrize(("where", "form"), forms(), ids=[where for where, _form in forms()])
def test_a_form_that_posts_carries_its_key(where: str, form: str) -> None:
    if any(name in form for name in HARMLESS):
        return
    assert any(key in form for key in KEYS), f"{where}: a second click would be a second request"
