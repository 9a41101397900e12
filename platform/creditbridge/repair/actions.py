"""What a firm can do about its records, as actions with their earliest date; and the dates behind actions on facts.

A repair ends a record; what that changes of scores, grades and labels is for ``runs`` to work out. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from creditbridge.facts.actions import Action, ActionKind, Timing
from creditbridge.kernel.dates import add_months, add_working_days
from creditbridge.kernel.words import Words
from creditbridge.repair import rules
from creditbridge.repair.rules import AdverseRecord, Authority


@dataclass(frozen=True, slots=True)
class RepairableRecord:
    """A firm's adverse record with its number and name; ``affects`` names the facts that read it."""

    record_no: int
    name: Words
    record: AdverseRecord
    affects: frozenset[str] = frozenset()


_REPAIR = Words("修复“{name}”（{decided} 作出）", "Repair the record “{name}” (decided on {decided})")
_HOW = Words(
    "先履行全部义务并保留凭证，自 {first} 起向作出决定的部门申请信用修复。依据：{reference}。",
    "First do every duty and keep the proof; from {first} apply for repair to the department that decided. Basis: {reference}.",
)
_WAIT = Words("等“{name}”公示期满", "Wait until the publication of “{name}” ends")
_WAIT_HOW = Words(
    "义务已履行的，公示期满自动停止公示。依据：{reference}。",
    "With the duties done, publication stops by itself when the period is over. Basis: {reference}.",
)


def record_actions(records: Iterable[RepairableRecord], on: date) -> list[Action]:
    """One action for each record that can come to an end: repaired from a date, or run out by itself.

    A record under a rule that allows nothing early is only ever waited for; one that no rule covers is left alone.
    """
    found = []
    for row in records:
        try:
            action = _action(row, on)
        except rules.UnknownClassError:
            continue
        if action is not None:
            found.append(action)
    return found


def _action(row: RepairableRecord, on: date) -> Action | None:
    ends = rules.earliest_end(row.record, on)
    if ends is None:
        return None
    rule = rules.rule_for(row.record.authority, row.record.kind, on)
    first = rules.repairable_from(rule, row.record.decided_on, row.record.duties_done_on)
    by_repair = first is not None and ends <= add_months(row.record.decided_on, rule.most_months)
    words, how = (_REPAIR, _HOW) if by_repair else (_WAIT, _WAIT_HOW)
    return Action(
        code=f"record:{row.record_no}",
        slot=f"record:{row.record_no}",
        kind=ActionKind.REPAIR if by_repair else ActionKind.WAIT,
        words=words.fill(name=row.name, decided=row.record.decided_on.isoformat()),
        how=how.fill(first=max(first or ends, on).isoformat(), reference=rule.reference),
        earliest_on=max(ends, on),
        effort=3 if by_repair else 1,
        records=(row.record_no,),
        affects=row.affects,
    )


def earliest(timing: Timing, on: date, since: date | None) -> date:
    """The first day on which something with this timing can be done, asked on a day.

    ``since`` is the date the present value holds from, for rules that count from a listing or a penalty.
    """
    if timing.rule is not None:
        return max(on, _RULES[timing.rule](on, since or on))
    day = add_months(on, timing.months) if timing.months else on
    day = date.fromordinal(day.toordinal() + timing.days)
    day = add_working_days(day, timing.working_days) if timing.working_days else day
    if timing.yearly is None:
        return day
    this_year = date.fromisoformat(f"{day.year}-{timing.yearly}")
    return this_year if day <= this_year else date.fromisoformat(f"{day.year + 1}-{timing.yearly}")


def _after(authority: Authority, kind: str) -> Callable[[date, date], date]:
    def day(on: date, since: date) -> date:
        return rules.earliest_end(AdverseRecord(authority, kind, since), on) or date.max

    return day


_RULES: Mapping[str, Callable[[date, date], date]] = {
    "abnormal_list": lambda on, _: rules.removal_on(on),
    "serious_list": _after(Authority.MARKET_SUPERVISION, "serious_list"),
    "general_penalty": _after(Authority.CITY_CREDIT, "general"),
}
