"""One firm's labels with their evidence: the same rules as :mod:`creditbridge.labels.engine`, read one by one. Pure.

Evidence is what made a rule hold: records by their number, an indicator's or a fact's value, an age, or that there is
no record of a kind. Of alternatives, those that hold are told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from creditbridge.kernel.dates import MonthEnd, add_months
from creditbridge.labels.columns import NO_DAY, NO_VALUE, FirmRecord, FirmView
from creditbridge.labels.evidence import MOST_RECORDS, Evidence
from creditbridge.labels.language import (
    Age,
    AllOf,
    AnyOf,
    FactIs,
    Indicator,
    Latest,
    Not,
    Records,
    Rule,
    Sum,
    items_of,
)
from creditbridge.labels.within import lies_within

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a rule holds (None: not known), and what that rests on."""

    holds: bool | None
    evidence: tuple[Evidence, ...] = ()


def explain(rule: Rule, firm: FirmView, items: Mapping[str, int], on: date) -> Answer:
    """Whether a rule holds for a firm on a day, with the evidence."""
    if isinstance(rule, Not):
        inner = explain(rule.node, firm, items, on)
        return Answer(None if inner.holds is None else not inner.holds, inner.evidence)
    if isinstance(rule, AllOf | AnyOf):
        return _combined(rule, [explain(node, firm, items, on) for node in rule.nodes])
    return _LEAVES[type(rule)](rule, firm, items, on)


def _combined(rule: AllOf | AnyOf, parts: list[Answer]) -> Answer:
    """“All” fails by one that fails; “any” holds by one that holds."""
    deciding = isinstance(rule, AnyOf)
    decided = [part for part in parts if part.holds is deciding]
    if decided:
        return Answer(deciding, _flat(decided))
    if any(part.holds is None for part in parts):
        return Answer(None)
    return Answer(not deciding, _flat(parts))


def _flat(parts: list[Answer]) -> tuple[Evidence, ...]:
    return tuple(dict.fromkeys(piece for part in parts for piece in part.evidence))


def _day(number: int) -> date:
    return _EPOCH + timedelta(days=number)


def _found(
    leaf: Records | Sum | Latest, firm: FirmView, items: Mapping[str, int], on: date
) -> list[FirmRecord]:
    wanted, today = set(items_of(leaf, items)), (on - _EPOCH).days
    found = []
    for record in firm.records:
        if record.item not in wanted or record.occurred_on > today:
            continue
        if leaf.months is not None:
            leaves_on = add_months(_day(record.occurred_on), leaf.months, MonthEnd.NEXT_DAY)
            if leaves_on <= on:
                continue
        if isinstance(leaf, Records) and not _fits(leaf, record, today):
            continue
        found.append(record)
    return sorted(found, key=lambda record: (record.occurred_on, record.record_no))


def _fits(leaf: Records, record: FirmRecord, today: int) -> bool:
    if leaf.open and record.ends_on != NO_DAY and record.ends_on <= today:
        return False
    if record.severity < leaf.severity:
        return False
    if leaf.value_at_least is None and leaf.value_at_most is None:
        return True
    if record.value == NO_VALUE:
        return False
    above = leaf.value_at_least is None or record.value >= leaf.value_at_least
    return above and (leaf.value_at_most is None or record.value <= leaf.value_at_most)


def _evidence(leaf: Records | Sum | Latest, found: list[FirmRecord], value: int | None) -> Evidence:
    if not found:
        return Evidence("no_records", leaf.items, months=leaf.months)
    shown = tuple(record.record_no for record in found[-MOST_RECORDS:])
    return Evidence("records", leaf.items, value, shown, _day(found[-1].occurred_on), leaf.months)


def _records(leaf: Records, firm: FirmView, items: Mapping[str, int], on: date) -> Answer:
    found = _found(leaf, firm, items, on)
    return Answer(len(found) >= leaf.at_least, (_evidence(leaf, found, len(found)),))


def _sum(leaf: Sum, firm: FirmView, items: Mapping[str, int], on: date) -> Answer:
    found = _found(leaf, firm, items, on)
    total = sum(record.value for record in found if record.value != NO_VALUE)
    return Answer(total >= leaf.at_least, (_evidence(leaf, found, total),))


def _latest(leaf: Latest, firm: FirmView, items: Mapping[str, int], on: date) -> Answer:
    found = _found(leaf, firm, items, on)[-1:]
    holds = bool(found) and found[0].value in leaf.values
    return Answer(holds, (_evidence(leaf, found, found[0].value if found else None),))


def _indicator(leaf: Indicator, firm: FirmView, _items: Mapping[str, int], _on: date) -> Answer:
    return _bounded(leaf, "indicator", firm.indicators.get(leaf.code))


def _fact(leaf: FactIs, firm: FirmView, _items: Mapping[str, int], _on: date) -> Answer:
    value = firm.facts.get(leaf.code)
    if value is None or not leaf.among:
        assert not isinstance(value, str), "a rule compares numbers only where the catalogue has numbers"
        return _bounded(leaf, "fact", value)
    return Answer(lies_within(leaf.code, str(value), leaf.among), (Evidence("fact", (leaf.code,), value),))


def _bounded(leaf: Indicator | FactIs, kind: str, value: int | None) -> Answer:
    if value is None:
        return Answer(None)
    above = leaf.at_least is None or value >= leaf.at_least
    holds = above and (leaf.at_most is None or value <= leaf.at_most)
    return Answer(holds, (Evidence(kind, (leaf.code,), value),))


def _age(leaf: Age, firm: FirmView, _items: Mapping[str, int], on: date) -> Answer:
    value = firm.facts.get(leaf.fact)
    if not isinstance(value, int):
        return Answer(None)
    since = _day(value)

    def reached(years: int) -> bool:
        return add_months(since, 12 * years, MonthEnd.NEXT_DAY) <= on

    holds = leaf.years_at_least is None or reached(leaf.years_at_least)
    holds = holds and not (leaf.years_below is not None and reached(leaf.years_below))
    return Answer(holds, (Evidence("age", (leaf.fact,), since.isoformat()),))


_LEAVES: Mapping[type, Callable[[Any, FirmView, Mapping[str, int], date], Answer]] = {
    Records: _records,
    Sum: _sum,
    Latest: _latest,
    Indicator: _indicator,
    FactIs: _fact,
    Age: _age,
}
