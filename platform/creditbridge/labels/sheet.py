"""Every leaf of the label rules over the columns of a city, once each: truth, what was looked at, and when it moves.

Truth has three values, kept as two masks (yes, no); what is in neither is not known. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from creditbridge.labels.columns import (
    NO_DAY,
    NO_VALUE,
    Bools,
    City,
    Column,
    Days,
    Ints,
    after_months,
    day_of,
    plain,
)
from creditbridge.labels.evidence import MOST_RECORDS, Evidence
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
)
from creditbridge.labels.within import lies_within

Hashes: TypeAlias = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a rule holds and where its contrary does."""

    yes: Bools
    no: Bools


@dataclass(frozen=True, slots=True)
class _Group:
    """The records of some items: their places in the columns and the rows of their firms, in the order of both."""

    at: Ints
    row: Ints


@dataclass(frozen=True, slots=True)
class Evaluated:
    """A leaf over the city: its truth, a hash of what it looked at, its records, and what they come to."""

    truth: Truth
    seen: Hashes
    group: _Group | None = None
    value: Ints | None = None


@dataclass(frozen=True, slots=True)
class _Shown:
    """The records of a leaf firm by firm: where those of each row begin, their numbers and days, what they come to."""

    begins: Sequence[int]
    record_no: Ints
    occurred_on: Days
    value: Ints


class Sheet:
    """A city on a day, with every leaf evaluated once."""

    def __init__(self, city: City, items: Mapping[str, int], on: int) -> None:
        self.city, self.items, self.on = city, items, on
        self.size = len(city.firm_no)
        self._leaves: dict[Leaf, Evaluated] = {}
        self._groups: dict[tuple[int, ...], _Group] = {}
        self._truths: dict[int, Truth] = {}
        self._changes: list[tuple[Ints, Ints]] = []
        self._shown: dict[Leaf, _Shown] = {}
        self._plain: dict[tuple[Leaf, int | None], Evidence] = {}
        self._by_item, self._rows = _by_item(city)

    def truth(self, rule: Rule) -> Truth:
        """Where a rule holds. Remembered by the very node: rules live as long as their labels."""
        found = self._truths.get(id(rule))
        if found is None:
            found = self._truths[id(rule)] = self._combined(rule)
        return found

    def _combined(self, rule: Rule) -> Truth:
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

    def leaf(self, leaf: Leaf) -> Evaluated:
        found = self._leaves.get(leaf)
        if found is None:
            found = self._leaves[leaf] = self._evaluate(leaf)
        return found

    def is_so(self, rule: Rule, row: int, *, holds: bool) -> bool:
        """Whether a rule, or its contrary, holds for the firm of a row."""
        truth = self._truths.get(id(rule)) or self.truth(rule)
        return bool((truth.yes if holds else truth.no)[row])

    def next_change(self, boundary: int) -> Days:
        """The first later day on which anything may change; at the latest the boundary."""
        soonest = np.full(self.size, boundary, np.int64)
        for rows, days in self._changes:
            later = (days > self.on) & (days < NO_DAY)
            np.minimum.at(soonest, rows[later], days[later])
        return soonest.astype(np.int32)

    def evidence(self, leaf: Leaf, row: int) -> Evidence:
        """What a leaf found of one firm, as :func:`creditbridge.labels.explaining.explain` tells it."""
        if isinstance(leaf, RECORD_LEAVES):
            return self._records_found(leaf, row)
        columns = self.city.indicators if isinstance(leaf, Indicator) else self.city.facts
        code = leaf.fact if isinstance(leaf, Age) else leaf.code
        number = int(columns[code].values[row])
        found = self._plain.get((leaf, number))
        if found is None:
            found = self._plain[leaf, number] = _of_value(leaf, code, columns[code], row)
        return found

    def _records_found(self, leaf: Records | Sum | Latest, row: int) -> Evidence:
        shown = self._shown.get(leaf)
        if shown is None:
            shown = self._shown[leaf] = self._to_show(leaf)
        first, last = shown.begins[row], shown.begins[row + 1]
        if first == last:
            found = self._plain.get((leaf, None))
            if found is None:
                found = self._plain[leaf, None] = Evidence("no_records", leaf.items, months=leaf.months)
            return found
        numbers = tuple(shown.record_no[max(first, last - MOST_RECORDS) : last].tolist())
        latest = day_of(int(shown.occurred_on[last - 1]))
        return Evidence("records", leaf.items, int(shown.value[row]), numbers, latest, leaf.months)

    def _to_show(self, leaf: Records | Sum | Latest) -> _Shown:
        found = self.leaf(leaf)
        assert found.group is not None, "a leaf over records keeps them"
        assert found.value is not None, "and what they come to"
        at, records = found.group.at, self.city.records
        begins = np.searchsorted(found.group.row, np.arange(self.size + 1)).tolist()
        return _Shown(begins, records.record_no[at], records.occurred_on[at], found.value)

    def _evaluate(self, leaf: Leaf) -> Evaluated:
        if isinstance(leaf, RECORD_LEAVES):
            return self._of_records(leaf)
        if isinstance(leaf, Age):
            return self._age(leaf)
        columns = self.city.indicators if isinstance(leaf, Indicator) else self.city.facts
        column = columns.get(leaf.code)
        if column is None:
            return _unknown(self.size)
        holds = _compared(leaf, column)
        seen = np.where(column.known, mixed(column.values.astype(np.uint64), 1), np.uint64(0))
        return Evaluated(Truth(holds & column.known, ~holds & column.known), seen)

    def _of_records(self, leaf: Records | Sum | Latest) -> Evaluated:
        group = self._group(items_of(leaf, self.items))
        kept = self._static(leaf, group)
        self._note_changes(leaf, kept)
        kept = self._in_window(leaf, kept)
        if isinstance(leaf, Records):
            value = np.bincount(kept.row, minlength=self.size)
            yes = value >= leaf.at_least
        elif isinstance(leaf, Sum):
            values = self.city.records.value[kept.at]
            value = np.zeros(self.size, np.int64)
            np.add.at(value, kept.row, np.where(values == NO_VALUE, 0, values))
            yes = value >= leaf.at_least
        else:
            kept = _last_of_each(kept)
            yes, value = np.zeros(self.size, np.bool_), np.zeros(self.size, np.int64)
            value[kept.row] = self.city.records.value[kept.at]
            yes[kept.row] = np.isin(value[kept.row], leaf.values)
        seen = np.zeros(self.size, np.uint64)
        np.add.at(seen, kept.row, mixed(self.city.records.record_no[kept.at].astype(np.uint64), 2))
        return Evaluated(Truth(yes, ~yes), seen, kept, value)

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

    def _age(self, leaf: Age) -> Evaluated:
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
        seen = np.where(column.known, mixed(column.values.astype(np.uint64), 1), np.uint64(0))
        return Evaluated(Truth(yes, column.known & ~yes), seen)

    def _group(self, items: tuple[int, ...]) -> _Group:
        found = self._groups.get(items)
        if found is None:
            inside = [self._by_item[item] for item in items if item in self._by_item]
            at = np.sort(np.concatenate(inside)) if inside else np.zeros(0, np.int64)
            found = self._groups[items] = _Group(at, self._rows[at])
        return found


def _of_value(leaf: Age | Indicator | FactIs, code: str, column: Column, row: int) -> Evidence:
    if isinstance(leaf, Age):
        return Evidence("age", (code,), day_of(int(column.values[row])).isoformat())
    return Evidence("indicator" if isinstance(leaf, Indicator) else "fact", (code,), plain(column, row))


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


def _unknown(size: int) -> Evaluated:
    nothing = np.zeros(size, np.bool_)
    return Evaluated(Truth(nothing, nothing), np.zeros(size, np.uint64))


def added(parts: Sequence[Hashes]) -> Hashes:
    spread = [mixed(part, place) for place, part in enumerate(parts, start=3)]
    return reduce(np.add, spread)


def mixed(values: Hashes, salt: int) -> Hashes:
    """The finaliser of splitmix64: spreads each value over 64 bits."""
    with np.errstate(over="ignore"):
        bits = values + np.uint64((salt * 0x9E3779B97F4A7C15) % 2**64)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return bits ^ (bits >> np.uint64(31))
