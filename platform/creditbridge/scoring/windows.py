"""Windows on a day: which days lie in them, and on which day a record enters or leaves one by time alone.

Everything is a table by age (days before the evaluation), so that the pass over the records looks up and never
calculates with a calendar.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from creditbridge.records.columns import NO_DAY
from creditbridge.scoring.days import Days, Unit, add_months, first_days, months_of
from creditbridge.scoring.language import Window

_LONG_AGO = -(2**31)
_LONGEST_MONTH = 31


def bounds(window: Window, days: Days) -> tuple[Days, Days]:
    """The window seen from each day: a record is inside when ``low < its day <= high``. Neither ever falls."""
    if window.length is None:
        return np.full_like(days, _LONG_AGO), days.copy()
    if window.unit is Unit.DAYS:
        return days - window.ago - window.length, days - window.ago
    ago, reach = window.ago * window.unit.months, (window.ago + window.length) * window.unit.months
    if window.whole:
        month = months_of(days)
        return first_days(month - reach) - 1, first_days(month - ago) - 1
    return add_months(days, -reach), add_months(days, -ago)


def reach(windows: Sequence[Window], on: int) -> int:
    """How many ages, from nought, lie in some bounded window or are still to enter it."""
    lows = [int(bounds(window, np.array([on]))[0][0]) for window in windows if window.length is not None]
    return on - min(lows) if lows else 1


def membership(windows: Sequence[Window], on: int, length: int) -> NDArray[np.int64]:
    """For each age below ``length`` the set of windows it lies in, as bits; the last entry is for all older ones."""
    days = on - np.arange(length, dtype=np.int64)
    sets = np.zeros(length, dtype=np.int64)
    for bit, window in enumerate(windows):
        low, high = (int(edge[0]) for edge in bounds(window, np.array([on])))
        sets |= ((days > low) & (days <= high)).astype(np.int64) << bit
    return sets


def next_changes(several: Sequence[frozenset[Window]], on: int, length: int) -> NDArray[np.int32]:
    """For each set of windows and each age the first later day on which the record enters or leaves one of them."""
    soonest = np.full((len(several), length), NO_DAY, dtype=np.int64)
    for window in dict.fromkeys(window for windows in several for window in windows):
        if window.length is not None:
            within = [place for place, windows in enumerate(several) if window in windows]
            soonest[within] = np.minimum(soonest[within], _changes(window, on, length))
    return soonest.astype(np.int32)


def _changes(window: Window, on: int, length: int) -> Days:
    """For each age the first later day on which the record enters or leaves a window."""
    days = on - np.arange(length, dtype=np.int64)
    coming = np.arange(on + 1, on + length + 3 * _LONGEST_MONTH + 1, dtype=np.int64)
    lows, highs = bounds(window, coming)
    low, high = (int(edge[0]) for edge in bounds(window, np.array([on])))
    enters = _first_day_reaching(coming, highs, days)
    leaves = _first_day_reaching(coming, lows, days)
    change: Days = np.where(days > high, enters, np.where(days > low, leaves, NO_DAY))
    return change


def _first_day_reaching(coming: Days, edges: Days, days: Days) -> Days:
    found = np.searchsorted(edges, days, side="left")
    padded = np.append(coming, NO_DAY)
    answer: Days = padded[np.minimum(found, len(coming))]
    return answer


def months_back(on: int, length: int, most: int) -> NDArray[np.uint8]:
    """For each age how many calendar months its month lies before that of ``on``; ``most`` for more than that."""
    days = on - np.arange(length, dtype=np.int64)
    return _back(months_of(np.array([on]))[0] - months_of(days), most)


def years_back(on: int, length: int, most: int) -> NDArray[np.uint8]:
    """The same in calendar years."""
    days = on - np.arange(length, dtype=np.int64)
    return _back(months_of(np.array([on]))[0] // 12 - months_of(days) // 12, most)


def _back(distance: NDArray[Any], most: int) -> NDArray[np.uint8]:
    back: NDArray[np.uint8] = np.minimum(distance, most).astype(np.uint8)
    return back
