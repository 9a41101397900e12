"""The catalogue as a page shows it."""

from __future__ import annotations

from collections.abc import Container

from creditbridge.kernel.words import Words
from creditbridge.records.catalogue import (
    VALUE_WORDS,
    Catalogue,
    CreditItem,
    Polarity,
    Publicity,
    ValueKind,
)


def chosen(
    catalogue: Catalogue, *, text: str, category: str, polarity: str, publicity: str, department: str
) -> list[CreditItem]:
    """The items that fit what was asked; what is not a choice asks nothing."""
    wanted = text.strip().lower()
    asked = {
        "category": _known(category, catalogue.categories),
        "polarity": _known(polarity, tuple(Polarity)),
        "publicity": _known(publicity, tuple(Publicity)),
        "department": _known(department, catalogue.departments),
    }
    return [
        item
        for item in catalogue.items.values()
        if (not wanted or wanted in f"{item.name.zh} {item.name.en} {item.code}".lower())
        and all(not value or getattr(item, name) == value for name, value in asked.items())
    ]


def _known(asked: str, known: Container[str]) -> str:
    return asked if asked in known else ""


def value_words(item: CreditItem, catalogue: Catalogue) -> Words:
    """What its value is, with the unit or the grades."""
    kind = VALUE_WORDS[item.value]
    if item.value is ValueKind.COUNT:
        unit = catalogue.units[item.unit]
        return Words(f"{kind.zh}（{unit.zh}）", f"{kind.en} ({unit.en})")
    if item.value is ValueKind.GRADE:
        grades = ", ".join(item.grades)
        return Words(f"{kind.zh}（{grades.replace(', ', '、')}）", f"{kind.en} ({grades})")
    return kind
