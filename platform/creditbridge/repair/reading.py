"""Which of a firm's records can be repaired, and by which rule: the items of the credit catalogue beside the rules. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from creditbridge.records.catalogue import Severity, items
from creditbridge.records.columns import RecordColumns, day_of
from creditbridge.repair.actions import RepairableRecord
from creditbridge.repair.rules import AdverseRecord, Authority

MOST = 12
"""So many of a firm's records are offered for repair, the gravest and newest first."""


@dataclass(frozen=True, slots=True)
class ItemRule:
    """Under whose rule an item falls; without a kind the severity of the record decides."""

    authority: Authority
    kind: str | None


def repairable(records: RecordColumns) -> list[RepairableRecord]:
    """The records of one firm that fall under a rule of repair."""
    named = {item.number: item for item in items().values()}
    found: list[tuple[int, int, RepairableRecord]] = []
    for place in range(len(records)):
        item = named.get(int(records.item[place]))
        rule = item_rules().get(item.code) if item is not None else None
        decided = day_of(int(records.occurred_on[place]))
        if item is None or rule is None or decided is None:
            continue
        severity = int(records.severity[place]) or item.severity.number
        kind = rule.kind or list(Severity)[severity].value
        record = AdverseRecord(rule.authority, kind, decided)
        row = RepairableRecord(int(records.record_no[place]), item.name, record, affected_facts())
        found.append((-severity, -decided.toordinal(), row))
    found.sort(key=lambda each: (each[0], each[1], each[2].record_no))
    return [row for _, _, row in found[:MOST]]


def item_rules() -> Mapping[str, ItemRule]:
    """The rule of each item, by its code."""
    return _read()[0]


def affected_facts() -> frozenset[str]:
    """The facts that may change when a record ends."""
    return _read()[1]


@cache
def _read() -> tuple[Mapping[str, ItemRule], frozenset[str]]:
    text = resources.files("creditbridge.repair").joinpath("data", "repairable_items.json").read_text("utf-8")
    data: dict[str, Any] = json.loads(text)
    rules = {
        code: ItemRule(Authority(group["authority"]), group.get("kind"))
        for group in data["groups"]
        for code in group["items"]
    }
    return MappingProxyType(rules), frozenset(data["affects"])
