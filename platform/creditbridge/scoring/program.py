"""Indicators compiled for a day: which accumulators there are and which items feed them, as plain arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creditbridge.kernel import catalogue_files
from creditbridge.records.catalogue import CreditItem
from creditbridge.records.columns import NO_DAY, NO_VALUE
from creditbridge.scoring import accumulating as kinds
from creditbridge.scoring import windows as spans
from creditbridge.scoring.language import (
    MOST_ITEMS,
    By,
    Expression,
    Filter,
    Measure,
    Status,
    Take,
    Window,
    measures_of,
)
from creditbridge.scoring.parsing import LanguageError

_FARTHEST_DAYS = {kinds.YEARS: 63 * 366, kinds.MONTHS: 63 * 31, kinds.SUM_X: 63 * 31}
"""How far back, in days, a kind of accumulator looks at all."""
_MOST_WINDOWS = 62
_ENTRY_TABLES = 10
"""So many of a program's tables stand by entry, the others by age or item."""
_NO_BOUND = 2**62


Items: TypeAlias = Mapping[str, CreditItem]

_ACCUMULATORS: Mapping[Take, tuple[int, ...]] = {
    Take.COUNT: (kinds.COUNT,),
    Take.EXISTS: (kinds.COUNT,),
    Take.SUM: (kinds.SUM,),
    Take.MEAN: (kinds.SUM, kinds.COUNT_VALUED),
    Take.MAX: (kinds.MAX,),
    Take.MIN: (kinds.MIN,),
    Take.LATEST: (kinds.LATEST,),
    Take.PREVIOUS: (kinds.PREVIOUS, kinds.LATEST),
    Take.FIRST: (kinds.FIRST,),
    Take.SINCE_LAST: (kinds.LAST_DAY,),
    Take.SINCE_FIRST: (kinds.FIRST_DAY,),
    Take.UNTIL_END: (kinds.LAST_END,),
    Take.DURATION: (kinds.LATEST_LENGTH,),
    Take.DISTINCT_MONTHS: (kinds.MONTHS,),
    Take.LONGEST_RUN_MONTHS: (kinds.MONTHS,),
    Take.MISSING_MONTHS: (kinds.MONTHS,),
    Take.DISTINCT_YEARS: (kinds.YEARS,),
    Take.LONGEST_RUN_YEARS: (kinds.YEARS,),
    Take.DISTINCT_ITEMS: (kinds.ITEMS,),
    Take.WORST_SEVERITY: (kinds.WORST,),
    Take.SLOPE: (kinds.COUNT_VALUED, kinds.SUM, kinds.SUM_X, kinds.SUM_XX, kinds.SUM_XY),
}
_EMPTY: Mapping[int, int] = {
    kinds.SUM: NO_VALUE,
    kinds.LATEST: NO_VALUE,
    kinds.FIRST: NO_VALUE,
    kinds.PREVIOUS: NO_VALUE,
    kinds.MAX: NO_VALUE,
    kinds.MIN: NO_VALUE,
    kinds.LAST_DAY: NO_VALUE,
    kinds.FIRST_DAY: NO_DAY,
    kinds.LAST_END: NO_VALUE,
    kinds.LATEST_LENGTH: NO_VALUE,
}


@dataclass(frozen=True, slots=True)
class Accumulator:
    """One running figure a firm: its kind, and which records feed it."""

    kind: int
    filter: Filter
    window: Window

    @property
    def empty(self) -> int:
        """What it holds before any record."""
        return _EMPTY.get(self.kind, 0)

    @property
    def looks_at_ends(self) -> bool:
        return self.filter.status is not Status.ANY or self.window.by is By.ENDED


@dataclass(frozen=True)
class Program:
    """The arrays the pass over the records reads. ``entries`` stand by item: those of item ``i`` from ``first[i]``."""

    on: int
    accumulators: tuple[Accumulator, ...]
    positions: Mapping[Accumulator, int]
    empty: NDArray[np.int64]
    first: NDArray[np.int32]
    kind: NDArray[np.uint8]
    target: NDArray[np.int32]
    window: NDArray[np.uint8]
    flags: NDArray[np.uint8]
    severities: NDArray[np.uint8]
    low: NDArray[np.int64]
    high: NDArray[np.int64]
    bit: NDArray[np.uint8]
    beside: NDArray[np.int32]
    membership: NDArray[np.int64]
    months_back: NDArray[np.uint8]
    years_back: NDArray[np.uint8]
    item_profile: NDArray[np.int32]
    item_ends: NDArray[np.int32]
    due_after: NDArray[np.int32]
    due_length: int

    @property
    def tables(self) -> tuple[NDArray[Any], ...]:
        """What the pass takes after the day, in its order."""
        return (
            self.first, self.kind, self.target, self.window, self.flags, self.severities, self.low, self.high,
            self.bit, self.beside, self.membership, self.months_back, self.years_back, self.item_profile, self.item_ends,
            self.due_after,
        )  # fmt: skip

    @cached_property
    def listed(self) -> tuple[Any, ...]:
        """The same with the entries as lists, in which plain Python reads faster; tables by age are looked up seldom."""
        entries, by_age = self.tables[:_ENTRY_TABLES], self.tables[_ENTRY_TABLES:]
        return (*(table.tolist() for table in entries), *by_age)

    def of(self, measure: Measure) -> tuple[int, ...]:
        """Where the accumulators of a measure stand."""
        return tuple(self.positions[one] for one in accumulators_of(measure))


def accumulators_of(measure: Measure) -> tuple[Accumulator, ...]:
    return tuple(Accumulator(kind, measure.filter, measure.window) for kind in _ACCUMULATORS[measure.take])


def chosen_items(chosen: Filter, items: Items) -> tuple[CreditItem, ...]:
    """The items of the catalogue a filter names, by number.

    Raises:
        LanguageError: if a code or family names none, or nothing is left.
    """
    stated = [code for one in chosen.items for code in _spelled_out(one)]
    named = [one for one in stated if not one.startswith("-")]
    without = {item.code for one in stated if one.startswith("-") for item in _named(one[1:], items)}
    found = {item.code: item for one in named for item in _named(one, items)} if named else dict(items)
    left = [
        item
        for code, item in found.items()
        if code not in without
        and (not chosen.categories or item.category in chosen.categories)
        and (chosen.polarity is None or item.polarity == chosen.polarity)
    ]
    if not left:
        raise LanguageError("items", f"no item of the catalogue is meant by {chosen}")
    return tuple(sorted(left, key=lambda item: item.number))


@cache
def item_sets() -> Mapping[str, tuple[str, ...]]:
    """Items that are often meant together, by the name of their set."""
    text = catalogue_files.data_of("creditbridge.scoring").joinpath("item_sets.json").read_text("utf-8")
    return {name: tuple(codes) for name, codes in json.loads(text)["sets"].items()}


def _spelled_out(code: str) -> tuple[str, ...]:
    if not code.startswith("@"):
        return (code,)
    if code[1:] not in item_sets():
        raise LanguageError("items", f"there is no set '{code}'")
    return item_sets()[code[1:]]


def _named(code: str, items: Items) -> list[CreditItem]:
    if code.endswith(".*"):
        found = [item for item in items.values() if item.code.startswith(code[:-1])]
    else:
        found = [items[code]] if code in items else []
    if not found:
        raise LanguageError("items", f"the catalogue has no item '{code}'")
    return found


def compiled_for(expressions: Iterable[Expression], items: Items, on: int) -> Program:
    """The program of some expressions on a day.

    Raises:
        LanguageError: as :func:`laid_out`.
    """
    return laid_out(expressions, items).program(on)


def laid_out(expressions: Iterable[Expression], items: Items) -> Layout:
    """What of a program is the same on every day.

    Raises:
        LanguageError: if an item is unknown or there are more windows or items than fit.
    """
    measures = dict.fromkeys(measure for one in expressions for measure in measures_of(one))
    accumulators = tuple(dict.fromkeys(each for measure in measures for each in accumulators_of(measure)))
    windows = tuple(dict.fromkeys(_span(each.window) for each in accumulators))
    if len(windows) > _MOST_WINDOWS:
        raise LanguageError("window", f"at most {_MOST_WINDOWS} different windows")
    return Layout(accumulators, windows, items)


def _span(window: Window) -> Window:
    return Window(window.length, window.unit, window.ago, window.whole)


class Layout:
    """Accumulators in their places, and which item feeds which: all of a program but its tables by age."""

    def __init__(self, accumulators: Sequence[Accumulator], windows: Sequence[Window], items: Items) -> None:
        self._accumulators = tuple(accumulators)
        self._windows = {window: number for number, window in enumerate(windows)}
        self._by_item: dict[int, list[tuple[int, int]]] = {}
        self._most = max((item.number for item in items.values()), default=0) + 1
        self._place(items)
        for placed in self._by_item.values():
            placed.sort(key=lambda entry: self._accumulators[entry[0]].kind != kinds.PREVIOUS)
        self._farthest = max((_FARTHEST_DAYS.get(each.kind, 0) for each in accumulators), default=0)

    def _place(self, items: Items) -> None:
        for position, accumulator in enumerate(self._accumulators):
            chosen = chosen_items(accumulator.filter, items)
            if accumulator.kind == kinds.ITEMS and len(chosen) > MOST_ITEMS:
                raise LanguageError("items", f"at most {MOST_ITEMS} items can be told apart")
            for bit, item in enumerate(chosen):
                self._by_item.setdefault(item.number, []).append((position, bit))

    def program(self, on: int) -> Program:
        """The program on a day, as days are numbered."""
        windows = list(self._windows)
        reach = spans.reach(windows, on)
        length = max(reach + 1, self._farthest)
        due_length = reach + 2
        profile, ends, tables = self._profiles
        return Program(
            on=on,
            **self._entries,
            membership=spans.membership(windows, on, length + 1),
            months_back=spans.months_back(on, length + 1, kinds.FARTHEST_BACK),
            years_back=spans.years_back(on, length + 1, kinds.FARTHEST_BACK),
            item_profile=profile,
            item_ends=ends,
            due_after=spans.next_changes(tables, on, due_length).ravel(),
            due_length=due_length,
        )

    @cached_property
    def _entries(self) -> Mapping[str, Any]:
        """What of a program is the same on every day."""
        entries = [entry for number in range(self._most) for entry in self._by_item.get(number, [])]
        counts = [len(self._by_item.get(number, [])) for number in range(self._most)]
        used = [self._accumulators[position] for position, _ in entries]
        return {
            "accumulators": self._accumulators,
            "positions": {each: position for position, each in enumerate(self._accumulators)},
            "empty": np.array([each.empty for each in self._accumulators], dtype=np.int64),
            "first": np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            "kind": np.array([each.kind for each in used], dtype=np.uint8),
            "target": np.array([position for position, _ in entries], dtype=np.int32),
            "window": np.array([self._windows[_span(each.window)] for each in used], dtype=np.uint8),
            "flags": np.array([_flags(each) for each in used], dtype=np.uint8),
            "severities": np.array([_severities(each.filter) for each in used], dtype=np.uint8),
            "low": np.array([_edge(each.filter.at_least, -_NO_BOUND) for each in used], dtype=np.int64),
            "high": np.array([_edge(each.filter.at_most, _NO_BOUND) for each in used], dtype=np.int64),
            "bit": np.array([bit for _, bit in entries], dtype=np.uint8),
            "beside": np.array([self._latest_of(each) for each in used], dtype=np.int32),
        }

    def _latest_of(self, accumulator: Accumulator) -> int:
        """Where the latest value stands that an accumulator of the one before it takes over."""
        if accumulator.kind != kinds.PREVIOUS:
            return 0
        return self._accumulators.index(replace(accumulator, kind=kinds.LATEST))

    @cached_property
    def _profiles(self) -> tuple[NDArray[np.int32], NDArray[np.int32], Sequence[frozenset[Window]]]:
        """Per item its set of windows by day of the record, and by its end (-1: its end moves nothing); and the sets."""
        tables: dict[frozenset[Window], int] = {frozenset(): 0}
        profile = np.zeros(self._most, dtype=np.int32)
        ends = np.full(self._most, -1, dtype=np.int32)
        for number, placed in self._by_item.items():
            fed = [self._accumulators[position] for position, _ in placed]
            by_day = frozenset(_span(each.window) for each in fed if each.window.by is By.OCCURRED)
            profile[number] = tables.setdefault(by_day, len(tables))
            if any(each.looks_at_ends for each in fed):
                by_end = frozenset(_span(each.window) for each in fed if each.window.by is By.ENDED)
                ends[number] = tables.setdefault(by_end, len(tables))
        return profile, ends, list(tables)


def _flags(accumulator: Accumulator) -> int:
    chosen = accumulator.filter
    flags = kinds.BY_END if accumulator.window.by is By.ENDED else 0
    flags |= kinds.BY_SEVERITY if chosen.severities else 0
    flags |= kinds.ONLY_OPEN if chosen.status is Status.OPEN else 0
    flags |= kinds.ONLY_ENDED if chosen.status is Status.ENDED else 0
    return flags | (kinds.BY_VALUE if (chosen.at_least, chosen.at_most) != (None, None) else 0)


def _severities(chosen: Filter) -> int:
    return sum(1 << severity.number for severity in dict.fromkeys(chosen.severities))


def _edge(stated: int | None, otherwise: int) -> int:
    return otherwise if stated is None else stated
