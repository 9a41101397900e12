"""Days as integers since 1970-01-01, whole arrays of them at once, by the same calendar rules as the kernel's dates.

:func:`add_months` is :func:`creditbridge.kernel.dates.add_months` (where a month lacks the day, its last day), and
:func:`full_units` counts as ``months_between`` and ``years_between`` do; tests hold them to that.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Days: TypeAlias = NDArray[np.int64]


class Unit(StrEnum):
    """In what a time is told. A value in a coarse unit changes seldom, so that few firms are due on a day."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"

    @property
    def months(self) -> int:
        return 12 if self is Unit.YEARS else 1


def months_of(days: NDArray[Any]) -> Days:
    """Months since January 1970, by calendar."""
    months: Days = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def first_days(months: NDArray[Any]) -> Days:
    """The first day of each month, months counted from January 1970."""
    days: Days = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return days


def add_months(days: NDArray[Any], months: int | NDArray[Any]) -> Days:
    """The same day some months later; where that month lacks the day, its last day."""
    days = days.astype(np.int64)
    month = months_of(days)
    day_in_month = days - first_days(month)
    target = month + months
    begins = first_days(target)
    lasts = first_days(target + 1) - begins - 1
    moved: Days = begins + np.minimum(day_in_month, lasts)
    return moved


def full_units(start: NDArray[Any], on: int, unit: Unit) -> Days:
    """Full days, months or years from each start to a day; nought where the start lies after it."""
    start = start.astype(np.int64)
    if unit is Unit.DAYS:
        days: Days = np.maximum(on - start, 0)
        return days
    end = np.full_like(start, on)
    months = months_of(end) - months_of(start)
    months -= add_months(start, months) > on
    full: Days = np.maximum(months, 0) // unit.months
    return full


def next_unit_day(start: NDArray[Any], on: int, unit: Unit) -> Days:
    """The first day after ``on`` on which :func:`full_units` of each start is larger."""
    start = start.astype(np.int64)
    if unit is Unit.DAYS:
        after: Days = np.maximum(start, on) + 1
        return after
    reached = (full_units(start, on, unit) + 1) * unit.months
    return add_months(start, reached)
