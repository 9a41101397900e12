"""The texts of the pages, collected from the sources: what has to be in the English catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

CATALOGUE: Final = Path(__file__).parent / "translations" / "en" / "LC_MESSAGES" / "messages.po"
TOP: Final = Path(__file__).resolve().parents[3]
"""The checkout; a wheel holds no sources to collect from."""

ROOMS: Final = ("platform/creditbridge", "lenders", "borrowers", "matching")
_METHODS: Final = [("**/templates/**.html", "jinja2"), ("**.py", "python")]
_OPTIONS: Final = {
    "**/templates/**.html": {
        "newstyle_gettext": "true", "trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do",
    },
}  # fmt: skip
_KEYWORDS: Final = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2), "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip


def used_messages(top: Path = TOP) -> Catalog:
    """Every text of the sources, with where it stands."""
    found = Catalog(charset="utf-8")
    for where, line, text, context in _texts(top):
        found.add(text, locations=[(where, line)], context=context)
    return found


def _texts(top: Path) -> Iterator[tuple[str, int, str | tuple[str, ...], str | None]]:
    for room in ROOMS:
        folder = top / room
        if not folder.is_dir():
            continue
        extracted = extract_from_dir(
            str(folder), method_map=_METHODS, options_map=_OPTIONS, keywords=_KEYWORDS
        )
        for name, line, text, _comments, context in extracted:
            yield f"{room}/{name}", line, text, context


def english(path: Path = CATALOGUE) -> Catalog:
    if not path.exists():
        return Catalog(locale="en", charset="utf-8")
    with path.open("rb") as source:
        return read_po(source, locale="en")


def write(catalogue: Catalog, path: Path = CATALOGUE) -> None:
    """Write the catalogue sorted by text and without line numbers, so that a diff shows words only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        write_po(target, catalogue, width=120, sort_output=True, no_location=True, omit_header=False)


def id_of(message: Message) -> str:
    """The text a person would look for."""
    return message.id if isinstance(message.id, str) else message.id[0]


def texts_of(message: Message) -> list[str]:
    """The English of a message: one text, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())
