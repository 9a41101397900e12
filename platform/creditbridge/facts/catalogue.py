"""The fact catalogue: everything a loan product may ask about, with its type, scale, words and sensitivity.

The catalogue is the file ``data/fact_catalogue.json``; beside it stand the named lists a firm may be on and the
named sets of industries lenders use. All are read once and checked whole: a broken file stops the start-up.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, TypeVar

from creditbridge.kernel.words import Words


class Subject(StrEnum):
    """Whom a fact is about. Only facts of firms, and their places on lists, are indexed by matching."""

    FIRM = "firm"
    FIRM_LENDER = "firm_lender"
    FIRM_LIST = "firm_list"
    APPLICATION = "application"
    PERSON = "person"


class FactType(StrEnum):
    """How a fact's value is stored: money in fen, ratios in ppm, an age as the date it counts from."""

    NUMBER_FEN = "number_fen"
    NUMBER = "number"
    COUNT = "count"
    RATIO_PPM = "ratio_ppm"
    BOOLEAN = "boolean"
    DATE = "date"
    YEARS = "years"
    CHOICE = "choice"
    CHOICES = "choices"
    SCALE_GRADE = "scale_grade"
    REGION = "region"
    INDUSTRY = "industry"
    LABEL_SET = "label_set"


class Sensitivity(StrEnum):
    """Who may see a value. Verdicts show values, so an internal fact is never matchable."""

    PUBLIC = "public"
    AUTHORISED = "authorised"
    PERSONAL = "personal"
    INTERNAL = "internal"


SUBJECT_WORDS: Mapping[Subject, Words] = {
    Subject.FIRM: Words("企业", "Firm"),
    Subject.FIRM_LENDER: Words("企业与本行", "Firm and lender"),
    Subject.FIRM_LIST: Words("企业名单", "Firm on a list"),
    Subject.APPLICATION: Words("本次申请", "This application"),
    Subject.PERSON: Words("个人", "Person"),
}
SENSITIVITY_WORDS: Mapping[Sensitivity, Words] = {
    Sensitivity.PUBLIC: Words("公示", "Public"),
    Sensitivity.AUTHORISED: Words("依授权共享", "Shared under consent"),
    Sensitivity.PERSONAL: Words("个人信息", "Personal"),
    Sensitivity.INTERNAL: Words("内部", "Internal"),
}

Row = TypeVar("Row")

IN_LIST = "in_list"
"""The one fact about named lists; a criterion on it names the list."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How a counted thing is said; ``many`` and ``one`` hold ``{n}``."""

    code: str
    many: Words
    one: Words

    def say(self, number: int) -> Words:
        return (self.one if number == 1 else self.many).fill(n=f"{number:,}")


@dataclass(frozen=True, slots=True)
class Scale:
    """A graded scale; ``grades`` run from best to worst and map a grade's code to its words."""

    code: str
    version: int
    name: Words
    grades: Mapping[str, Words]

    def rank(self, grade: str) -> int:
        """0 for the best grade.

        Raises:
            ValueError: the scale has no such grade.
        """
        return list(self.grades).index(grade)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. ``choices`` is empty unless the type is a choice; ``when_true`` and ``when_false`` stand for booleans."""

    code: str
    name: Words
    subject: Subject
    type: FactType
    sensitivity: Sensitivity
    matchable: bool
    actionable: bool
    self_reportable: bool
    unit: Unit | None
    scale: Scale | None
    choices: Mapping[str, Words]
    when_true: Words | None
    when_false: Words | None
    question: Words | None
    hint: Words | None


@dataclass(frozen=True, slots=True)
class NamedList:
    """A list kept by somebody on which a firm is or is not."""

    code: str
    name: Words
    kept_by: Words


@dataclass(frozen=True, slots=True)
class IndustrySet:
    """A set of industries lenders name together. Rules store the codes, so changing the set changes no rule."""

    code: str
    name: Words
    industries: frozenset[str]


def catalogue() -> Mapping[str, Fact]:
    """Every fact by its code, in the order of the file."""
    return _loaded().facts


def scales() -> Mapping[str, Scale]:
    """Every scale by its code, in its current version."""
    return _loaded().scales


@cache
def named_lists() -> Mapping[str, NamedList]:
    """Every named list by its code."""
    rows = _read("named_lists.json")["lists"]
    return _by_code(
        {row["code"]: NamedList(row["code"], _words(row["name"]), _words(row["kept_by"])) for row in rows}
    )


@cache
def industry_sets() -> Mapping[str, IndustrySet]:
    """Every named set of industries by its code."""
    rows = _read("industry_sets.json")["sets"]
    return _by_code(
        {
            row["code"]: IndustrySet(row["code"], _words(row["name"]), frozenset(row["industries"]))
            for row in rows
        }
    )


class CatalogueError(ValueError):
    """The catalogue file contradicts itself; the message names the fact."""


@dataclass(frozen=True, slots=True)
class _Catalogue:
    facts: Mapping[str, Fact]
    scales: Mapping[str, Scale]


@cache
def _loaded() -> _Catalogue:
    return load(_read("fact_catalogue.json"))


def load(data: Mapping[str, Any]) -> _Catalogue:
    """Read and check a catalogue.

    Raises:
        CatalogueError: a code stands twice, or a fact lacks what its type needs.
    """
    units = {row["code"]: Unit(row["code"], _words(row["many"]), _words(row["one"])) for row in data["units"]}
    found = [_scale(row) for row in data["scales"]]
    known = _by_code({scale.code: scale for scale in found})
    facts: dict[str, Fact] = {}
    for row in data["facts"]:
        fact = _fact(row, units, known)
        _check(fact)
        if fact.code in facts:
            raise CatalogueError(f"{fact.code}: stands twice")
        facts[fact.code] = fact
    return _Catalogue(_by_code(facts), known)


def _scale(row: Mapping[str, Any]) -> Scale:
    grades = {grade["code"]: _words(grade["name"]) for grade in row["grades"]}
    return Scale(row["code"], row["version"], _words(row["name"]), MappingProxyType(grades))


def _fact(row: Mapping[str, Any], units: Mapping[str, Unit], known: Mapping[str, Scale]) -> Fact:
    code, stated = row["code"], row.get("scale")
    if stated is not None and (
        stated["code"] not in known or known[stated["code"]].version != stated["version"]
    ):
        raise CatalogueError(f"{code}: unknown scale or version")
    choices = {choice["code"]: _words(choice["name"]) for choice in row.get("choices", ())}
    return Fact(
        code=code,
        name=_words(row["name"]),
        subject=Subject(row["subject"]),
        type=FactType(row["type"]),
        sensitivity=Sensitivity(row["sensitivity"]),
        matchable=row["matchable"],
        actionable=row["actionable"],
        self_reportable=row["self_reportable"],
        unit=units[row["unit"]] if "unit" in row else None,
        scale=known[stated["code"]] if stated else None,
        choices=MappingProxyType(choices),
        when_true=_optional_words(row.get("when_true")),
        when_false=_optional_words(row.get("when_false")),
        question=_optional_words(row.get("question")),
        hint=_optional_words(row.get("hint")),
    )


def _check(fact: Fact) -> None:
    """Hold a fact to what its type needs; the reason stands in each line."""
    kind = fact.type
    wrong = {
        "a graded fact, and no other, names its scale": (kind is FactType.SCALE_GRADE)
        != (fact.scale is not None),
        "a choice, and nothing else, has choices": (kind in (FactType.CHOICE, FactType.CHOICES))
        != bool(fact.choices),
        "a boolean has words for both answers": kind is FactType.BOOLEAN
        and not (fact.when_true and fact.when_false),
        "counts, numbers and years have a unit": kind in (FactType.COUNT, FactType.NUMBER, FactType.YEARS)
        and fact.unit is None,
        "an internal fact is never matchable": fact.sensitivity is Sensitivity.INTERNAL and fact.matchable,
        "a self-reportable fact has its question": fact.self_reportable and fact.question is None,
    }
    for rule, broken in wrong.items():
        if broken:
            raise CatalogueError(f"{fact.code}: {rule}")


@cache
def _read(name: str) -> dict[str, Any]:
    text = resources.files("creditbridge.facts").joinpath("data", name).read_text("utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def _by_code(rows: dict[str, Row]) -> Mapping[str, Row]:
    return MappingProxyType(rows)


def _words(value: dict[str, str]) -> Words:
    return Words.from_json(value)


def _optional_words(value: dict[str, str] | None) -> Words | None:
    return None if value is None else _words(value)
