"""Disputes 异议: a firm says that a record of it is wrong. States, clock, and how a right value is read. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from importlib import resources

from creditbridge.kernel import money
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words
from creditbridge.records.catalogue import CreditItem, ValueKind

MOST_TEXT = 1000
"""Characters of a reason, and of an answer."""
_MOST_COUNT = 10**12
_PPM_PER_PERCENT = 10_000


class DisputeState(StrEnum):
    RAISED = "raised"
    CHECKING = "checking"
    UPHELD = "upheld"
    REJECTED = "rejected"


class Outcome(StrEnum):
    """How a dispute is decided; the first two uphold it."""

    WITHDRAW = "withdraw"
    CORRECT = "correct"
    REJECT = "reject"


STATE_WORDS: Mapping[DisputeState, Words] = {
    DisputeState.RAISED: Words("待核查", "Raised"),
    DisputeState.CHECKING: Words("核查中", "Being checked"),
    DisputeState.UPHELD: Words("异议成立", "Upheld"),
    DisputeState.REJECTED: Words("异议不成立", "Rejected"),
}
STATE_TONES: Mapping[DisputeState, str] = {
    DisputeState.RAISED: "warning",
    DisputeState.CHECKING: "info",
    DisputeState.UPHELD: "success",
    DisputeState.REJECTED: "neutral",
}
OUTCOME_WORDS: Mapping[Outcome, Words] = {
    Outcome.WITHDRAW: Words("异议成立，撤销该记录", "Upheld: the record is withdrawn"),
    Outcome.CORRECT: Words("异议成立，更正该记录", "Upheld: the record is corrected"),
    Outcome.REJECT: Words("异议不成立，记录维持不变", "Rejected: the record stands"),
}
OPEN = (DisputeState.RAISED, DisputeState.CHECKING)

LIFECYCLE = Lifecycle(
    "dispute",
    initial=DisputeState.RAISED,
    steps={
        "check": ((DisputeState.RAISED,), DisputeState.CHECKING),
        "uphold": ((DisputeState.CHECKING,), DisputeState.UPHELD),
        "reject": ((DisputeState.CHECKING,), DisputeState.REJECTED),
    },
    words=STATE_WORDS,
)


@dataclass(frozen=True, slots=True)
class Correction:
    """What is right of a record; None where what was delivered stands. ``value`` is as the lake holds it."""

    occurred_on: date | None = None
    ends_on: date | None = None
    value: int | None = None

    @property
    def is_nothing(self) -> bool:
        return self.occurred_on is None and self.ends_on is None and self.value is None


class ValueProblem(ValueError):
    """A text that is no value of the item; ``words`` say what one looks like."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


def due_on(raised_on: date) -> date:
    """The day by which a dispute raised on a day is to be decided."""
    days = max((one for one in _clocks() if one[0] <= raised_on), default=_clocks()[0])[1]
    return raised_on + timedelta(days=days)


@cache
def _clocks() -> tuple[tuple[date, int], ...]:
    text = resources.files("borrowers.disputes").joinpath("data/clocks.json").read_text("utf-8")
    rows = json.loads(text)["clocks"]
    return tuple(sorted((date.fromisoformat(row["valid_from"]), int(row["days"])) for row in rows))


def value_of(item: CreditItem, text: str) -> int:
    """A right value as a person writes it (yuan, a count, a percentage, a grade), as the lake holds it.

    Raises:
        ValueProblem: it is none of this item.
    """
    typed = text.strip()
    if item.value is ValueKind.FEN:
        try:
            return money.parse_amount(typed)
        except money.AmountError as error:
            raise ValueProblem(error.words) from error
    if item.value is ValueKind.GRADE:
        if typed.upper() not in item.grades and typed not in item.grades:
            raise ValueProblem(_GRADES.fill(grades="、".join(item.grades)))
        return item.grades.index(typed if typed in item.grades else typed.upper())
    if item.value is ValueKind.NONE:
        raise ValueProblem(_NO_VALUE)
    return _whole(typed.removesuffix("%"), _PPM_PER_PERCENT if item.value is ValueKind.PPM else 1)


def _whole(typed: str, times: int) -> int:
    try:
        number = Decimal(typed.replace(",", "")) * times if len(typed) <= 20 else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number != int(number) or not 0 <= number <= _MOST_COUNT:
        raise ValueProblem(_NUMBER)
    return int(number)


_GRADES = Words("请填写其中一个等级：{grades}。", "Enter one of these grades: {grades}.")
_NO_VALUE = Words("这类记录没有数值，请留空。", "Records of this kind have no value. Leave it empty.")
_NUMBER = Words("请填写数字，如 12。", "Enter a number such as 12.")
