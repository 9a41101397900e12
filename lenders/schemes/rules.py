"""Policy schemes: whether one still takes products and applications."""

from __future__ import annotations

from enum import StrEnum

from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words


class SchemeState(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


SCHEME_STATE_WORDS = {
    SchemeState.OPEN: Words("实施中", "Running"),
    SchemeState.CLOSED: Words("已结束", "Ended"),
}

SCHEME = Lifecycle(
    "scheme",
    initial=SchemeState.OPEN,
    steps={
        "close": ((SchemeState.OPEN,), SchemeState.CLOSED),
        "reopen": ((SchemeState.CLOSED,), SchemeState.OPEN),
    },
    words=SCHEME_STATE_WORDS,
)
