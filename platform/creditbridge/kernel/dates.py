"""Legal dates: working days, months, full years, and how dates are read and written.

Holidays are data (``data/holidays.json``, one State Council notice a year). **For a year without data the plain
rule holds: Monday to Friday are worked.** :func:`has_calendar` tells pages when to call a date provisional.
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

from creditbridge.kernel.words import Words

_SATURDAY = 5
_DATE = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|年([0-9]{1,2})月([0-9]{1,2})日|([0-9]{2})([0-9]{2}))"
)


class MonthEnd(StrEnum):
    """Where a month lacks the day asked for: its last day, or the first day of the month after it."""

    LAST_DAY = "last_day"
    NEXT_DAY = "next_day"


class DateTextError(ValueError):
    """A text that is no date; ``words`` say what to write."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(frozen=True, slots=True)
class _Calendar:
    years: frozenset[int]
    days_off: frozenset[date]
    make_up_days: frozenset[date]


@cache
def _calendar() -> _Calendar:
    years = json.loads((files("creditbridge.kernel") / "data" / "holidays.json").read_text(encoding="utf-8"))[
        "years"
    ]
    days_off: set[date] = set()
    make_up_days: set[date] = set()
    for year in years.values():
        for holiday in year["days_off"]:
            first, last = date.fromisoformat(holiday["from"]), date.fromisoformat(holiday["to"])
            days_off.update(first + timedelta(days=n) for n in range((last - first).days + 1))
        make_up_days.update(date.fromisoformat(day) for day in year["make_up_days"])
    return _Calendar(frozenset(map(int, years)), frozenset(days_off), frozenset(make_up_days))


def has_calendar(year: int) -> bool:
    """Whether the holidays of a year are known; if not, its working days are provisional."""
    return year in _calendar().years


def is_working_day(on: date) -> bool:
    calendar = _calendar()
    if on in calendar.make_up_days:
        return True
    return on.weekday() < _SATURDAY and on not in calendar.days_off


def next_working_day(on: date) -> date:
    """The date itself if it is worked, else the first working day after it."""
    while not is_working_day(on):
        on += timedelta(days=1)
    return on


def add_working_days(start: date, n: int) -> date:
    """The n-th working day after the start, which itself is not counted; before it if n is negative.

    With n = 0 the start is answered as it is.
    """
    step = timedelta(days=1 if n > 0 else -1)
    left, on = abs(n), start
    while left:
        on += step
        left -= is_working_day(on)
    return on


def working_days_between(start: date, end: date) -> int:
    """Working days after the start up to and with the end; nought if the end is not after the start."""
    return sum(is_working_day(start + timedelta(days=n)) for n in range(1, (end - start).days + 1))


def add_months(start: date, months: int, month_end: MonthEnd = MonthEnd.LAST_DAY) -> date:
    """The same day some months later (earlier if negative).

    Where that month lacks the day, ``month_end`` decides; the default is the Civil Code's rule (art. 202: a period
    ends on the corresponding day, and where there is none on the last day of the month). To build a series, add to
    the first date each time, so that the 31st comes back after February.
    """
    index = start.year * 12 + start.month - 1 + months
    year, month = index // 12, index % 12 + 1
    last = monthrange(year, month)[1]
    if start.day <= last:
        return date(year, month, start.day)
    end = date(year, month, last)
    return end if month_end is MonthEnd.LAST_DAY else end + timedelta(days=1)


def months_between(start: date, on: date) -> int:
    """Full months from the start to a date; negative if the date lies before the start."""
    if on < start:
        return -months_between(on, start)
    months = (on.year - start.year) * 12 + on.month - start.month
    return months - (add_months(start, months) > on)


def years_between(start: date, on: date) -> int:
    """Full years from the start to a date, a firm's age; negative if the date lies before the start.

    What began on 29 February completes a year on 28 February where there is no 29th (Civil Code, art. 202).
    """
    months = months_between(start, on)
    return months // 12 if months >= 0 else -(-months // 12)


def parse_date(text: str) -> date:
    """Read ``2026-11-23``, ``2026/11/23``, ``20261123`` or ``2026年11月23日``.

    Raises:
        DateTextError: if it is none of these or no such day exists.
    """
    found = _DATE.fullmatch(text.strip())
    if found:
        year, month, day = (int(part) for part in found.groups() if part is not None)
        if 1 <= month <= 12 and year and 1 <= day <= monthrange(year, month)[1]:
            return date(year, month, day)
    raise DateTextError(
        Words(
            "无法识别这个日期。请按 2026-11-23 的格式填写。",
            "We cannot read this date. Write it as 2026-11-23.",
        )
    )
