"""The one source of time: instants in UTC, legal dates in Asia/Shanghai.

Nothing else in the code base calls ``datetime.now``. :func:`at` sets the clock for a block of code, which
tests use to freeze it and the demo city uses to live through its history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LEGAL_ZONE = ZoneInfo("Asia/Shanghai")

_set_to: ContextVar[datetime | None] = ContextVar("clock_set_to", default=None)


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return _set_to.get() or datetime.now(UTC)


def today() -> date:
    """Today's legal date in Asia/Shanghai."""
    return legal_date(now())


def start_of_day(day: date) -> datetime:
    """The instant at which a legal date begins in Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), LEGAL_ZONE).astimezone(UTC)


def legal_date(instant: datetime) -> date:
    """The date in Asia/Shanghai on which an aware instant falls."""
    return instant.astimezone(LEGAL_ZONE).date()


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Set the clock to an aware instant inside the block.

    Raises:
        ValueError: if the instant has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("the clock is set to an aware instant only")
    token = _set_to.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
