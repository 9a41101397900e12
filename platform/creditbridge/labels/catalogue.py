"""The catalogue of labels: ``data/<category>.tsv``, one file a category, with the words their columns are said in. Pure.

All are read once and checked whole; a broken file stops the start-up. What a label's rule names (items, indicators,
facts) is held to the other catalogues by :mod:`creditbridge.labels.checking`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from creditbridge.facts.values import LABEL_CODE, spaced
from creditbridge.kernel import catalogue_files
from creditbridge.kernel.words import Words
from creditbridge.labels.language import Rule, read_rule
from creditbridge.records.catalogue import loaded as credit_items


class Category(StrEnum):
    """What a label speaks of; the order is that of pages."""

    BASIC = "basic"
    OPERATION = "operation"
    TRUST = "trust"
    RISK = "risk"
    POLICY = "policy"


class Nature(StrEnum):
    """Who may see a label (domain.md 2): everybody, whom the firm authorises, or the platform alone."""

    PUBLIC = "public"
    AUTHORISED = "authorised"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a withdrawn label is kept in the firm's history; None of ``months`` for as long as the firm exists."""

    code: str
    name: Words
    months: int | None


@dataclass(frozen=True, slots=True)
class Label:
    """One label. ``number`` is dense and stable: it is the place of the label's bitmap and is never given twice."""

    code: str
    number: int
    name: Words
    category: Category
    nature: Nature
    conduct: Words
    source: str
    channel: str
    publicity: str
    sharing: str
    retention: Retention
    update: str
    valid_from: date
    retired_on: date | None
    successor: str | None
    rule: Rule

    def is_effective(self, on: date) -> bool:
        """Whether the label is given on a day."""
        return self.valid_from <= on and not self.is_retired(on)

    def is_retired(self, on: date) -> bool:
        return self.retired_on is not None and self.retired_on <= on

    @property
    def matchable(self) -> bool:
        """Whether lenders' conditions may name it: verdicts show values, so an internal label is never matched."""
        return self.nature is not Nature.INTERNAL


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of the catalogue's columns, each by code."""

    categories: Mapping[str, Words]
    category_notes: Mapping[str, Words]
    natures: Mapping[str, Words]
    nature_notes: Mapping[str, Words]
    sources: Mapping[str, Words]
    channels: Mapping[str, Words]
    publicity: Mapping[str, Words]
    sharing: Mapping[str, Words]
    updates: Mapping[str, Words]
    retentions: Mapping[str, Retention]


class CatalogueError(ValueError):
    """The catalogue contradicts itself; the message names the label."""


def labels() -> Mapping[str, Label]:
    """Every label by its code, in the order of categories and files; retired ones too."""
    return _loaded()


def numbered() -> tuple[Label, ...]:
    """Every label in the order of its number, which is its place in bitmaps."""
    return _numbered()


def matchable_names() -> Mapping[str, Words]:
    """The names of the labels that lenders' conditions and firms' facts may hold, retired ones too."""
    return MappingProxyType({code: label.name for code, label in labels().items() if label.matchable})


@cache
def vocabulary() -> Vocabulary:
    data = json.loads(_text("vocabulary.json"))
    retentions = {
        row["code"]: Retention(row["code"], Words.from_json(row["name"]), row["months"])
        for row in data["retentions"]
    }
    return Vocabulary(
        categories=_words(data["categories"]),
        category_notes=_words(data["categories"], "note"),
        natures=_words(data["natures"]),
        nature_notes=_words(data["natures"], "note"),
        sources=MappingProxyType({**credit_items().departments, **_words(data["sources"])}),
        channels=_words(data["channels"]),
        publicity=_words(data["publicity"]),
        sharing=_words(data["sharing"]),
        updates=_words(data["updates"]),
        retentions=MappingProxyType(retentions),
    )


def load(rows: Iterable[tuple[str, Mapping[str, str]]], words: Vocabulary) -> dict[str, Label]:
    """Read and check labels; each row comes with its category.

    Raises:
        CatalogueError: a row is incomplete, names what is not there, or says what another says already.
    """
    found: dict[str, Label] = {}
    for category, row in rows:
        label = _label(category, row, words)
        if label.code in found:
            raise CatalogueError(f"{label.code}: stands twice")
        found[label.code] = label
    _check_together(found)
    return found


@cache
def _loaded() -> Mapping[str, Label]:
    rows = [(category.value, row) for category in Category for row in read_rows(_text(f"{category}.tsv"))]
    return MappingProxyType(load(rows, vocabulary()))


@cache
def _numbered() -> tuple[Label, ...]:
    return tuple(sorted(labels().values(), key=lambda label: label.number))


def read_rows(text: str) -> Iterable[dict[str, str]]:
    """The rows of a category's file."""
    return csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


def _label(category: str, row: Mapping[str, str], words: Vocabulary) -> Label:
    try:
        label = Label(
            code=row["code"],
            number=int(row["number"]),
            name=spaced(Words(row["zh"], row["en"])),
            category=Category(category),
            nature=Nature(row["nature"]),
            conduct=spaced(Words(row["conduct_zh"], row["conduct_en"])),
            source=row["source"],
            channel=row["channel"],
            publicity=row["publicity"],
            sharing=row["sharing"],
            retention=words.retentions[row["retention"]],
            update=row["update"],
            valid_from=date.fromisoformat(row["valid_from"]),
            retired_on=date.fromisoformat(row["retired_on"]) if row["retired_on"] else None,
            successor=row["successor"] or None,
            rule=read_rule(json.loads(row["rule"])),
        )
    except (KeyError, ValueError, TypeError) as problem:
        raise CatalogueError(f"{row.get('code')}: {problem}") from problem
    _check(label, words)
    return label


_OPENNESS = {
    Nature.PUBLIC: ("site", "on_query"),
    Nature.AUTHORISED: ("none",),
    Nature.INTERNAL: ("none",),
}
_SHARED_WITH = {
    Nature.PUBLIC: ("society",),
    Nature.AUTHORISED: ("consented", "departments_and_consented"),
    Nature.INTERNAL: ("departments", "platform"),
}


def _check(label: Label, words: Vocabulary) -> None:
    """Hold a label to the vocabulary and to its own nature; the reason stands in each line."""
    wrong = {
        "its code is not one": LABEL_CODE.fullmatch(label.code) is None,
        "its number is not one": label.number < 0,
        "a text is empty": not all((label.name.zh, label.name.en, label.conduct.zh, label.conduct.en)),
        "no such source": label.source not in words.sources,
        "no such channel": label.channel not in words.channels,
        "no such update frequency": label.update not in words.updates,
        "its nature does not allow this publicity": label.publicity not in _OPENNESS[label.nature],
        "its nature does not allow this sharing": label.sharing not in _SHARED_WITH[label.nature],
        "it ends before it begins": label.retired_on is not None and label.retired_on <= label.valid_from,
        "only a retired label has a successor": label.successor is not None and label.retired_on is None,
    }
    for rule, broken in wrong.items():
        if broken:
            raise CatalogueError(f"{label.code}: {rule}")


def _check_together(found: Mapping[str, Label]) -> None:
    """Numbers are dense; no two labels share a name, or, while both are given, a rule; successors exist and are given."""
    if sorted(label.number for label in found.values()) != list(range(len(found))):
        raise CatalogueError("numbers are not dense from 0")
    said: dict[object, str] = {}
    for label in found.values():
        keys: list[object] = [label.name.zh, label.name.en, label.conduct.zh, label.conduct.en]
        if label.retired_on is None:
            keys.append(label.rule)
        for key in dict.fromkeys(keys):
            other = said.setdefault(key, label.code)
            if other != label.code:
                raise CatalogueError(f"{label.code}: says the same as {other}")
        after = found.get(label.successor) if label.successor else None
        if label.successor and (after is None or after.retired_on is not None):
            raise CatalogueError(f"{label.code}: its successor is no label that is given")


def _text(name: str) -> str:
    return catalogue_files.data_of("creditbridge.labels").joinpath(name).read_text("utf-8")


def _words(rows: Iterable[Mapping[str, Any]], name: str = "name") -> Mapping[str, Words]:
    return MappingProxyType({row["code"]: Words.from_json(row[name]) for row in rows})
