"""The check of the English texts finds what it is for, and the frame's own texts are complete."""

from __future__ import annotations

import pytest
from babel.messages.catalog import Catalog

from creditbridge.pages import translation_sources as sources
from creditbridge.pages.translation_check import faults
from creditbridge.pages.translation_update import updated


def catalogue(**texts: str) -> Catalog:
    held = Catalog(locale="en")
    for text, english in texts.items():
        held.add(text, english)
    return held


USED = catalogue(产品="")


@pytest.mark.parametrize(("held", "fault"), [
    (catalogue(), "missing"),
    (catalogue(产品=""), "empty"),
    (catalogue(产品="产品 product"), "Chinese left"),
    (catalogue(产品="Product %(n)s"), "placeholders differ"),
    (catalogue(产品="Product", 别的="Other"), "no longer used"),
])  # fmt: skip
def test_faults_are_found(held: Catalog, fault: str) -> None:
    assert any(line.startswith(fault) for line in faults(USED, held))


def test_a_guess_is_a_fault() -> None:
    held = catalogue()
    held.add("产品", "Product", flags=["fuzzy"])
    assert any(line.startswith("fuzzy") for line in faults(USED, held))


def test_a_good_catalogue_has_no_faults() -> None:
    assert list(faults(USED, catalogue(产品="Product"))) == []


def test_an_update_keeps_what_is_held_and_drops_the_rest() -> None:
    fresh = updated(catalogue(产品="", 新="", 问=""), catalogue(产品="Product", 旧="Old"), {"新": "New"})
    assert {message.id: message.string for message in fresh if message.id} == {
        "产品": "Product",
        "新": "New",
        "问": "",
    }


def test_the_frames_own_texts_are_all_there_in_english() -> None:
    held = sources.english()
    own = [
        message
        for message in sources.used_messages()
        if message.id
        and any(name.startswith("platform/creditbridge/pages/") for name, _ in message.locations)
    ]
    assert own
    missing = [
        sources.id_of(one)
        for one in own
        if (found := held.get(one.id)) is None or not all(sources.texts_of(found))
    ]
    assert missing == []
