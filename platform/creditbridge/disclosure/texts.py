"""The texts of consents: versions as data, and the exact words one signatory sees. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from creditbridge.disclosure.rules import Purpose
from creditbridge.disclosure.scopes import say_scopes
from creditbridge.kernel.words import Words


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of the text for one purpose; the paragraphs hold ``{firm}``, ``{lender}``, ``{scope}``, ``{expires_on}``."""

    version: str
    purpose: Purpose
    effective_from: date
    title: Words
    paragraphs: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class FilledText:
    """The text as one firm sees it for one lender."""

    version: str
    title: Words
    paragraphs: tuple[Words, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the Chinese text, which is the binding one."""
        content = "\n".join([self.version, self.title.zh, *(paragraph.zh for paragraph in self.paragraphs)])
        return hashlib.sha256(content.encode()).hexdigest()


def text_in_force(purpose: Purpose, on: date) -> ConsentText:
    """The latest text for a purpose that is in force on a legal date.

    Raises:
        LookupError: none is in force yet.
    """
    found = [text for text in _texts() if text.purpose is purpose and text.effective_from <= on]
    if not found:
        raise LookupError(f"no consent text for {purpose} is in force on {on}")
    return max(found, key=lambda text: text.effective_from)


def text_of_version(purpose: Purpose, version: str) -> ConsentText:
    """The text a consent was signed under.

    Raises:
        LookupError: there is no such version.
    """
    for text in _texts():
        if text.purpose is purpose and text.version == version:
            return text
    raise LookupError(f"no consent text {version} for {purpose}")


def filled(
    text: ConsentText, *, firm: str, lender: str, scope: Collection[str], expires_on: date
) -> FilledText:
    """The text with its parties, scope and last day."""
    said = {"firm": firm, "lender": lender, "scope": say_scopes(scope), "expires_on": expires_on.isoformat()}
    return FilledText(
        text.version, text.title, tuple(paragraph.fill(**said) for paragraph in text.paragraphs)
    )


@cache
def _texts() -> tuple[ConsentText, ...]:
    content = (
        resources.files("creditbridge.disclosure").joinpath("data", "consent_texts.json").read_text("utf-8")
    )
    return tuple(
        ConsentText(
            row["version"],
            Purpose(row["purpose"]),
            date.fromisoformat(row["effective_from"]),
            Words.from_json(row["title"]),
            tuple(Words.from_json(paragraph) for paragraph in row["paragraphs"]),
        )
        for row in json.loads(content)["texts"]
    )
