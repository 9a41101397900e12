"""The clocks of a submission: days to the first decision, and what the lender's service asks for.

**Days to decision** run from the moment of submission to the first decision (terms approved and so offered, rejected,
or not accepted), and stand still while the firm is asked for documents (``action_required``). They are counted in
seconds and told in days of 24 hours. A later decision (after a renegotiation or a reopening) never moves the figure.

**Service targets** are the platform's: accept or refuse within 2 working days, decide within 10. A target's date is
moved later by the time the clock stood still, in whole days rounded up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from creditbridge.kernel.clock import legal_date
from creditbridge.kernel.dates import add_working_days, next_working_day
from creditbridge.kernel.words import Words
from matching.applications.rules import OPEN_STATES, SubmissionState

ACCEPT_WITHIN = 2
DECIDE_WITHIN = 10
"""Working days."""
SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class DecisionClock:
    """When it started, how long it stood still in whole pauses, since when it stands still, when it ended."""

    started_at: datetime
    paused_seconds: int = 0
    paused_since: datetime | None = None
    decided_at: datetime | None = None

    def seconds(self, now: datetime) -> int:
        """How long it has run up to ``now``, or in all once it has ended."""
        end = self.decided_at or self.paused_since or now
        return max(0, int((end - self.started_at).total_seconds()) - self.paused_seconds)

    def days(self, now: datetime) -> float:
        return self.seconds(now) / SECONDS_A_DAY

    def stood_still(self, now: datetime) -> int:
        """Seconds it stood still, the present pause included."""
        running = (
            int((now - self.paused_since).total_seconds()) if self.paused_since and not self.decided_at else 0
        )
        return self.paused_seconds + max(0, running)


class ServiceStatus(StrEnum):
    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    PAUSED = "paused"
    ENDED = "ended"


SERVICE_STATUS_WORDS = {
    ServiceStatus.ON_TIME: Words("剩余 {days} 天", "Days left: {days}"),
    ServiceStatus.DUE_SOON: Words("今天到期", "Due today"),
    ServiceStatus.OVERDUE: Words("超期 {days} 天", "Days overdue: {days}"),
    ServiceStatus.PAUSED: Words("暂停计时", "Clock paused"),
    ServiceStatus.ENDED: Words("用时 {days} 天", "Days taken: {days}"),
}
SERVICE_STATUS_TONES = {
    ServiceStatus.ON_TIME: "info",
    ServiceStatus.DUE_SOON: "warning",
    ServiceStatus.OVERDUE: "danger",
    ServiceStatus.PAUSED: "neutral",
    ServiceStatus.ENDED: "neutral",
}


@dataclass(frozen=True, slots=True)
class Service:
    """Where a submission stands against its target. ``days``: left, overdue, or taken (one decimal)."""

    status: ServiceStatus
    due_on: date | None
    days: float

    def is_due_by(self, last: date) -> bool:
        """Whether its target falls on a day or before, and the clock runs."""
        running = self.status not in (ServiceStatus.PAUSED, ServiceStatus.ENDED)
        return running and self.due_on is not None and self.due_on <= last

    @property
    def words(self) -> Words:
        return SERVICE_STATUS_WORDS[self.status].fill(days=f"{self.days:g}")

    @property
    def tone(self) -> str:
        return SERVICE_STATUS_TONES[self.status]


def target_date(clock: DecisionClock, working_days: int, now: datetime) -> date:
    """The legal date by which something is to be done, later by the time the clock stood still."""
    still = -(-clock.stood_still(now) // SECONDS_A_DAY)
    return next_working_day(
        add_working_days(legal_date(clock.started_at), working_days) + timedelta(days=still)
    )


def service_of(clock: DecisionClock, state: SubmissionState, now: datetime) -> Service | None:
    """The target that counts now: acceptance while submitted, the decision until there is one.

    None for a submission that ended without a decision, such as one withdrawn.
    """
    if clock.decided_at is not None:
        return Service(ServiceStatus.ENDED, None, round(clock.days(now), 1))
    if state not in OPEN_STATES:
        return None
    waiting = state is SubmissionState.SUBMITTED
    due = target_date(clock, ACCEPT_WITHIN if waiting else DECIDE_WITHIN, now)
    if clock.paused_since is not None:
        return Service(ServiceStatus.PAUSED, due, 0)
    left = (due - legal_date(now)).days
    if left < 0:
        return Service(ServiceStatus.OVERDUE, due, -left)
    return Service(ServiceStatus.ON_TIME if left else ServiceStatus.DUE_SOON, due, left)
