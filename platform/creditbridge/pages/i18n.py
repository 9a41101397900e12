"""Languages of the pages: which one a request is read in, and its words.

Chinese texts are the message ids; ``translations/en`` holds the English ones. In order: ``?lang=`` for this one
answer (it is never kept), the cookie set by the language switch, the signed-in person's choice, the browser's.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import flask_babel
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain, get_locale, lazy_gettext

from creditbridge.kernel.words import CHINESE, LOCALES, Words

__all__ = ["current_locale", "gettext", "install", "lazy_gettext", "ngettext", "say"]

COOKIE: Final = "lang"
TRANSLATIONS: Final = Path(__file__).parent / "translations"
HTML_LANG: Final = {"zh": "zh-CN", "en": "en"}


class Catalogue(Domain):  # type: ignore[misc]
    """Our messages; read from the ``.po`` where nobody has compiled it, so that English never falls out."""

    def get_translations(self) -> Any:
        return _catalogue(current_locale())


@lru_cache(maxsize=len(LOCALES))
def _catalogue(locale: str) -> Any:
    source = TRANSLATIONS / locale / "LC_MESSAGES" / "messages.po"
    compiled = source.with_suffix(".mo")
    if not source.exists() and not compiled.exists():
        return NullTranslations()
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as stored:
            return Translations(fp=stored)
    fresh = io.BytesIO()
    with source.open("rb") as messages:
        write_mo(fresh, read_po(messages, locale=locale))
    fresh.seek(0)
    return Translations(fp=fresh)


def current_locale() -> str:
    """``zh`` or ``en``: the reader's, or Chinese where nobody reads (flask_babel.force_locale names a reader)."""
    locale = get_locale()
    return str(locale.language) if locale is not None and locale.language in LOCALES else CHINESE


def gettext(text: str, **values: Any) -> str:
    """A Chinese text in the language of the page, its ``%(name)s`` filled in."""
    return str(flask_babel.gettext(text, **values))


def ngettext(one: str, many: str, num: int, **values: Any) -> str:
    """The same, where English tells one from several; ``%(num)d`` is the number."""
    return str(flask_babel.ngettext(one, many, num, **values))


def say(words: Words | object) -> str:
    """Words in the language of the page; plain text as it is, nothing as nothing."""
    if isinstance(words, Words):
        return words.say(current_locale())
    # A text that a template has already escaped stays marked as such, or it would be escaped twice.
    return words if isinstance(words, str) else "" if words is None else str(words)


def install(app: Flask, locale_of_user: Callable[[], str | None]) -> None:
    """Set up Flask-Babel with our catalogue and the way a language is chosen."""

    def choose() -> str:
        if not has_request_context():
            return CHINESE
        asked = request.accept_languages.best_match(LOCALES)
        # A program says with each request which language it reads, whatever its person chose for the pages.
        chosen = asked if request.path.startswith("/api/") else request.cookies.get(COOKIE)
        for wish in (request.args.get("lang"), chosen, locale_of_user()):
            if wish in LOCALES:
                return str(wish)
        return asked or CHINESE

    babel = Babel(app, default_locale=CHINESE, default_timezone="Asia/Shanghai", locale_selector=choose)
    babel.domain_instance = Catalogue()
