"""What rules are evaluated over: a city, or a part of it, as columns; and one firm as plain values. Pure.

Dates are days since 1970-01-01, as in the lake. A firm's place in the columns is its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

NO_DAY = 2**31 - 1
_TABLE_FROM, _TABLE_UNTIL = -30_000, 60_000
"""From 1887 to 2134."""
NO_VALUE = -(2**63)

Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Days: TypeAlias = npt.NDArray[np.int32]


EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def day_of(number: int) -> date:
    return EPOCH + timedelta(days=number)


class RecordArrays(Protocol):
    """Records sorted by firm, then day, then number: what :class:`creditbridge.records.columns.RecordColumns` has."""

    @property
    def firm_no(self) -> npt.NDArray[Any]: ...
    @property
    def item(self) -> npt.NDArray[Any]: ...
    @property
    def occurred_on(self) -> npt.NDArray[Any]: ...
    @property
    def ends_on(self) -> npt.NDArray[Any]: ...
    @property
    def value(self) -> npt.NDArray[Any]: ...
    @property
    def severity(self) -> npt.NDArray[Any]: ...
    @property
    def record_no(self) -> npt.NDArray[Any]: ...


@dataclass(frozen=True, slots=True)
class Column:
    """One indicator or fact of every firm. ``codes`` names the coded values of a choice; a boolean is 0 or 1."""

    values: Ints
    known: Bools
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class City:
    """Firms in ascending order of their number, with their records, indicators and facts."""

    firm_no: npt.NDArray[Any]
    records: RecordArrays
    indicators: Mapping[str, Column] = field(default_factory=dict)
    facts: Mapping[str, Column] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FirmRecord:
    """One record of a firm."""

    record_no: int
    item: int
    occurred_on: int
    ends_on: int
    value: int
    severity: int


@dataclass(frozen=True, slots=True)
class FirmView:
    """One firm as plain values: what is not there is not known."""

    records: Sequence[FirmRecord]
    indicators: Mapping[str, int]
    facts: Mapping[str, int | str]


def firm_view(city: City, row: int) -> FirmView:
    """One firm of a city."""
    records = city.records
    number = city.firm_no[row]
    first, last = np.searchsorted(records.firm_no, [number, number + 1])
    return FirmView(
        [
            FirmRecord(
                int(records.record_no[at]),
                int(records.item[at]),
                int(records.occurred_on[at]),
                int(records.ends_on[at]),
                int(records.value[at]),
                int(records.severity[at]),
            )
            for at in range(first, last)
        ],
        {code: int(column.values[row]) for code, column in city.indicators.items() if column.known[row]},
        {code: plain(column, row) for code, column in city.facts.items() if column.known[row]},
    )


def plain(column: Column, row: int) -> int | str:
    """A known value: the code of a choice, else the number."""
    value = int(column.values[row])
    return column.codes[value] if column.codes else value


def after_months(days: npt.NDArray[Any], months: int) -> Ints:
    """The day so many months later; where the month lacks it, the first day of the month after.

    As :func:`creditbridge.kernel.dates.add_months` with ``MonthEnd.NEXT_DAY``: the first day on which a record lies
    outside a window of these months, and the day on which an age of so many months is completed.
    """
    if not days.size or days.min() < _TABLE_FROM or days.max() >= _TABLE_UNTIL:
        return _after_months(days, months)
    reached: Ints = _table(months)[days.astype(np.int64) - _TABLE_FROM]
    return reached


@cache
def _table(months: int) -> Ints:
    """The answer for every day of two centuries: converting dates one by one took most of a city's time."""
    return _after_months(np.arange(_TABLE_FROM, _TABLE_UNTIL), months)


def _after_months(days: npt.NDArray[Any], months: int) -> Ints:
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    target = month + np.timedelta64(months, "M")
    first = target.astype("datetime64[D]").astype(np.int64)
    after = (target + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
    offset = (day - month.astype("datetime64[D]")).astype(np.int64)
    reached: Ints = np.minimum(first + offset, after)
    return reached
