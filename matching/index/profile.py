"""By what firms are counted: grade, size, section, region and age, as two small codes a firm.

The first code joins grade, size and section, the second region and age band, so that one pass over a bitmap counts by
all five: each table of counts is added up along the others. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.columns import Column, FactColumns
from creditbridge.kernel.words import Words
from creditbridge.registry import industries, regions
from matching.index.comparing import Words as Bits
from matching.index.comparing import last_day_of_age

UNKNOWN, OTHER = "", "other"
MOST_REGIONS = 40
AGES = (1, 3, 5, 10)
_RUN = 65_536


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
        from matching.index import kernels  # loads the compiler, which most pages do without

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
    places = {
        Dimension.GRADE: _places_of(city, "platform_grade", _named("platform_grade")),
        Dimension.SIZE: _places_of(city, "firm_size", _named("firm_size")),
        Dimension.SECTION: _places_of(city, "industry", _sections(city)),
        Dimension.REGION: _places_of(city, "registered_region", _regions(city)),
        Dimension.AGE: _ages(city, on),
    }
    joined = np.empty((len(city), 2), dtype=np.uint16)
    # A run of firms at a time: what is only needed on the way stays small, in every process that maps the city.
    for begin in range(0, len(city), _RUN):
        run = slice(begin, begin + _RUN)
        for column, dimensions in enumerate((_FIRST, _SECOND)):
            code = np.zeros(len(joined[run]), dtype=np.int64)
            for dimension in dimensions:
                code = code * len(places[dimension].values) + places[dimension].of(run, len(code))
            joined[run, column] = code
    return Profile(joined, {each: found.values for each, found in places.items()}, city.firm_nos)


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


@dataclass(frozen=True, slots=True)
class _Places:
    """The values of a dimension, the last for what is not known, and how each firm's place among them is read."""

    values: tuple[str, ...]
    column: Column | None
    read: Callable[[NDArray[Any]], NDArray[np.int64]]

    def of(self, run: slice, firms: int) -> NDArray[np.int64]:
        """The places of a run of firms."""
        last = len(self.values) - 1
        if self.column is None:
            return np.full(firms, last, dtype=np.int64)
        return np.where(self.column.as_of[run] != 0, self.read(self.column.values[run]), last)


def _places_of(city: FactColumns, fact: str, named: Mapping[str, str]) -> _Places:
    """Places by a coded fact; ``named`` are the values by code, in their order."""
    values = (*dict.fromkeys(named.values()), UNKNOWN)
    column = city.columns.get(fact)
    at = {value: place for place, value in enumerate(values)}
    codes = () if column is None else column.codes
    places = np.array([at[named.get(code, UNKNOWN)] for code in codes], dtype=np.int64)
    return _Places(values, column, lambda codes: places[codes])


def _named(fact: str) -> dict[str, str]:
    known = catalogue()[fact]
    return {code: code for code in (known.scale.grades if known.scale else known.choices)}


def _sections(city: FactColumns) -> dict[str, str]:
    sections = [section.code for section in industries.sections()]
    codes = _codes(city, "industry")
    return {code: code for code in sections} | {code: industries.section_of(code) for code in codes}


def _regions(city: FactColumns) -> dict[str, str]:
    """The regions most firms are registered in, in the order of their codes, and one for all others."""
    column = city.columns.get("registered_region")
    if column is None:
        return {OTHER: OTHER}
    counts = np.zeros(len(column.codes), dtype=np.int64)
    for begin in range(0, len(city), _RUN):
        known = column.as_of[begin : begin + _RUN] != 0
        counts += np.bincount(column.values[begin : begin + _RUN][known], minlength=len(counts))
    first = np.argsort(-counts, kind="stable")[:MOST_REGIONS]
    named = {code: code for code in sorted(column.codes[place] for place in first.tolist() if counts[place])}
    return named | {OTHER: OTHER} | {code: OTHER for code in column.codes if code not in named}


def _codes(city: FactColumns, fact: str) -> tuple[str, ...]:
    column = city.columns.get(fact)
    return column.codes if column is not None else ()


def _ages(city: FactColumns, on: date) -> _Places:
    since = np.array([last_day_of_age(years, on) for years in AGES])
    values = (*(str(place) for place in range(len(AGES) + 1)), UNKNOWN)
    column = city.columns.get("established_on")
    return _Places(values, column, lambda days: (days[:, None] <= since).sum(axis=1))
