"""The matchable facts of the whole city as NumPy columns: what indexes and whole-city counts are made from.

One column a fact and one a named list, over the same firms in the order of their numbers. A value is stored by kind:
``ordered`` facts as integers (fen, ppm, counts; dates and the dates ages count from as day ordinals), ``coded`` ones
(grades, choices, regions, industries, yes and no, places on lists) as positions in the column's codes, ``sets`` as
bits over the column's codes. ``as_of`` is the day a value holds as of, in days since 1900-01-01 (until 2079); 0 says that the
value is not known. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.catalogue import IN_LIST, Fact, FactType, Subject, catalogue, named_lists
from creditbridge.facts.firm_facts import FirmFacts

Ints: TypeAlias = NDArray[np.int64]
EPOCH = date(1900, 1, 1).toordinal()
LAST_DAY = 65_535
NO, YES = "no", "yes"


class Kind(StrEnum):
    """How a column stores its values."""

    ORDERED = "ordered"
    CODED = "coded"
    SETS = "sets"


_KINDS: Mapping[FactType, Kind] = {
    FactType.NUMBER_FEN: Kind.ORDERED,
    FactType.NUMBER: Kind.ORDERED,
    FactType.COUNT: Kind.ORDERED,
    FactType.RATIO_PPM: Kind.ORDERED,
    FactType.DATE: Kind.ORDERED,
    FactType.YEARS: Kind.ORDERED,
    FactType.BOOLEAN: Kind.CODED,
    FactType.CHOICE: Kind.CODED,
    FactType.SCALE_GRADE: Kind.CODED,
    FactType.REGION: Kind.CODED,
    FactType.INDUSTRY: Kind.CODED,
    FactType.CHOICES: Kind.SETS,
    FactType.LABEL_SET: Kind.SETS,
}
DATED = frozenset({FactType.DATE, FactType.YEARS})


@dataclass(frozen=True, slots=True)
class Column:
    """One fact (or one named list) of every firm. ``codes`` is empty for ordered facts; sets have a row of words."""

    key: str
    kind: Kind
    values: NDArray[Any]
    as_of: NDArray[np.uint16]
    codes: tuple[str, ...] = ()

    @property
    def known(self) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = self.as_of != 0
        return known


@dataclass(frozen=True, slots=True)
class FactColumns:
    """The city: ``firm_nos`` ascending, and the columns by key (a fact's code, or ``in_list/…``)."""

    firm_nos: NDArray[np.uint32]
    columns: Mapping[str, Column]
    change_seq: int = 0

    def __len__(self) -> int:
        return len(self.firm_nos)

    @property
    def nbytes(self) -> int:
        return self.firm_nos.nbytes + sum(
            column.values.nbytes + column.as_of.nbytes for column in self.columns.values()
        )

    def place_of(self, firm_no: int) -> int | None:
        """Where a firm stands in the columns; None if it is none of them."""
        place = int(np.searchsorted(self.firm_nos, np.uint32(firm_no)))
        return place if place < len(self) and int(self.firm_nos[place]) == firm_no else None


def kind_of(fact: Fact) -> Kind:
    return _KINDS[fact.type]


def list_key(code: str) -> str:
    """The key of a named list's column."""
    return f"{IN_LIST}/{code}"


@lru_cache(maxsize=65_536)
def day_number(iso: str) -> int:
    """A day of an ISO text as columns have it: days since 1900, at least 1 so that 0 can stand for unknown."""
    return min(max(date.fromisoformat(iso).toordinal() - EPOCH, 1), LAST_DAY)


@lru_cache(maxsize=65_536)
def ordinal(iso: str) -> int:
    """A date as an ordered value."""
    return date.fromisoformat(iso).toordinal()


@dataclass(slots=True)
class _Gathered:
    places: list[int] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    as_of: list[int] = field(default_factory=list)


class Builder:
    """Gathers firms one by one, in their stored JSON form, and makes the columns of them."""

    def __init__(self) -> None:
        known = catalogue().values()
        self._facts = {fact.code: fact for fact in known if fact.matchable and fact.subject is Subject.FIRM}
        self._firm_nos: list[int] = []
        self._gathered: dict[str, _Gathered] = {code: _Gathered() for code in self._facts}
        self._gathered |= {list_key(code): _Gathered() for code in named_lists()}

    def add(
        self, firm_no: int, values: Mapping[str, Mapping[str, Any]], lists: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """One firm: ``values`` and ``lists`` as :meth:`FirmFacts.to_json` has them."""
        place = len(self._firm_nos)
        self._firm_nos.append(firm_no)
        for code, held in values.items():
            fact = self._facts.get(code)
            if fact is not None:
                raw = ordinal(held["value"]) if fact.type in DATED else held["value"]
                self._note(code, place, raw, held["as_of"])
        for code, held in lists.items():
            if (key := list_key(code)) in self._gathered:
                self._note(key, place, held["member"], held["as_of"])

    def _note(self, key: str, place: int, raw: Any, as_of: str) -> None:
        gathered = self._gathered[key]
        gathered.places.append(place)
        gathered.values.append(raw)
        gathered.as_of.append(day_number(as_of))

    def columns(self, change_seq: int = 0) -> FactColumns:
        """The columns of all firms added, in the order of their numbers."""
        firm_nos = np.array(self._firm_nos, dtype=np.uint32)
        order = np.argsort(firm_nos, kind="stable")
        moved = np.empty(len(order), dtype=np.int64)
        moved[order] = np.arange(len(order))
        made = {
            key: _column(key, self._facts.get(key), gathered, moved)
            for key, gathered in self._gathered.items()
            if gathered.places
        }
        return FactColumns(firm_nos[order], made, change_seq)


def columns_of(firms: Iterable[FirmFacts], change_seq: int = 0) -> FactColumns:
    """The columns of firms that are there as values."""
    builder = Builder()
    for known in firms:
        row = known.to_json()
        builder.add(known.firm_no, row["values"], row["lists"])
    return builder.columns(change_seq)


def narrow(values: Ints) -> NDArray[Any]:
    """The same integers in four bytes where they fit; of few types, so that compiled loops are few."""
    fits = not len(values) or (int(values.min()) >= -(2**31) and int(values.max()) < 2**31)
    return values.astype(np.int32) if fits else values


def _column(key: str, fact: Fact | None, gathered: _Gathered, moved: Ints) -> Column:
    places = moved[np.array(gathered.places, dtype=np.int64)]
    as_of = np.zeros(len(moved), dtype=np.uint16)
    as_of[places] = gathered.as_of
    kind = Kind.CODED if fact is None else kind_of(fact)
    if kind is Kind.SETS:
        codes = _codes(fact, {code for held in gathered.values for code in held})
        return Column(key, kind, _words(codes, gathered.values, places, len(moved)), as_of, codes)
    values = np.zeros(len(moved), dtype=np.int64)
    if kind is Kind.ORDERED:
        values[places] = gathered.values
        return Column(key, kind, narrow(values), as_of)
    said = [_as_code(value) for value in gathered.values]
    codes = (NO, YES) if fact is None else _codes(fact, set(said))
    at = {code: place for place, code in enumerate(codes)}
    values[places] = [at[code] for code in said]
    return Column(key, kind, values.astype(np.int16), as_of, codes)


def _as_code(value: Any) -> str:
    return (YES if value else NO) if isinstance(value, bool) else str(value)


def _codes(fact: Fact | None, seen: Iterable[str]) -> tuple[str, ...]:
    """The codes of a column: those of the catalogue in its order, then whatever else firms have."""
    named: Sequence[str] = ()
    if fact is not None:
        named = (
            (NO, YES)
            if fact.type is FactType.BOOLEAN
            else tuple(fact.scale.grades if fact.scale else fact.choices)
        )
    return (*named, *sorted(set(seen).difference(named)))


def _words(
    codes: tuple[str, ...], held: Sequence[Sequence[str]], places: Ints, firms: int
) -> NDArray[np.uint64]:
    words = np.zeros((firms, max(1, -(-len(codes) // 64))), dtype=np.uint64)
    at = {code: place for place, code in enumerate(codes)}
    for place, some in zip(places.tolist(), held, strict=True):
        for code in some:
            words[place, at[code] >> 6] |= np.uint64(1 << (at[code] & 63))
    return words
