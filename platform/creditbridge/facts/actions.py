"""What a firm can lawfully do about a fact: how, from which date, with how much effort.

The file ``data/fact_actions.json`` names for every actionable fact what there is to do, or why there is nothing. Facts
that count events of a window (penalties of the last 12 months) may also be waited for. A fact that is not named there
is never changed by anybody's advice. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts, ListMembership
from creditbridge.facts.values import RawValue
from creditbridge.kernel.words import Words


class ActionKind(StrEnum):
    """What sort of a thing an action is."""

    FILE = "file"
    PAY = "pay"
    FINISH = "finish"
    REPAIR = "repair"
    GAIN = "gain"
    CERTIFY = "certify"
    EVALUATE = "evaluate"
    APPLY = "apply"
    ASK = "ask"
    REPORT = "report"
    REFRESH = "refresh"
    WAIT = "wait"


ACTION_KIND_WORDS: Mapping[ActionKind, Words] = {
    ActionKind.FILE: Words("补办手续", "File"),
    ActionKind.PAY: Words("缴清欠款", "Pay"),
    ActionKind.FINISH: Words("履行义务", "Finish a duty"),
    ActionKind.REPAIR: Words("信用修复", "Repair"),
    ActionKind.GAIN: Words("改善条件", "Improve"),
    ActionKind.CERTIFY: Words("取得资质", "Gain a certificate"),
    ActionKind.EVALUATE: Words("重新评价", "Be evaluated again"),
    ActionKind.APPLY: Words("申请列入", "Apply for a list"),
    ActionKind.ASK: Words("调整需求", "Ask for other terms"),
    ActionKind.REPORT: Words("补充信息", "Supply information"),
    ActionKind.REFRESH: Words("更新信息", "Bring up to date"),
    ActionKind.WAIT: Words("等待", "Wait"),
}


class Way(StrEnum):
    """How an action moves its fact; ``none`` says why nothing can be done."""

    SET_TRUE = "set_true"
    SET_FALSE = "set_false"
    SET_ZERO = "set_zero"
    RAISE = "raise"
    LOWER = "lower"
    RAISE_GRADE = "raise_grade"
    ADD = "add"
    EXTEND = "extend"
    LIST = "list"
    ASK = "ask"
    WINDOW = "window"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Timing:
    """When a thing can be done at the earliest.

    Calendar days, working days or months from a day, a day of the year, or a dated rule of the repair room by name.
    """

    days: int = 0
    working_days: int = 0
    months: int = 0
    yearly: str | None = None
    rule: str | None = None


@dataclass(frozen=True, slots=True)
class FactAction:
    """One row of the file. ``most_step`` and ``most_step_ppm`` bound how far a number can honestly be moved."""

    fact: str
    way: Way
    kind: ActionKind = ActionKind.GAIN
    effort: int = 1
    words: Words = field(default_factory=lambda: Words("", ""))
    how: Words = field(default_factory=lambda: Words("", ""))
    why_not: Words | None = None
    timing: Timing = Timing()
    most_step: int | None = None
    most_step_ppm: int | None = None
    least_step: int = 0
    window_months: int | None = None
    derived: bool = False
    after: str | None = None
    codes: Mapping[str, tuple[Words, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Action:
    """Something a firm does, or waits for, from a date on, and what it changes.

    ``slot`` is the one thing an action decides: of two actions with the same slot only one can be taken. ``values``
    are facts as they are then, ``adds`` codes that join a set, ``lists`` places on lists, ``records`` the numbers of
    credit records that the action ends. ``touches`` names every fact that may change, those derived included.
    ``target`` says what must be reached, where that is a matter of more or less; ``step`` is smaller the less that is
    among the actions of its slot and kind. ``after`` is the slot of an action that must be taken too, and first.
    """

    code: str
    slot: str
    kind: ActionKind
    words: Words
    how: Words
    earliest_on: date
    effort: int = 1
    values: Mapping[str, RawValue] = field(default_factory=dict)
    adds: Mapping[str, frozenset[str]] = field(default_factory=dict)
    lists: Mapping[str, bool] = field(default_factory=dict)
    records: tuple[int, ...] = ()
    affects: frozenset[str] = frozenset()
    target: Words | None = None
    step: int = 0
    after: str | None = None
    touches: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        lists = {f"list:{code}" for code in self.lists}
        object.__setattr__(self, "touches", self.affects.union(self.values, self.adds, lists))

    def __hash__(self) -> int:
        return hash(self.code)

    def to_json(self) -> dict[str, Any]:
        return {"code": self.code, "kind": self.kind.value, "earliest_on": self.earliest_on.isoformat()}


def lay(known: FirmFacts, actions: Sequence[Action], on: date) -> FirmFacts:
    """The facts there would be on a date after these actions, nothing else changed."""
    values: dict[str, FactValue | None] = {}
    lists: dict[str, ListMembership | None] = {}
    for action in actions:
        source = FactSource.SELF_REPORTED if action.kind is ActionKind.REPORT else FactSource.PLATFORM_SCORE
        for code, value in action.values.items():
            values[code] = _fresh(known.values.get(code), value, source, on)
        for code, added in action.adds.items():
            held = values.get(code) or known.values.get(code)
            before = held.value if held is not None and isinstance(held.value, frozenset) else frozenset()
            values[code] = _fresh(known.values.get(code), before | added, source, on)
        for code, member in action.lists.items():
            lists[code] = ListMembership(member, FactSource.LIST_KEEPER, on)
    laid = known.with_values(values) if values else known
    return laid.with_lists(lists) if lists else laid


def _fresh(held: FactValue | None, value: RawValue, source: FactSource, on: date) -> FactValue:
    return FactValue(value, held.source if held else source, on, held.confirmed if held else False)


@cache
def fact_actions() -> Mapping[str, FactAction]:
    """What can be done about each fact, by its code."""
    text = resources.files("creditbridge.facts").joinpath("data", "fact_actions.json").read_text("utf-8")
    rows = [_row(row) for row in json.loads(text)["actions"]]
    return MappingProxyType({row.fact: row for row in rows})


def _row(row: Mapping[str, Any]) -> FactAction:
    if row["way"] == Way.NONE:
        return FactAction(row["fact"], Way.NONE, why_not=Words.from_json(row["why"]))
    return FactAction(
        fact=row["fact"],
        way=Way(row["way"]),
        kind=ActionKind(row["kind"]),
        effort=row["effort"],
        words=Words.from_json(row["words"]),
        how=Words.from_json(row["how"]),
        timing=Timing(
            row.get("days", 0),
            row.get("working_days", 0),
            row.get("months", 0),
            row.get("yearly"),
            row.get("rule"),
        ),
        most_step=row.get("most_step"),
        most_step_ppm=row.get("most_step_ppm"),
        least_step=row.get("least_step", 0),
        window_months=row.get("window_months"),
        derived=row.get("derived", False),
        after=row.get("after"),
        codes={
            code: (Words.from_json(one["words"]), one["days"]) for code, one in row.get("codes", {}).items()
        },
    )
