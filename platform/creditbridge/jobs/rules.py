"""When periodic work is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from creditbridge.kernel import clock

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Every ``every`` (which divides a day), counted from ``after`` past midnight in Asia/Shanghai."""

    every: timedelta
    after: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        if self.every <= timedelta(0) or DAY % self.every:
            raise ValueError("a rhythm divides a day")

    def slot(self, instant: datetime) -> datetime:
        """The last moment at or before ``instant`` at which the work was due."""
        first = datetime.combine(clock.legal_date(instant), time(0), clock.LEGAL_ZONE) + self.after
        return first + (instant - first) // self.every * self.every


HOURLY = Rhythm(HOUR)
DAILY = Rhythm(DAY, after=timedelta(minutes=10))
OFTEN = Rhythm(timedelta(minutes=5))
