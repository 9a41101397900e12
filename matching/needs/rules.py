"""The life cycles of a need and of each lender's part in it, the clocks, and who may take which step. Pure.

A lender's part is ``invited`` while its clock runs, then ``interested``, ``declined`` or ``lapsed``; the firm reveals
itself to those it chooses, and at most one is matched. What ends the need closes every part that is still open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from creditbridge.kernel.dates import add_working_days
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

MAX_NOTE = 300
MAX_MESSAGE = 500


class NeedState(StrEnum):
    DRAFT = "draft"
    POSTED = "posted"
    RESPONDED = "responded"
    REVEALED = "revealed"
    MATCHED = "matched"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class PartState(StrEnum):
    INVITED = "invited"
    INTERESTED = "interested"
    DECLINED = "declined"
    LAPSED = "lapsed"
    REVEALED = "revealed"
    MATCHED = "matched"
    CLOSED = "closed"


NEED_STATE_WORDS: Mapping[NeedState, Words] = {
    NeedState.DRAFT: Words("草稿", "Draft"),
    NeedState.POSTED: Words("已发布，等待回应", "Posted, waiting for answers"),
    NeedState.RESPONDED: Words("已有机构回应", "Answered"),
    NeedState.REVEALED: Words("已向机构公开身份", "Revealed to lenders"),
    NeedState.MATCHED: Words("已选定机构", "Lender chosen"),
    NeedState.EXPIRED: Words("已过期", "Expired"),
    NeedState.WITHDRAWN: Words("已撤回", "Withdrawn"),
}
NEED_STATE_TONES: Mapping[NeedState, str] = {
    NeedState.DRAFT: "neutral",
    NeedState.POSTED: "info",
    NeedState.RESPONDED: "warning",
    NeedState.REVEALED: "info",
    NeedState.MATCHED: "success",
    NeedState.EXPIRED: "neutral",
    NeedState.WITHDRAWN: "neutral",
}
PART_STATE_WORDS: Mapping[PartState, Words] = {
    PartState.INVITED: Words("待回应", "Waiting for an answer"),
    PartState.INTERESTED: Words("有意向", "Interested"),
    PartState.DECLINED: Words("无意向", "Not interested"),
    PartState.LAPSED: Words("逾期未回应", "No answer in time"),
    PartState.REVEALED: Words("企业已公开身份", "The firm has revealed itself"),
    PartState.MATCHED: Words("企业已选定", "Chosen by the firm"),
    PartState.CLOSED: Words("已结束", "Ended"),
}
PART_STATE_TONES: Mapping[PartState, str] = {
    PartState.INVITED: "warning",
    PartState.INTERESTED: "info",
    PartState.DECLINED: "neutral",
    PartState.LAPSED: "neutral",
    PartState.REVEALED: "success",
    PartState.MATCHED: "success",
    PartState.CLOSED: "neutral",
}
OPEN_NEEDS = (NeedState.POSTED, NeedState.RESPONDED, NeedState.REVEALED)
OPEN_PARTS = (PartState.INVITED, PartState.INTERESTED, PartState.REVEALED)

_N = NeedState
NEED = Lifecycle(
    "financing_need",
    initial=_N.DRAFT,
    steps={
        "post": ((_N.DRAFT,), _N.POSTED),
        "respond": ((_N.POSTED,), _N.RESPONDED),
        "reveal": ((_N.RESPONDED,), _N.REVEALED),
        "match": ((_N.REVEALED,), _N.MATCHED),
        "expire": (OPEN_NEEDS, _N.EXPIRED),
        "withdraw": ((_N.DRAFT, *OPEN_NEEDS), _N.WITHDRAWN),
    },
    words=NEED_STATE_WORDS,
)
_P = PartState
PART = Lifecycle(
    "need_lender",
    initial=_P.INVITED,
    steps={
        "respond": ((_P.INVITED,), _P.INTERESTED),
        "decline": ((_P.INVITED, _P.INTERESTED), _P.DECLINED),
        "lapse": ((_P.INVITED,), _P.LAPSED),
        "reveal": ((_P.INTERESTED,), _P.REVEALED),
        "match": ((_P.REVEALED,), _P.MATCHED),
        "close": (OPEN_PARTS, _P.CLOSED),
    },
    words=PART_STATE_WORDS,
)


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long lenders may take to answer, how long a need stays open, and how many at once and in a day."""

    valid_from: date
    respond_working_days: int
    open_days: int
    consent_days: int
    most_open: int
    most_a_day: int
    lender_at_once: int

    def respond_by(self, posted_on: date) -> date:
        """The last day on which a lender may answer."""
        return add_working_days(posted_on, self.respond_working_days)

    def expires_on(self, posted_on: date) -> date:
        """The last day on which the need is open."""
        return posted_on + timedelta(days=self.open_days)


def clocks_on(on: date) -> Clocks:
    """The clocks in force on a day."""
    return max((row for row in _clocks() if row.valid_from <= on), key=lambda row: row.valid_from)


@cache
def _clocks() -> tuple[Clocks, ...]:
    text = resources.files("matching.needs").joinpath("data", "clocks.json").read_text("utf-8")
    rows: list[dict[str, Any]] = json.loads(text)["clocks"]
    return tuple(
        Clocks(
            date.fromisoformat(row["from"]),
            row["respond_working_days"],
            row["open_days"],
            row["consent_days"],
            row["most_open"],
            row["most_a_day"],
            row["lender_at_once"],
        )
        for row in rows
    )


def check_room(open_now: int, on: date) -> None:
    """A firm has so many needs open at once at most.

    Raises:
        RuleRefused: ``too_many_needs``.
    """
    most = clocks_on(on).most_open
    if open_now >= most:
        words = Words(
            "同时公开的融资需求最多 {most} 个，请先撤回不再需要的。",
            "At most {most} needs may be open at once. Withdraw those you no longer have.",
        )
        raise RuleRefused("too_many_needs", words.fill(most=most))


def check_pace(posted_lately: int, on: date) -> None:
    """Every need that is posted asks people at many lenders for an answer, so a firm posts so many in a day at most.

    Raises:
        RuleRefused: ``needs_too_often``.
    """
    most = clocks_on(on).most_a_day
    if posted_lately >= most:
        words = Words(
            "24 小时内最多发布 {most} 个融资需求（含已撤回的），请明天再发布。",
            "At most {most} needs may be posted within 24 hours, withdrawn ones among them. Post it tomorrow.",
        )
        raise RuleRefused("needs_too_often", words.fill(most=most))


def check_in_time(respond_by: date | None, on: date) -> None:
    """A lender answers within the clock.

    Raises:
        RuleRefused: ``answer_too_late``.
    """
    if respond_by is None or on > respond_by:
        raise RuleRefused(
            "answer_too_late",
            Words("已过回应期限，不能再回应。", "The time for answers is over."),
        )
