"""Labels for a whole city at once: every distinct leaf is evaluated one time over columns, then trees combine bits.

Pure: the same city, day and labels give the same answer, whatever part of the city is evaluated together. Truth has
three values, kept as two masks (yes, no); what is in neither is not known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from creditbridge.labels.catalogue import Label
from creditbridge.labels.columns import NO_DAY, NO_VALUE, Bools, City, Column, Days, Ints, after_months
from creditbridge.labels.language import (
    RECORD_LEAVES,
    Age,
    AllOf,
    AnyOf,
    FactIs,
    Indicator,
    Latest,
    Leaf,
    Not,
    Records,
    Rule,
    Sum,
    items_of,
    leaves,
)
from creditbridge.labels.within import lies_within

_EPOCH = date(1970, 1, 1)
Hashes: TypeAlias = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a rule holds and where its contrary does."""

    yes: Bools
    no: Bools


@dataclass(frozen=True, slots=True)
class Assigned:
    """Which firm carries which label on a day.

    ``digest`` changes with a firm's labels and with what they rest on; ``next_change_on`` is the first later day on
    which a window, an age or the catalogue may change a label without any new record (``NO_DAY`` for none).
    """

    on: date
    labels: tuple[Label, ...]
    carried: Bools
    digest: Hashes
    next_change_on: Days


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - _EPOCH).days


def assign(city: City, labels: Sequence[Label], items: Mapping[str, int], on: date) -> Assigned:
    """The labels of every firm of the city on a day; ``items`` maps the codes of credit items to their numbers.

    Raises:
        RuleError: a rule names an item that is not in the catalogue.
    """
    sheet = _Sheet(city, items, day_number(on))
    carried = np.zeros((len(city.firm_no), len(labels)), np.bool_)
    digest = np.zeros(len(city.firm_no), np.uint64)
    for place, label in enumerate(labels):
        if not label.is_effective(on):
            continue
        yes = sheet.truth(label.rule).yes
        carried[:, place] = yes
        seen = _mixed(_added([sheet.leaf(leaf).seen for leaf in leaves(label.rule)]), label.number)
        digest += np.where(yes, seen, np.uint64(0))
    return Assigned(on, tuple(labels), carried, digest, sheet.next_change(labels, on))


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """A leaf over the city: its truth, and a hash of what it looked at."""

    truth: Truth
    seen: Hashes


@dataclass(frozen=True, slots=True)
class _Group:
    """The records of some items: their places in the columns and the rows of their firms, in the order of both."""

    at: Ints
    row: Ints


class _Sheet:
    """A city on a day, with every leaf evaluated once."""

    def __init__(self, city: City, items: Mapping[str, int], on: int) -> None:
        self.city, self.items, self.on = city, items, on
        self.size = len(city.firm_no)
        self._leaves: dict[Leaf, _Evaluated] = {}
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._changes: list[tuple[Ints, Ints]] = []
        self._by_item, self._rows = _by_item(city)

    def truth(self, rule: Rule) -> Truth:
        if isinstance(rule, Not):
            inner = self.truth(rule.node)
            return Truth(inner.no, inner.yes)
        if isinstance(rule, AllOf | AnyOf):
            parts = [self.truth(node) for node in rule.nodes]
            both = reduce(
                np.logical_and, [part.yes if isinstance(rule, AllOf) else part.no for part in parts]
            )
            either = reduce(
                np.logical_or, [part.no if isinstance(rule, AllOf) else part.yes for part in parts]
            )
            return Truth(both, either) if isinstance(rule, AllOf) else Truth(either, both)
        return self.leaf(rule).truth

    def leaf(self, leaf: Leaf) -> _Evaluated:
        found = self._leaves.get(leaf)
        if found is None:
            found = self._leaves[leaf] = self._evaluate(leaf)
        return found

    def next_change(self, labels: Sequence[Label], on: date) -> Days:
        """The first later day on which anything may change."""
        ahead = [day for label in labels for day in (label.valid_from, label.retired_on) if day and day > on]
        soonest = np.full(self.size, min(map(day_number, ahead), default=NO_DAY), np.int64)
        for rows, days in self._changes:
            later = (days > self.on) & (days < NO_DAY)
            np.minimum.at(soonest, rows[later], days[later])
        return soonest.astype(np.int32)

    def _evaluate(self, leaf: Leaf) -> _Evaluated:
        if isinstance(leaf, RECORD_LEAVES):
            return self._of_records(leaf)
        if isinstance(leaf, Age):
            return self._age(leaf)
        columns = self.city.indicators if isinstance(leaf, Indicator) else self.city.facts
        column = columns.get(leaf.code)
        if column is None:
            return _unknown(self.size)
        holds = _compared(leaf, column)
        seen = np.where(column.known, _mixed(column.values.astype(np.uint64), 1), np.uint64(0))
        return _Evaluated(Truth(holds & column.known, ~holds & column.known), seen)

    def _of_records(self, leaf: Records | Sum | Latest) -> _Evaluated:
        group = self._group(items_of(leaf, self.items))
        kept = self._static(leaf, group)
        self._note_changes(leaf, kept)
        kept = self._in_window(leaf, kept)
        if isinstance(leaf, Records):
            counted = np.bincount(kept.row, minlength=self.size)
            yes = counted >= leaf.at_least
        elif isinstance(leaf, Sum):
            values = self.city.records.value[kept.at]
            total = np.zeros(self.size, np.int64)
            np.add.at(total, kept.row, np.where(values == NO_VALUE, 0, values))
            yes = total >= leaf.at_least
        else:
            kept = _last_of_each(kept)
            yes = np.zeros(self.size, np.bool_)
            yes[kept.row] = np.isin(self.city.records.value[kept.at], leaf.values)
        seen = np.zeros(self.size, np.uint64)
        np.add.at(seen, kept.row, _mixed(self.city.records.record_no[kept.at].astype(np.uint64), 2))
        return _Evaluated(Truth(yes, ~yes), seen)

    def _static(self, leaf: Records | Sum | Latest, group: _Group) -> _Group:
        """What does not move with the day: severity and value."""
        if not isinstance(leaf, Records):
            return group
        records, keep = self.city.records, np.ones(len(group.at), np.bool_)
        if leaf.severity:
            keep &= records.severity[group.at] >= leaf.severity
        if leaf.value_at_least is not None or leaf.value_at_most is not None:
            values = records.value[group.at]
            keep &= values != NO_VALUE
            keep &= values >= (NO_VALUE if leaf.value_at_least is None else leaf.value_at_least)
            keep &= values <= (2**63 - 1 if leaf.value_at_most is None else leaf.value_at_most)
        return group if keep.all() else _Group(group.at[keep], group.row[keep])

    def _in_window(self, leaf: Records | Sum | Latest, group: _Group) -> _Group:
        records = self.city.records
        occurred = records.occurred_on[group.at]
        keep = occurred <= self.on
        if leaf.months is not None:
            keep &= after_months(occurred, leaf.months) > self.on
        if isinstance(leaf, Records) and leaf.open:
            keep &= records.ends_on[group.at] > self.on
        return group if keep.all() else _Group(group.at[keep], group.row[keep])

    def _note_changes(self, leaf: Records | Sum | Latest, group: _Group) -> None:
        records = self.city.records
        occurred = records.occurred_on[group.at].astype(np.int64)
        days = [occurred]
        if leaf.months is not None:
            days.append(after_months(occurred, leaf.months))
        if isinstance(leaf, Records) and leaf.open:
            days.append(records.ends_on[group.at].astype(np.int64))
        self._changes += [(group.row, each) for each in days]

    def _age(self, leaf: Age) -> _Evaluated:
        column = self.city.facts.get(leaf.fact)
        if column is None:
            return _unknown(self.size)
        yes = column.known.copy()
        rows = np.arange(self.size)[column.known]
        for years, reached in ((leaf.years_at_least, True), (leaf.years_below, False)):
            if years is not None:
                days = after_months(column.values, years * 12)
                yes &= (days <= self.on) == reached
                self._changes.append((rows, days[column.known]))
        seen = np.where(column.known, _mixed(column.values.astype(np.uint64), 1), np.uint64(0))
        return _Evaluated(Truth(yes, column.known & ~yes), seen)

    def _group(self, items: tuple[int, ...]) -> _Group:
        found = self._groups.get(items)
        if found is None:
            inside = [self._by_item[item] for item in items if item in self._by_item]
            at = np.sort(np.concatenate(inside)) if inside else np.zeros(0, np.int64)
            found = self._groups[items] = _Group(at, self._rows[at])
        return found


def _by_item(city: City) -> tuple[dict[int, Ints], Ints]:
    """The places of every item's records, and the row of every record's firm; records of other firms are left out."""
    numbers = city.records.firm_no
    rows = np.searchsorted(city.firm_no, numbers)
    ours = np.flatnonzero(rows < len(city.firm_no))
    ours = ours[city.firm_no[rows[ours]] == numbers[ours]]
    items = city.records.item[ours]
    order = np.argsort(items, kind="stable")
    names, first = np.unique(items[order], return_index=True)
    parts = np.split(ours[order], first[1:]) if len(names) else []
    return dict(zip(names.tolist(), parts, strict=True)), rows.astype(np.int64)


def _last_of_each(group: _Group) -> _Group:
    """The latest record of each firm: records are sorted by firm, then day, then number."""
    last = np.append(group.row[1:] != group.row[:-1], True) if len(group.row) else np.zeros(0, np.bool_)
    return _Group(group.at[last], group.row[last])


def _compared(leaf: Indicator | FactIs, column: Column) -> Bools:
    if isinstance(leaf, FactIs) and leaf.among:
        fits = np.array([lies_within(leaf.code, code, leaf.among) for code in column.codes], np.bool_)
        places = np.clip(column.values, 0, max(len(fits) - 1, 0))
        return fits[places] if len(fits) else np.zeros(len(column.values), np.bool_)
    holds = np.ones(len(column.values), np.bool_)
    if leaf.at_least is not None:
        holds &= column.values >= leaf.at_least
    if leaf.at_most is not None:
        holds &= column.values <= leaf.at_most
    return holds


def _unknown(size: int) -> _Evaluated:
    nothing = np.zeros(size, np.bool_)
    return _Evaluated(Truth(nothing, nothing), np.zeros(size, np.uint64))


def _added(parts: Sequence[Hashes]) -> Hashes:
    mixed = [_mixed(part, place) for place, part in enumerate(parts, start=3)]
    return reduce(np.add, mixed)


def _mixed(values: Hashes, salt: int) -> Hashes:
    """The finaliser of splitmix64: spreads each value over 64 bits."""
    with np.errstate(over="ignore"):
        bits = values + np.uint64((salt * 0x9E3779B97F4A7C15) % 2**64)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return bits ^ (bits >> np.uint64(31))
