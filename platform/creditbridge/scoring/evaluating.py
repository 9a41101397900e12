"""From accumulators to values: the second step, over many firms at once, in whole numbers.

A ratio, share or growth is in ppm and rounded down. What cannot be known (no record with a value, nothing to divide
by) is not known; what to make of that is each indicator's rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creditbridge.records.columns import NO_DAY, NO_VALUE
from creditbridge.scoring.columns import UNKNOWN, FirmColumns
from creditbridge.scoring.days import Unit, add_months, first_days, full_units, months_of, next_unit_day
from creditbridge.scoring.language import (
    Constant,
    Expression,
    FirmProperty,
    Measure,
    OfFirm,
    Operation,
    Take,
    Test,
    Transformation,
    Transformed,
)
from creditbridge.scoring.program import Program

PPM = 1_000_000
MOST_PPM = 10**12
"""Ratios and growths end here; what is larger tells no more."""
SLOPE_MONTHS = 3
"""A trend needs this many values at least."""
_LARGE = 1 << 43
_OLDEST_AGE = 36_600

Numbers = NDArray[np.int64]
Mask = NDArray[np.bool_]
_Pair: TypeAlias = tuple[Numbers, Numbers]
_ByDays: TypeAlias = Callable[[Numbers, int, Unit], _Pair]
_Table: TypeAlias = Callable[[int, Unit], _Pair]
_TABLE_FROM = 1_000
"""For so many firms a table by age is worth making."""


class Valued(NamedTuple):
    """A value of each firm, 0 where it is not known."""

    values: Numbers
    known: Mask


def ppm(part: Numbers, whole: Numbers) -> Numbers:
    """A part of a positive whole in ppm, rounded down, without overflow for any two amounts."""
    large = whole >= _LARGE
    if np.any(large):
        shift = np.where(large, 20, 0)
        part, whole = part >> shift, whole >> shift
    full = part // whole
    rest = part - full * whole
    answer: Numbers = np.clip(full, -PPM, PPM) * PPM + rest * PPM // whole
    return np.clip(answer, -MOST_PPM, MOST_PPM)


@lru_cache(maxsize=12)
def _age_table(on: int, unit: Unit) -> tuple[Numbers, Numbers]:
    """By age in days: the full units, and the day on which there will be one more."""
    return _by_age(np.arange(_OLDEST_AGE, dtype=np.int64), on, unit)


def _by_age(ages: Numbers, on: int, unit: Unit) -> tuple[Numbers, Numbers]:
    starts = on - ages
    return full_units(starts, on, unit), next_unit_day(starts, on, unit)


@lru_cache(maxsize=12)
def _left_table(on: int, unit: Unit) -> tuple[Numbers, Numbers]:
    """By days that are left: the full units, and a day by which there will be one less; it may come early."""
    return _by_days_left(np.arange(_OLDEST_AGE, dtype=np.int64), on, unit)


def _by_days_left(left: Numbers, on: int, unit: Unit) -> tuple[Numbers, Numbers]:
    ends = on + left
    if unit is Unit.DAYS:
        return ends - on, np.full_like(ends, on + 1)
    begins = np.full_like(ends, on)
    months = months_of(ends) - months_of(begins)
    months -= add_months(begins, months) > ends
    months //= unit.months
    fewer = np.maximum(add_months(ends, -months * unit.months) + 1, on + 1)
    return months, np.where(months == 0, NO_DAY, fewer)


class Evaluation:
    """The values of expressions for some firms, from their accumulators ``[accumulator, firm]``."""

    def __init__(self, program: Program, raw: Numbers, firms: FirmColumns, due: Numbers) -> None:
        self._program = program
        self._raw = raw
        self._firms = firms
        self._known: dict[Expression, Valued] = {}
        self._next_month = int(first_days(months_of(np.array([program.on])) + 1)[0])
        self.due = due

    def of(self, expression: Expression) -> Valued:
        """An expression's value of each firm; the same expression is worked out once."""
        found = self._known.get(expression)
        if found is None:
            found = self._work_out(expression)
            self._known[expression] = found
        return found

    def _work_out(self, expression: Expression) -> Valued:
        if isinstance(expression, Measure):
            return self._measure(expression)
        if isinstance(expression, OfFirm):
            return self._of_firm(expression)
        if isinstance(expression, Constant):
            count = len(self._firms)
            return Valued(np.full(count, expression.value, dtype=np.int64), np.ones(count, dtype=np.bool_))
        if isinstance(expression, Test):
            return _tested(expression, self.of(expression.of))
        if isinstance(expression, Transformed):
            return _transformed(expression, self.of(expression.of))
        return _OPERATIONS[expression.operation]([self.of(part) for part in expression.parts])

    def _measure(self, measure: Measure) -> Valued:
        raw = [self._raw[position] for position in self._program.of(measure)]
        if measure.take in (Take.SINCE_LAST, Take.SINCE_FIRST):
            return self._since(raw[0], measure.unit, measure.cap)
        if measure.take is Take.UNTIL_END:
            return self._until(raw[0], measure.unit, measure.cap)
        if measure.take is Take.DURATION:
            return _duration(raw[0], measure.unit, measure.cap)
        if measure.take is Take.MISSING_MONTHS:
            missing = _missing_months(raw[0], measure.window.ago * measure.window.unit.months)
            self._due_on(np.full_like(raw[0], self._next_month), missing.known)
            return missing
        return _TAKES[measure.take](*raw)

    def _of_firm(self, wanted: OfFirm) -> Valued:
        if wanted.property is FirmProperty.AGE:
            return self._since(self._firms.established_on.astype(np.int64), wanted.unit, wanted.cap)
        codes: NDArray[Any] = getattr(self._firms, wanted.property.value)
        return Valued(codes.astype(np.int64), codes != UNKNOWN)

    def _since(self, day: Numbers, unit: Unit, cap: int | None) -> Valued:
        known = (day != NO_DAY) & (day != NO_VALUE)
        age = np.clip(np.where(known, self._program.on - day, 0), 0, _OLDEST_AGE - 1)
        values, changes = self._looked_up(age, unit, _by_age, _age_table)
        moving = known & (age < _OLDEST_AGE - 1)
        if cap is not None:
            moving &= values < cap
            values = np.minimum(values, cap)
        self._due_on(changes, moving)
        return Valued(np.where(known, values, 0), known)

    def _until(self, day: Numbers, unit: Unit, cap: int | None) -> Valued:
        known = day != NO_VALUE
        left = np.clip(np.where(known, day - self._program.on, 0), 0, _OLDEST_AGE - 1)
        values, changes = self._looked_up(left, unit, _by_days_left, _left_table)
        if cap is not None:
            low = day - cap if unit is Unit.DAYS else add_months(np.where(known, day, 0), -cap * unit.months)
            changes = np.where(values > cap, np.maximum(low + 1, self._program.on + 1), changes)
            values = np.minimum(values, cap)
        self._due_on(changes, known & (left > 0) & (left < _OLDEST_AGE - 1))
        return Valued(np.where(known, values, 0), known)

    def _looked_up(self, days: Numbers, unit: Unit, worked_out: _ByDays, table: _Table) -> _Pair:
        """What goes with each number of days: of a few firms it is worked out, of many looked up in a table."""
        if len(days) < _TABLE_FROM:
            return worked_out(days, self._program.on, unit)
        values, changes = table(self._program.on, unit)
        return values[days], changes[days]

    def _due_on(self, changes: Numbers, moving: Mask) -> None:
        np.minimum(self.due, np.where(moving, changes, NO_DAY), out=self.due)


def _counted(raw: Numbers) -> Valued:
    return Valued(raw, np.ones(raw.shape, dtype=np.bool_))


def _exists(raw: Numbers) -> Valued:
    return _counted((raw > 0).astype(np.int64))


def _held(raw: Numbers) -> Valued:
    known = raw != NO_VALUE
    return Valued(np.where(known, raw, 0), known)


def _mean(total: Numbers, count: Numbers) -> Valued:
    return _divided(np.floor_divide, total, count, count > 0)


def _duration(raw: Numbers, unit: Unit, cap: int | None) -> Valued:
    """Days as they are, months and years by their mean length: a duration has no calendar of its own."""
    values, known = _held(raw)
    if unit is not Unit.DAYS:
        values = values * 4_800 // (146_097 * unit.months)
    return Valued(values if cap is None else np.minimum(values, cap), known)


def _bits(raw: Numbers) -> Valued:
    return _counted(np.bitwise_count(raw).astype(np.int64))


def _longest_run(raw: Numbers) -> Valued:
    left, longest = raw.copy(), np.zeros(raw.shape, dtype=np.int64)
    while np.any(left):
        longest += left != 0
        left &= left >> 1
    return _counted(longest)


def _missing_months(raw: Numbers, ago: int) -> Valued:
    """Months without a record, from the first that has one to the end of a window of whole months."""
    smeared = raw.copy()
    for shift in (1, 2, 4, 8, 16, 32):
        smeared |= smeared >> shift
    span = np.bitwise_count(smeared).astype(np.int64) - 1 - ago
    known = raw != 0
    return Valued(np.where(known, span - np.bitwise_count(raw), 0), known)


def _slope(count: Numbers, total: Numbers, x: Numbers, xx: Numbers, xy: Numbers) -> Valued:
    """The straight line of least squares through the monthly values: its rise a month as a part of their mean.

    The sums are whole numbers; the one division is in floating point and the same on every machine, since each of
    its steps is rounded alike.
    """
    known = (count >= SLOPE_MONTHS) & (total != NO_VALUE)
    n, y = count.astype(np.float64), np.where(known, total, 0).astype(np.float64)
    above = n * xy.astype(np.float64) - x.astype(np.float64) * y
    below = n * xx.astype(np.float64) - x.astype(np.float64) * x.astype(np.float64)
    known &= (below > 0) & (y > 0)
    rise = np.where(known, n * above, 0.0) / np.where(known, below * y, 1.0) * PPM
    return Valued(np.floor(np.clip(rise, -MOST_PPM, MOST_PPM)).astype(np.int64), known)


_TAKES: Mapping[Take, Callable[..., Valued]] = {
    Take.COUNT: _counted,
    Take.EXISTS: _exists,
    Take.SUM: _held,
    Take.MEAN: _mean,
    Take.MAX: _held,
    Take.MIN: _held,
    Take.LATEST: _held,
    Take.PREVIOUS: lambda before, _latest: _held(before),
    Take.FIRST: _held,
    Take.DISTINCT_MONTHS: _bits,
    Take.DISTINCT_YEARS: _bits,
    Take.DISTINCT_ITEMS: _bits,
    Take.LONGEST_RUN_MONTHS: _longest_run,
    Take.LONGEST_RUN_YEARS: _longest_run,
    Take.WORST_SEVERITY: _counted,
    Take.SLOPE: _slope,
}


def _both(parts: list[Valued]) -> Mask:
    return parts[0].known & parts[1].known


def _divided(
    divide: Callable[[Numbers, Numbers], Numbers], part: Numbers, whole: Numbers, known: Mask
) -> Valued:
    """Divide where both are known only: division is the slow step, and much of a city is not known."""
    values = np.zeros(part.shape, dtype=np.int64)
    where = np.flatnonzero(known)
    values[where] = divide(part[where], whole[where])
    return Valued(values, known)


def _ratio(parts: list[Valued]) -> Valued:
    (part, _), (whole, _) = parts
    return _divided(ppm, part, whole, _both(parts) & (whole > 0))


def _share(parts: list[Valued]) -> Valued:
    values, known = _ratio(parts)
    return Valued(np.clip(values, 0, PPM), known)


def _growth(parts: list[Valued]) -> Valued:
    """From the second value to the first, as a part of the second's size."""
    (now, _), (before, _) = parts
    return _divided(ppm, now - before, np.abs(before), _both(parts) & (before != 0))


def _difference(parts: list[Valued]) -> Valued:
    known = _both(parts)
    return Valued(np.where(known, parts[0].values - parts[1].values, 0), known)


def _per(parts: list[Valued]) -> Valued:
    """So many of the first for each of the second, rounded down."""
    (total, _), (heads, _) = parts
    return _divided(np.floor_divide, total, heads, _both(parts) & (heads > 0))


def _plus(parts: list[Valued]) -> Valued:
    """The sum of what is known; not known when nothing is."""
    known = reduce(np.logical_or, (part.known for part in parts))
    return Valued(reduce(np.add, (part.values for part in parts)), known)


def _extreme(choose: Any, otherwise: int) -> Callable[[list[Valued]], Valued]:
    def extreme(parts: list[Valued]) -> Valued:
        known = reduce(np.logical_or, (part.known for part in parts))
        chosen = reduce(choose, (np.where(part.known, part.values, otherwise) for part in parts))
        return Valued(np.where(known, chosen, 0), known)

    return extreme


def _first_known(parts: list[Valued]) -> Valued:
    values, known = parts[0].values.copy(), parts[0].known.copy()
    for part in parts[1:]:
        fill = ~known & part.known
        values[fill] = part.values[fill]
        known |= part.known
    return Valued(values, known)


_OPERATIONS: Mapping[Operation, Callable[[list[Valued]], Valued]] = {
    Operation.RATIO: _ratio,
    Operation.SHARE: _share,
    Operation.GROWTH: _growth,
    Operation.DIFFERENCE: _difference,
    Operation.PER: _per,
    Operation.PLUS: _plus,
    Operation.LARGEST: _extreme(np.maximum, -(2**63)),
    Operation.SMALLEST: _extreme(np.minimum, 2**63 - 1),
    Operation.FIRST_KNOWN: _first_known,
}


def _tested(test: Test, of: Valued) -> Valued:
    passed = np.ones(of.values.shape, dtype=np.bool_)
    if test.at_least is not None:
        passed &= of.values >= test.at_least
    if test.at_most is not None:
        passed &= of.values <= test.at_most
    if test.one_of:
        passed &= np.isin(of.values, np.array(test.one_of, dtype=np.int64))
    return Valued((passed & of.known).astype(np.int64), of.known)


def _transformed(wanted: Transformed, of: Valued) -> Valued:
    values = of.values
    if wanted.transformation is Transformation.CLIP:
        values = np.clip(values, wanted.low, wanted.high)
    elif wanted.transformation is Transformation.DIVIDE:
        values = values // wanted.low
    elif wanted.transformation is Transformation.ABSOLUTE:
        values = np.abs(values)
    else:
        values = _digits(values)
    return Valued(np.where(of.known, values, 0), of.known)


_POWERS = np.array([10**exponent for exponent in range(19)], dtype=np.int64)


def _digits(values: Numbers) -> Numbers:
    """How many digits a number has, nought none: a logarithm that is the same everywhere."""
    return np.searchsorted(_POWERS, np.abs(values), side="right").astype(np.int64)
