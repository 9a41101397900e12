"""How long records are kept: which of them are past their time on a day, and when the next ones will be. Pure.

Every reader leaves out what is past its time, on the very day; the files lose it at the next purge. Counting years
back from the day once a rule is exact and cheap: a record is past its time when its base day is not after that.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from creditbridge.records import catalogue
from creditbridge.records.columns import EPOCH, RecordColumns, day_number, day_of

NEVER = -(2**31)
"""A base day that no record has: a rule without years."""


def years_before(day: date, years: int) -> date:
    """The last day whose anniversary, so many years on, is not after ``day``."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February, in a year without one
        return date(day.year - years, 2, 28)


def years_after(day: date, years: int) -> date:
    """The day on which so many years are over; of 29 February, 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@cache
def _rules() -> tuple[tuple[int | None, bool], ...]:
    """The years of each item and whether they count from its end, at the place of its number."""
    return tuple((item.retention.years, item.retention.counted_from_end) for item in catalogue.numbered())


def past_time(
    item: npt.NDArray[Any], occurred_on: npt.NDArray[Any], ends_on: npt.NDArray[Any], on: date
) -> npt.NDArray[np.bool_]:
    """Which records are past their retention on a day."""
    of_end = np.full(len(_rules()), NEVER, np.int32)
    of_day = of_end.copy()
    for number, (years, from_end) in enumerate(_rules()):
        if years is not None:
            (of_end if from_end else of_day)[number] = day_number(years_before(on, years))
    past: npt.NDArray[np.bool_] = np.zeros(occurred_on.shape, np.bool_)
    if past.size and min(occurred_on.min(), ends_on.min()) <= max(of_end.max(), of_day.max()):
        past = (occurred_on <= of_day[item]) | (ends_on <= of_end[item])
    return past


def kept(records: RecordColumns, on: date) -> RecordColumns:
    """Records without those past their retention on a day."""
    past = past_time(records.item, records.occurred_on, records.ends_on, on)
    return records.taken(~past) if past.any() else records


def purge_from(
    item: npt.NDArray[Any], occurred_on: npt.NDArray[Any], ends_on: npt.NDArray[Any]
) -> date | None:
    """The first day on which one of the records is past its time; None while nothing will be."""
    earliest: date | None = None
    kinds = np.array([_kind(*rule) for rule in _rules()], np.int32)[item]
    for kind in np.unique(kinds):
        years, from_end = int(kind) >> 1, bool(kind & 1)
        if years == 0:
            continue
        base = int((ends_on if from_end else occurred_on)[kinds == kind].min())
        if base >= day_number(date(9000, 1, 1)):
            continue
        day = years_after(day_of(max(base, day_number(EPOCH) - 40_000)) or EPOCH, years)
        earliest = day if earliest is None or day < earliest else earliest
    return earliest


def _kind(years: int | None, from_end: bool) -> int:
    return (years or 0) << 1 | int(from_end)
