"""By what firms are counted: grade, size, section, region and age, as two small codes a firm.

The first code joins grade, size and section, the second region and age band, so that one pass over a bitmap counts by
all five: each table of counts is added up along the others. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.columns import FactColumns
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions
from matching.index import kernels
from matching.index.comparing import Words as Bits
from matching.index.comparing import last_day_of_age

UNKNOWN, OTHER = "", "other"
MOST_REGIONS = 40
AGES = (1, 3, 5, 10)


class Dimension(StrEnum):
    """By what a count may be broken down."""

    GRADE = "grade"
    SIZE = "size"
    SECTION = "section"
    REGION = "region"
    AGE = "age"


DIMENSION_WORDS: Mapping[Dimension, Words] = {
    Dimension.GRADE: Words("信用等级", "Credit grade"),
    Dimension.SIZE: Words("企业规模", "Size"),
    Dimension.SECTION: Words("行业门类", "Industry section"),
    Dimension.REGION: Words("地区", "Region"),
    Dimension.AGE: Words("成立年限", "Years since establishment"),
}
_AGE_WORDS = (
    Words("不满 1 年", "Under 1 year"),
    Words("1 至 3 年", "1 to 3 years"),
    Words("3 至 5 年", "3 to 5 years"),
    Words("5 至 10 年", "5 to 10 years"),
    Words("10 年及以上", "10 years and more"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A count and what stands for the set of firms counted: the least of the firms' own random numbers.

    It is the same for the same firms, and mostly the same still when one firm more or less is among many.
    """

    count: int
    key: int

    def __add__(self, other: Cell) -> Cell:
        return Cell(self.count + other.count, min(self.key, other.key))


NO_KEY = 2**64 - 1
NOBODY = Cell(0, NO_KEY)


@dataclass(frozen=True, slots=True)
class Tally:
    """Firms counted: all of them, and by each value of each dimension, in the dimension's order."""

    total: Cell
    by: Mapping[Dimension, Mapping[str, Cell]]


@dataclass(frozen=True, slots=True)
class Profile:
    """The two codes of every firm, and the values each dimension has."""

    codes: NDArray[np.uint16]
    values: Mapping[Dimension, tuple[str, ...]]
    firm_nos: NDArray[np.uint32]

    def tally(self, bitmap: Bits, salt: int) -> Tally:
        """Count the firms of a bitmap."""
        first = tuple(len(self.values[each]) for each in _FIRST)
        second = tuple(len(self.values[each]) for each in _SECOND)
        width = max(int(np.prod(first)), int(np.prod(second)))
        counts = np.zeros((2, width), dtype=np.int64)
        least = np.full((2, width), NO_KEY, dtype=np.uint64)
        kernels.tally(bitmap, self.firm_nos, np.uint64(salt), self.codes, counts, least)
        by: dict[Dimension, Mapping[str, Cell]] = {}
        for row, (dimensions, shape) in enumerate(((_FIRST, first), (_SECOND, second))):
            size = int(np.prod(shape))
            table, keys = counts[row, :size].reshape(shape), least[row, :size].reshape(shape)
            for axis, dimension in enumerate(dimensions):
                others = tuple(place for place in range(len(shape)) if place != axis)
                along = table.sum(axis=others).tolist(), keys.min(axis=others).tolist()
                by[dimension] = dict(zip(self.values[dimension], map(Cell, *along), strict=True))
        return Tally(Cell(int(counts[0].sum()), int(least[0].min())), by)


_FIRST = (Dimension.GRADE, Dimension.SIZE, Dimension.SECTION)
_SECOND = (Dimension.REGION, Dimension.AGE)


def add_up(tallies: Sequence[Tally]) -> Tally:
    """Tallies of firms of which none is in two of them."""
    total, by = NOBODY, {each: dict[str, Cell]() for each in Dimension}
    for tally in tallies:
        total += tally.total
        for dimension, cells in tally.by.items():
            for value, cell in cells.items():
                by[dimension][value] = by[dimension].get(value, NOBODY) + cell
    return Tally(total, by)


def make_profile(city: FactColumns, on: date) -> Profile:
    """The profile of every firm."""
    values: dict[Dimension, tuple[str, ...]] = {}
    codes: dict[Dimension, NDArray[np.int64]] = {}
    for dimension, fact in ((Dimension.GRADE, "platform_grade"), (Dimension.SIZE, "firm_size")):
        known = catalogue()[fact]
        values[dimension] = (*(known.scale.grades if known.scale else known.choices), UNKNOWN)
        codes[dimension] = _mapped(city, fact, {code: code for code in values[dimension]}, values[dimension])
    sections = tuple(section.code for section in industries.sections())
    values[Dimension.SECTION] = (*sections, UNKNOWN)
    codes[Dimension.SECTION] = _mapped(
        city,
        "industry",
        {code: industries.section_of(code) for code in _codes(city, "industry")},
        (*sections, UNKNOWN),
    )
    values[Dimension.REGION] = (*_regions(city), OTHER, UNKNOWN)
    named = {
        code: code if code in values[Dimension.REGION] else OTHER
        for code in _codes(city, "registered_region")
    }
    codes[Dimension.REGION] = _mapped(city, "registered_region", named, values[Dimension.REGION])
    values[Dimension.AGE] = (*(str(place) for place in range(len(AGES) + 1)), UNKNOWN)
    codes[Dimension.AGE] = _ages(city, on)
    joined = np.empty((len(city), 2), dtype=np.uint16)
    for column, dimensions in enumerate((_FIRST, _SECOND)):
        code = np.zeros(len(city), dtype=np.int64)
        for dimension in dimensions:
            code = code * len(values[dimension]) + codes[dimension]
        joined[:, column] = code
    return Profile(joined, values, city.firm_nos)


def value_words(dimension: Dimension, value: str) -> Words:
    """How a value of a dimension is said."""
    if value == UNKNOWN:
        return Words("未知", "Not known")
    if value == OTHER:
        return Words("其他地区", "Other regions")
    match dimension:
        case Dimension.GRADE | Dimension.SIZE:
            fact = catalogue()["platform_grade" if dimension is Dimension.GRADE else "firm_size"]
            return (fact.scale.grades if fact.scale else fact.choices)[value]
        case Dimension.SECTION:
            return industries.industry_name(value)
        case Dimension.REGION:
            return regions.region_name(value)
        case Dimension.AGE:
            return _AGE_WORDS[int(value)]


def _codes(city: FactColumns, fact: str) -> tuple[str, ...]:
    column = city.columns.get(fact)
    return column.codes if column is not None else ()


def _regions(city: FactColumns) -> tuple[str, ...]:
    """The regions most firms are registered in, in the order of their codes."""
    column = city.columns.get("registered_region")
    if column is None:
        return ()
    counts = np.bincount(column.values[column.known], minlength=len(column.codes))
    first = np.argsort(-counts, kind="stable")[:MOST_REGIONS]
    return tuple(sorted(column.codes[place] for place in first.tolist() if counts[place]))


def _mapped(
    city: FactColumns, fact: str, named: Mapping[str, str], values: Sequence[str]
) -> NDArray[np.int64]:
    """Each firm's place among the values; the last where the fact is not known."""
    last = len(values) - 1
    column = city.columns.get(fact)
    if column is None:
        return np.full(len(city), last, dtype=np.int64)
    places = np.array([values.index(named[code]) if code in named else last for code in column.codes])
    return np.where(column.known, places[column.values], last)


def _ages(city: FactColumns, on: date) -> NDArray[np.int64]:
    column = city.columns.get("established_on")
    if column is None:
        return np.full(len(city), len(AGES) + 1, dtype=np.int64)
    since = np.array([last_day_of_age(years, on) for years in AGES])
    bands = (column.values[:, None] <= since).sum(axis=1)
    return np.where(column.known, bands, len(AGES) + 1)
