"""How long things take: the steps to each ending, and office hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from creditbridge.demo.dice import Dice
from creditbridge.kernel import clock
from creditbridge.kernel.dates import next_working_day

_OPENS, _CLOSES = time(9, 0), time(17, 45)
_AT_LEAST_APART = timedelta(minutes=11)


class Ending(StrEnum):
    """Where a submission of the history stands at the end: a state in flight, or how it ended."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    UNDER_REVIEW = "under_review"
    ACTION_REQUIRED = "action_required"
    PENDING_APPROVAL = "pending_approval"
    OFFERED = "offered"
    OFFER_ACCEPTED = "offer_accepted"
    GRANTED = "granted"
    REJECTED = "rejected"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    DECLINED = "offer_declined"
    EXPIRED = "offer_expired"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Pause:
    """A step and how many days pass before it, from and to."""

    step: str
    low: float
    high: float


_TAKEN_UP = (Pause("accept", 0.1, 1.7), Pause("start_review", 0.05, 1.2))
_ASKED = (Pause("request_supplement", 0.4, 2.0), Pause("answer_supplement", 1.0, 6.0))
_PROPOSED = (*_TAKEN_UP, Pause("propose_terms", 0.8, 4.0))
_OFFERED = (*_PROPOSED, Pause("approve_terms", 0.2, 2.0))
_TAKEN = (*_OFFERED, Pause("accept_offer", 0.2, 5.0))
_PATHS: dict[Ending, tuple[Pause, ...]] = {
    Ending.SUBMITTED: (),
    Ending.ACCEPTED: _TAKEN_UP[:1],
    Ending.UNDER_REVIEW: _TAKEN_UP,
    Ending.ACTION_REQUIRED: (*_TAKEN_UP, _ASKED[0]),
    Ending.PENDING_APPROVAL: _PROPOSED,
    Ending.OFFERED: _OFFERED,
    Ending.OFFER_ACCEPTED: _TAKEN,
    Ending.GRANTED: (*_TAKEN, Pause("record_grant", 0.8, 5.0)),
    Ending.REJECTED: (*_TAKEN_UP, Pause("reject", 1.0, 6.0)),
    Ending.NOT_ACCEPTED: (Pause("not_accept", 0.2, 2.0),),
    Ending.WITHDRAWN: (Pause("withdraw", 0.5, 4.0),),
    Ending.DECLINED: (*_OFFERED, Pause("decline_offer", 0.5, 6.0)),
    Ending.EXPIRED: (*_OFFERED, Pause("expire_offer", 22.0, 22.0)),
    Ending.INCOMPLETE: (*_TAKEN_UP, _ASKED[0], Pause("miss_supplement", 11.0, 11.0)),
}
_WITH_DETOURS = frozenset(
    {Ending.GRANTED, Ending.REJECTED, Ending.DECLINED, Ending.OFFERED, Ending.PENDING_APPROVAL}
)


def path(dice: Dice, ending: Ending) -> list[Pause]:
    """The steps after submission to an ending, with the detours some of them take."""
    steps = list(_PATHS[ending])
    if ending is Ending.WITHDRAWN and dice.chance(0.6):
        steps[:0] = _TAKEN_UP
    if ending not in _WITH_DETOURS:
        return steps
    if dice.chance(0.25):
        steps[2:2] = _ASKED
    names = [pause.step for pause in steps]
    if ending is Ending.REJECTED and dice.chance(0.2):
        steps[names.index("reject") : names.index("reject")] = [Pause("propose_terms", 0.5, 2.0)]
    elif "approve_terms" in names:
        steps = _second_try(dice, steps, names.index("approve_terms"))
    if ending is Ending.GRANTED and dice.chance(0.8):
        steps.append(Pause("close", 1.0, 9.0))
    return steps


def _second_try(dice: Dice, steps: list[Pause], approval: int) -> list[Pause]:
    again = [Pause("propose_terms", 0.3, 1.5)]
    if dice.chance(0.1):
        return [*steps[:approval], Pause("return_terms", 0.1, 1.0), *again, *steps[approval:]]
    if dice.chance(0.08):
        after = approval + 1
        asked = [Pause("renegotiate", 0.3, 2.0), *again, Pause("approve_terms", 0.2, 1.0)]
        return [*steps[:after], *asked, *steps[after:]]
    return steps


def moments(dice: Dice, steps: list[Pause], start: datetime) -> list[datetime]:
    """When each step happens, in office hours, the first one counted from the start."""
    found, at = [], start
    for pause in steps:
        at = max(
            office_hour(dice, at + timedelta(days=dice.between(pause.low, pause.high))), at + _AT_LEAST_APART
        )
        found.append(at)
    return found


def office_hour(dice: Dice, at: datetime) -> datetime:
    """The moment itself if it lies in office hours of a working day, else some time in the next ones."""
    local = at.astimezone(clock.LEGAL_ZONE)
    day = local.date()
    if local.time() >= _CLOSES:
        day += timedelta(days=1)
    worked = next_working_day(day)
    if worked == local.date() and _OPENS <= local.time() < _CLOSES:
        return at
    opening = datetime.combine(worked, _OPENS, clock.LEGAL_ZONE)
    return opening + timedelta(minutes=dice.whole(3, 200))


def by_daylight(now: datetime, days: float) -> datetime:
    """So many days ago at a time at which people work: each day is pressed into its office hours, its order kept."""
    at = (now - timedelta(days=days)).astimezone(clock.LEGAL_ZONE)
    midnight = datetime.combine(at.date(), time(0), clock.LEGAL_ZONE)
    opening = datetime.combine(at.date(), _OPENS, clock.LEGAL_ZONE)
    if at.date() == clock.legal_date(now):
        if now <= opening:
            return at
        share = (at - midnight) / (now - midnight)
        return opening + (now - opening) * share
    closing = datetime.combine(at.date(), _CLOSES, clock.LEGAL_ZONE)
    return opening + (closing - opening) * ((at - midnight) / timedelta(days=1))
