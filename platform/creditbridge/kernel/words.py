"""Bilingual words: what catalogues, states and errors say to people, in Chinese and in English.

Templates and forms use gettext; everything that lives below the pages (rules, services, catalogue
files, workers) carries its words in both languages itself, so that it never needs a web framework and
a worker can write in the recipient's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CHINESE = "zh"
ENGLISH = "en"
LOCALES = (CHINESE, ENGLISH)


@dataclass(frozen=True, slots=True)
class Words:
    """One text in Chinese and in English. Either may hold ``{name}`` fields filled by :meth:`fill`."""

    zh: str
    en: str

    def say(self, locale: str) -> str:
        """Answer the text for a locale such as ``zh``, ``zh_CN`` or ``en``; unknown locales read Chinese."""
        return self.en if locale.lower().startswith(ENGLISH) else self.zh

    def fill(self, **values: Any) -> Words:
        """Put values into the ``{name}`` fields. A value that is itself :class:`Words` is said per language.

        Only texts written in this code base are ever filled; text typed by users only ever goes in as a value.
        """
        chinese = {name: value.zh if isinstance(value, Words) else value for name, value in values.items()}
        english = {name: value.en if isinstance(value, Words) else value for name, value in values.items()}
        return Words(self.zh.format(**chinese), self.en.format(**english))

    def as_json(self) -> dict[str, str]:
        return {"zh": self.zh, "en": self.en}

    @classmethod
    def from_json(cls, value: dict[str, str]) -> Words:
        return cls(value["zh"], value["en"])
