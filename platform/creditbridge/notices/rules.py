"""What a notice says: its kind's words filled with safe values, and whether it asks for something to be done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words

AMOUNT_SUFFIX = "_fen"


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One kind of notice. ``title`` and ``text`` hold ``{name}`` fields; ``tone`` is that of its mark on the page."""

    title: Words
    text: Words
    tone: str = "info"


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in both languages, ready to show or to send."""

    title: Words
    text: Words
    tone: str


def say(kind: NoticeKind, params: Mapping[str, Any]) -> Said:
    """Fill a kind's words.

    A value is a text, a number, or words as ``{"zh": …, "en": …}``; ``amount_fen`` fills ``{amount}`` with an
    amount said the way each language says it. A field without a value reads as a dash, so that an old notice
    never breaks a page.
    """
    values = _Values(dict(_readable(name, value) for name, value in params.items()))
    return Said(_fill(kind.title, values), _fill(kind.text, values), kind.tone)


def _readable(name: str, value: Any) -> tuple[str, Any]:
    if name.endswith(AMOUNT_SUFFIX) and isinstance(value, int):
        return name.removesuffix(AMOUNT_SUFFIX), amount_words(value)
    if isinstance(value, Mapping) and value.keys() == {"zh", "en"}:
        return name, Words.from_json(dict(value))
    return name, value


class _Values(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "—"

    def in_language(self, locale: str) -> _Values:
        return _Values(
            {name: value.say(locale) if isinstance(value, Words) else value for name, value in self.items()}
        )


def _fill(words: Words, values: _Values) -> Words:
    return Words(words.zh.format_map(values.in_language("zh")), words.en.format_map(values.in_language("en")))
