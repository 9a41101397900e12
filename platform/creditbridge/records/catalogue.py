"""The catalogue of credit items: what a city's departments say about firms, item by item.

The items stand in ``data/items/<category>.tsv``, one file a category; ``data/vocabulary.json`` names the categories,
departments, retentions, units and scales they use. Everything is read once and checked whole: a broken file stops
the start-up. Other rooms name an item by its code; stored records carry its number, which is never given twice.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from creditbridge.kernel import catalogue_files
from creditbridge.kernel.words import Words

MOST_ITEMS = 65_535
"""Records hold an item's number in 16 bits."""
_CODE = re.compile(r"[a-z]+\.[a-z][a-z0-9_]*")
_CHINESE = re.compile("[一-鿿]")


class Polarity(StrEnum):
    POSITIVE = "positive"
    NEUTRAL = "neutral"
    ADVERSE = "adverse"


class Severity(StrEnum):
    """How grave an adverse item is by itself; a record may say otherwise of its own case."""

    NONE = "none"
    MINOR = "minor"
    GENERAL = "general"
    SERIOUS = "serious"

    @property
    def number(self) -> int:
        """0 to 3, as columns of records hold it."""
        return list(Severity).index(self)


class Publicity(StrEnum):
    """Who may see a record of the item."""

    PUBLIC = "public"
    AUTHORISED = "authorised"
    INTERNAL = "internal"


class Sharing(StrEnum):
    """To whom the platform hands it on."""

    SOCIETY = "society"
    AUTHORISED = "authorised"
    DEPARTMENTS = "departments"
    NONE = "none"


class Frequency(StrEnum):
    """How often its source sends it."""

    ON_EVENT = "on_event"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class ValueKind(StrEnum):
    """What a record's value is: nothing, money in fen, a count, a share in ppm, a grade's rank from 0 for the best."""

    NONE = "none"
    FEN = "fen"
    COUNT = "count"
    PPM = "ppm"
    GRADE = "grade"


POLARITY_WORDS: Mapping[Polarity, Words] = {
    Polarity.POSITIVE: Words("正面", "Positive"),
    Polarity.NEUTRAL: Words("中性", "Neutral"),
    Polarity.ADVERSE: Words("负面", "Adverse"),
}
SEVERITY_WORDS: Mapping[Severity, Words] = {
    Severity.NONE: Words("不适用", "Does not apply"),
    Severity.MINOR: Words("轻微", "Minor"),
    Severity.GENERAL: Words("一般", "General"),
    Severity.SERIOUS: Words("严重", "Serious"),
}
PUBLICITY_WORDS: Mapping[Publicity, Words] = {
    Publicity.PUBLIC: Words("主动公示", "Published"),
    Publicity.AUTHORISED: Words("授权查询", "Under consent"),
    Publicity.INTERNAL: Words("内部使用", "Internal"),
}
SHARING_WORDS: Mapping[Sharing, Words] = {
    Sharing.SOCIETY: Words("向社会共享", "Everyone"),
    Sharing.AUTHORISED: Words("向被授权机构共享", "Those with consent"),
    Sharing.DEPARTMENTS: Words("政府部门间共享", "Government departments"),
    Sharing.NONE: Words("不共享", "Nobody"),
}
FREQUENCY_WORDS: Mapping[Frequency, Words] = {
    Frequency.ON_EVENT: Words("发生时", "When it happens"),
    Frequency.DAILY: Words("每日", "Daily"),
    Frequency.WEEKLY: Words("每周", "Weekly"),
    Frequency.MONTHLY: Words("每月", "Monthly"),
    Frequency.QUARTERLY: Words("每季", "Quarterly"),
    Frequency.YEARLY: Words("每年", "Yearly"),
}
VALUE_WORDS: Mapping[ValueKind, Words] = {
    ValueKind.NONE: Words("无数值", "No value"),
    ValueKind.FEN: Words("金额", "Amount"),
    ValueKind.COUNT: Words("数量", "Count"),
    ValueKind.PPM: Words("比例", "Share"),
    ValueKind.GRADE: Words("等级", "Grade"),
}


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a record is kept: so many years from its end or from its day; None keeps it with the register."""

    code: str
    name: Words
    years: int | None
    counted_from_end: bool


@dataclass(frozen=True, slots=True)
class CreditItem:
    """One item.

    ``number`` is dense from 0 and never reused. The item is taken from ``valid_from`` on, and no longer once
    ``valid_until`` has come. ``grades`` runs from best to worst and is empty unless the value is a grade.
    """

    code: str
    number: int
    category: str
    name: Words
    department: str
    polarity: Polarity
    severity: Severity
    publicity: Publicity
    sharing: Sharing
    retention: Retention
    frequency: Frequency
    value: ValueKind
    unit: str
    grades: tuple[str, ...]
    valid_from: date
    valid_until: date | None

    @property
    def is_adverse(self) -> bool:
        return self.polarity is Polarity.ADVERSE

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The items by code in the order of their numbers, and the words they use."""

    items: Mapping[str, CreditItem]
    categories: Mapping[str, Words]
    departments: Mapping[str, Words]
    units: Mapping[str, Words]
    retentions: Mapping[str, Retention]
    quarantine_days: int
    """How long rows that could not be taken wait to be mended, from the day their batch was taken."""


class CatalogueError(ValueError):
    """A file of the catalogue contradicts itself; the message names the item."""


def items() -> Mapping[str, CreditItem]:
    """Every credit item by its code, in the order of the numbers."""
    return loaded().items


@cache
def numbered() -> tuple[CreditItem, ...]:
    """The items at the place of their numbers."""
    return tuple(items().values())


def items_on(day: date) -> Mapping[str, CreditItem]:
    """The items that are taken on a day."""
    return {code: item for code, item in items().items() if item.is_valid_on(day)}


@cache
def loaded() -> Catalogue:
    """The catalogue of the installation."""
    data = catalogue_files.data_of("creditbridge.records")
    vocabulary = json.loads(data.joinpath("vocabulary.json").read_text("utf-8"))
    rows = [
        {**row, "category": category["code"]}
        for category in vocabulary["categories"]
        for row in _rows(data.joinpath("items", f"{category['code']}.tsv").read_text("utf-8"))
    ]
    return load(vocabulary, rows)


def load(vocabulary: Mapping[str, Any], rows: Iterable[Mapping[str, str]]) -> Catalogue:
    """Read and check a catalogue.

    Raises:
        CatalogueError: an item is unclear, stands twice, or its number leaves a gap.
    """
    retentions = {row["code"]: _retention(row) for row in vocabulary["retentions"]}
    scales = {row["code"]: tuple(row["grades"]) for row in vocabulary["scales"]}
    names = {kind: _names(vocabulary[kind]) for kind in ("categories", "departments", "units")}
    found: dict[int, CreditItem] = {}
    codes: set[str] = set()
    for row in rows:
        item = _item(row, retentions, scales)
        _check(item, names)
        if item.code in codes or item.number in found:
            raise CatalogueError(f"{item.code}: its code or its number stands twice")
        found[item.number] = item
        codes.add(item.code)
    if sorted(found) != list(range(len(found))) or len(found) > MOST_ITEMS:
        raise CatalogueError("the numbers of the items leave a gap")
    if vocabulary["quarantine_days"] < 1:
        raise CatalogueError("rows that could not be taken must wait a day at least")
    ordered = {found[number].code: found[number] for number in range(len(found))}
    return Catalogue(
        MappingProxyType(ordered),
        **names,
        retentions=MappingProxyType(retentions),
        quarantine_days=vocabulary["quarantine_days"],
    )


def _rows(text: str) -> Iterable[Mapping[str, str]]:
    return csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)


def _names(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Words]:
    return MappingProxyType({row["code"]: Words.from_json(row["name"]) for row in rows})


def _retention(row: Mapping[str, Any]) -> Retention:
    if row["counted_from"] not in ("end", "occurrence"):
        raise CatalogueError(f"{row['code']}: a retention is counted from the end or the occurrence")
    return Retention(
        row["code"], Words.from_json(row["name"]), row["years"], counted_from_end=row["counted_from"] == "end"
    )


def _item(
    row: Mapping[str, str], retentions: Mapping[str, Retention], scales: Mapping[str, tuple[str, ...]]
) -> CreditItem:
    try:
        value = ValueKind(row["value"])
        return CreditItem(
            code=row["code"],
            number=int(row["number"]),
            category=row["category"],
            name=Words(row["zh"], row["en"]),
            department=row["department"],
            polarity=Polarity(row["polarity"]),
            severity=Severity(row["severity"]),
            publicity=Publicity(row["publicity"]),
            sharing=Sharing(row["sharing"]),
            retention=retentions[row["retention"]],
            frequency=Frequency(row["frequency"]),
            value=value,
            unit=row["unit"],
            grades=scales[row["unit"]] if value is ValueKind.GRADE else (),
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_until=date.fromisoformat(row["valid_until"]) if row["valid_until"] else None,
        )
    except (KeyError, ValueError, TypeError) as error:
        raise CatalogueError(f"{row.get('code', '?')}: {error}") from error


def _check(item: CreditItem, names: Mapping[str, Mapping[str, Words]]) -> None:
    """Hold an item to what belongs together; the reason stands in each line."""
    kind, adverse = item.value, item.is_adverse
    wrong = {
        "its code is category.item": not _CODE.fullmatch(item.code)
        or item.code.partition(".")[0] != item.category,
        "its category is known": item.category not in names["categories"],
        "its department is known": item.department not in names["departments"],
        "it is named in Chinese and in English": not _CHINESE.search(item.name.zh)
        or not item.name.en
        or bool(_CHINESE.search(item.name.en)),
        "an adverse item, and no other, has a severity": adverse != (item.severity is not Severity.NONE),
        "a count, and nothing else but a grade, has a unit": kind is not ValueKind.GRADE
        and (kind is ValueKind.COUNT) != (item.unit in names["units"]),
        "what is not a count or grade has no unit": kind in (ValueKind.NONE, ValueKind.FEN, ValueKind.PPM)
        and item.unit != "",
        "what is internal is not shared with everyone": item.publicity is Publicity.INTERNAL
        and item.sharing is Sharing.SOCIETY,
        "what is shared with everyone is public": item.sharing is Sharing.SOCIETY
        and item.publicity is not Publicity.PUBLIC,
        "an adverse record is not kept for ever": adverse and item.retention.years is None,
        "it ends after it begins": item.valid_until is not None and item.valid_until <= item.valid_from,
    }
    for rule, broken in wrong.items():
        if broken:
            raise CatalogueError(f"{item.code}: {rule}")
