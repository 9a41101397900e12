"""The indicators as data: what each is computed from, how it is cut into points, and what it means.

The files ``data/indicators/<part>.json`` are read once and checked whole. An indicator is never given another
meaning: a new one takes its place, and the old one ends by its date, so that a past score can be replayed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Any, cast

from creditbridge.kernel import catalogue_files
from creditbridge.kernel.words import Words
from creditbridge.scoring.language import Expression
from creditbridge.scoring.parsing import LanguageError, parse

MOST_POINTS = 100
"""Points of an indicator run from 0 to this."""


class Category(StrEnum):
    """Six sides of a firm's credit. ``docs/scoring.md`` says why these."""

    BASIC = "basic"
    COMPLIANCE = "compliance"
    FINANCE = "finance"
    OPERATION = "operation"
    PERFORMANCE = "performance"
    RESPONSIBILITY = "responsibility"


CATEGORY_WORDS: Mapping[Category, Words] = {
    Category.BASIC: Words("基础素质", "Foundations"),
    Category.COMPLIANCE: Words("守法合规", "Compliance"),
    Category.FINANCE: Words("财务与纳税", "Finance and tax"),
    Category.OPERATION: Words("经营活力", "Operation"),
    Category.PERFORMANCE: Words("履约守信", "Keeping one's word"),
    Category.RESPONSIBILITY: Words("用工与社会责任", "Employment and responsibility"),
}


class Direction(StrEnum):
    """Which values are better: larger ones, smaller ones, or those in the middle."""

    HIGHER = "higher"
    LOWER = "lower"
    MIDDLE = "middle"


class Shown(StrEnum):
    """As what a value is shown."""

    COUNT = "count"
    FEN = "fen"
    PPM = "ppm"
    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"
    YES_NO = "yes_no"
    GRADE = "grade"


class Missing(StrEnum):
    """What an unknown value is worth: some points, nothing at all (its weight is left out), or those of a value."""

    POINTS = "points"
    LEFT_OUT = "left_out"
    AS_VALUE = "as_value"


@dataclass(frozen=True, slots=True)
class Bins:
    """Points by value: ``points[n]`` from ``edges[n - 1]`` to below ``edges[n]``."""

    edges: tuple[int, ...]
    points: tuple[int, ...]

    def place(self, value: int) -> int:
        return sum(edge <= value for edge in self.edges)

    def points_of(self, value: int) -> int:
        return self.points[self.place(value)]


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator. ``grades`` names the ranks of a grade, best first; ``advice`` says how a firm betters it."""

    code: str
    part: str
    category: Category
    name: Words
    value: Expression
    shown: Shown
    direction: Direction
    bins: Bins
    missing: Missing
    missing_worth: int
    reference: Words
    advice: Words | None
    grades: tuple[str, ...]
    valid_from: date
    valid_until: date | None

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def missing_points(self, bins: Bins) -> int | None:
        """What an unknown value is worth by some bins; None when its weight is left out."""
        if self.missing is Missing.LEFT_OUT:
            return None
        return self.missing_worth if self.missing is Missing.POINTS else bins.points_of(self.missing_worth)

    def points_of(self, value: int | None) -> int | None:
        """Points by its own bins."""
        return self.missing_points(self.bins) if value is None else self.bins.points_of(value)


@dataclass(frozen=True, slots=True)
class Part:
    """The general part, or a specialised one; ``applies`` is 1 for the firms it is for, None for every firm."""

    code: str
    name: Words
    applies: Expression | None


class CatalogueError(ValueError):
    """A file of indicators contradicts itself; the message names the indicator."""


@dataclass(frozen=True, eq=False)
class IndicatorCatalogue:
    """The indicators by code, in order, with the parts they stand in."""

    indicators: Mapping[str, Indicator]
    parts: Mapping[str, Part]

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(self.indicators)

    def on(self, day: date) -> tuple[Indicator, ...]:
        """Those that hold on a day."""
        return tuple(one for one in self.indicators.values() if one.is_valid_on(day))


PARTS = ("general", "textiles", "vehicle_inspection", "crystal")


@cache
def catalogue() -> IndicatorCatalogue:
    """The indicators of the installation."""
    folder = catalogue_files.data_of("creditbridge.scoring").joinpath("indicators")
    return load([json.loads(folder.joinpath(f"{part}.json").read_text("utf-8")) for part in PARTS])


def load(files: Sequence[Mapping[str, Any]]) -> IndicatorCatalogue:
    """Read and check files of indicators, one a part.

    Raises:
        CatalogueError: one cannot be read, or stands twice.
    """
    parts: dict[str, Part] = {}
    indicators: dict[str, Indicator] = {}
    for stated in files:
        head = stated["part"]
        applies = None if head.get("applies") is None else parse(head["applies"])
        part = Part(head["code"], Words.from_json(head["name"]), applies)
        parts[part.code] = part
        for row in stated["indicators"]:
            indicator = _indicator(row, part.code)
            if indicator.code in indicators:
                raise CatalogueError(f"{indicator.code}: stands twice")
            indicators[indicator.code] = indicator
    return IndicatorCatalogue(indicators, parts)


def _indicator(row: Mapping[str, Any], part: str) -> Indicator:
    try:
        missing = row["missing"]
        return Indicator(
            code=row["code"],
            part=part,
            category=Category(row["category"]),
            name=Words.from_json(row["name"]),
            value=parse(row["value"]),
            shown=Shown(row["shown"]),
            direction=Direction(row["direction"]),
            bins=read_bins(row["bins"]),
            missing=Missing(missing["rule"]),
            missing_worth=int(missing.get("worth", 0)),
            reference=Words.from_json(row["reference"]),
            advice=Words.from_json(row["advice"]) if row.get("advice") else None,
            grades=tuple(row.get("grades", ())),
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_until=date.fromisoformat(row["valid_until"]) if row.get("valid_until") else None,
        )
    except (KeyError, TypeError, LanguageError, CatalogueError, ValueError) as error:
        raise CatalogueError(f"{row.get('code', '?')}: {error}") from error


def read_bins(stated: Sequence[Mapping[str, Any]]) -> Bins:
    """Bins from below: the first is open, each next one begins at its ``from``.

    Raises:
        CatalogueError: they do not rise, or their points are out of range.
    """
    if not stated or "from" in stated[0]:
        raise CatalogueError("the first bin is open below")
    edges = tuple(cast("int", bin_["from"]) for bin_ in stated[1:])
    points = tuple(cast("int", bin_["points"]) for bin_ in stated)
    if any(low >= high for low, high in pairwise(edges)):
        raise CatalogueError("bins must rise")
    if not all(0 <= worth <= MOST_POINTS for worth in points):
        raise CatalogueError(f"points run from 0 to {MOST_POINTS}")
    return Bins(edges, points)
