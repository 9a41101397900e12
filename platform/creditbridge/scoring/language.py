"""The indicator language: what a value is computed from, as data; closed, bounded, with no code in it.

A **measure** looks at a firm's records: which of them (items, category, polarity, severity, open or ended, range of
the value), in which window, and what to take of them (:class:`Take`). **Combinations** put measures and properties
of the firm together: a ratio, a share, a growth, a test. Amounts are fen, ratios and growths are ppm, times are full
days, months or years, a test is 0 or 1. ``docs/scoring.md`` describes the language for those who write in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from creditbridge.records.catalogue import Polarity, Severity
from creditbridge.scoring.days import Unit


class Take(StrEnum):
    """What is taken of the records a measure looks at."""

    COUNT = "count"
    EXISTS = "exists"
    SUM = "sum"
    MEAN = "mean"
    MAX = "max"
    MIN = "min"
    LATEST = "latest"
    PREVIOUS = "previous"
    FIRST = "first"
    SINCE_LAST = "since_last"
    SINCE_FIRST = "since_first"
    UNTIL_END = "until_end"
    DURATION = "duration"
    DISTINCT_MONTHS = "distinct_months"
    DISTINCT_YEARS = "distinct_years"
    DISTINCT_ITEMS = "distinct_items"
    LONGEST_RUN_MONTHS = "longest_run_months"
    LONGEST_RUN_YEARS = "longest_run_years"
    MISSING_MONTHS = "missing_months"
    WORST_SEVERITY = "worst_severity"
    SLOPE = "slope"


OF_TIME = frozenset({Take.SINCE_LAST, Take.SINCE_FIRST, Take.UNTIL_END, Take.DURATION})
"""Takes that answer a time, in the measure's unit."""
OF_MONTHS = frozenset({Take.DISTINCT_MONTHS, Take.LONGEST_RUN_MONTHS, Take.MISSING_MONTHS, Take.SLOPE})
"""Takes that look at single months, at most :data:`MOST_MONTHS` of them."""
OF_VALUE = frozenset(
    {Take.SUM, Take.MEAN, Take.MAX, Take.MIN, Take.LATEST, Take.PREVIOUS, Take.FIRST, Take.SLOPE}
)
"""Takes of a record's value: without a record that has one, the measure is not known."""

MOST_MONTHS = 60
MOST_ITEMS = 60
MOST_CAP = 1_200


class Status(StrEnum):
    """Whether the matter a record tells of lasts: its end is not reached, or it is."""

    ANY = "any"
    OPEN = "open"
    ENDED = "ended"


class By(StrEnum):
    """Which of a record's days must lie in the window."""

    OCCURRED = "occurred"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time that ends on the day of the evaluation, or ``ago`` before it. ``length`` None is all time.

    ``whole`` takes calendar months that are over, so that a value changes on the first of a month only.
    """

    length: int | None = None
    unit: Unit = Unit.MONTHS
    ago: int = 0
    whole: bool = False
    by: By = By.OCCURRED

    @property
    def reach_in_months(self) -> int | None:
        """How many months back it begins; None for all time and for windows of days."""
        if self.length is None or self.unit is Unit.DAYS:
            return None
        return (self.length + self.ago) * self.unit.months


ALL_TIME = Window()


@dataclass(frozen=True, slots=True)
class Filter:
    """Which records. ``items`` are codes (``penalty.fine``), families (``penalty.*``) or named sets (``@fines``).

    One with ``-`` before it is left out.
    """

    items: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    polarity: Polarity | None = None
    severities: tuple[Severity, ...] = ()
    status: Status = Status.ANY
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A take of some records in a window. ``cap`` ends the counting of a time."""

    take: Take
    filter: Filter
    window: Window = ALL_TIME
    unit: Unit = Unit.MONTHS
    cap: int | None = None


class FirmProperty(StrEnum):
    AGE = "age"
    SIZE = "size"
    ENTITY_KIND = "entity_kind"
    SECTION = "section"
    DIVISION = "division"
    REGION = "region"
    CAPITAL = "capital"


@dataclass(frozen=True, slots=True)
class OfFirm:
    """A property of the firm itself, as the register has it."""

    property: FirmProperty
    unit: Unit = Unit.YEARS
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Constant:
    value: int


class Operation(StrEnum):
    """How values are put together. The first five take two, the others two or more."""

    RATIO = "ratio"
    SHARE = "share"
    GROWTH = "growth"
    DIFFERENCE = "difference"
    PER = "per"
    PLUS = "plus"
    LARGEST = "largest"
    SMALLEST = "smallest"
    FIRST_KNOWN = "first_known"


PAIRS = frozenset({Operation.RATIO, Operation.SHARE, Operation.GROWTH, Operation.DIFFERENCE, Operation.PER})


@dataclass(frozen=True, slots=True)
class Combination:
    operation: Operation
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """1 when the value lies in the range or is one of the named ones, else 0."""

    __test__ = False  # no test of pytest

    of: Expression
    at_least: int | None = None
    at_most: int | None = None
    one_of: tuple[int, ...] = ()


class Transformation(StrEnum):
    CLIP = "clip"
    DIVIDE = "divide"
    DIGITS = "digits"
    ABSOLUTE = "absolute"


@dataclass(frozen=True, slots=True)
class Transformed:
    """A value made easier to cut: held in a range, divided and floored, its number of digits, without its sign."""

    of: Expression
    transformation: Transformation
    low: int = 0
    high: int = 0


Expression: TypeAlias = Measure | OfFirm | Constant | Combination | Test | Transformed


def measures_of(expression: Expression) -> Iterator[Measure]:
    """Every measure an expression holds, from left to right."""
    if isinstance(expression, Measure):
        yield expression
    elif isinstance(expression, Combination):
        for part in expression.parts:
            yield from measures_of(part)
    elif isinstance(expression, Test | Transformed):
        yield from measures_of(expression.of)
