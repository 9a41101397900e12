"""Firms with no eligible product, and which criterion shuts most of them out: bitmaps over the whole city. Pure.

A criterion shuts a firm out where it fails, whatever else is unknown; it does so *alone* where everything else of that
product is met or open. Criteria that ask the same are counted together, however many products have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from creditbridge.facts.columns import FactColumns
from lenders.admission.tree import Criterion, Group, Mode, Tree
from matching.index.firm_bitsets import FirmBitsets, count, unpack

Bitmap = NDArray[np.uint64]
SAMPLE = 100
"""So many firms behind a figure are kept for the page."""


@dataclass(frozen=True, slots=True)
class ShuttingOut:
    """A criterion, the products that ask it, the unserved firms it shuts out, and those it alone shuts out of one."""

    criterion: Criterion
    products: int
    shut_out: int
    alone: int
    missing: int
    firm_nos: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The whole city: firms, those with no eligible product, those that may not even apply anywhere."""

    firms: int
    unserved: int
    closed_out: int
    firm_nos: tuple[int, ...]
    criteria: tuple[ShuttingOut, ...]


@dataclass(slots=True)
class _Gathered:
    criterion: Criterion
    fails: Bitmap
    missing: Bitmap
    alone: Bitmap
    products: set[int] = field(default_factory=set)


def exclusion_of(city: FactColumns, rules: Sequence[Tree], on: date) -> Exclusion:
    """Count over the whole city on a legal date."""
    bitmaps = FirmBitsets(city, on)
    pairs = [bitmaps.tree(rule) for rule in rules]
    served = _union((pair.yes for pair in pairs), bitmaps.nobody)
    possible = _union((pair.maybe for pair in pairs), bitmaps.nobody)
    unserved = bitmaps.everyone & ~served
    gathered: dict[object, _Gathered] = {}
    for number, rule in enumerate(rules):
        for criterion, rest in _each(rule):
            _gather(gathered, bitmaps, number, criterion, rest)
    rows = [_row(one, unserved, city) for one in gathered.values()]
    rows = [row for row in rows if row.shut_out or row.missing]
    rows.sort(key=lambda row: (-row.shut_out, -row.alone, -row.missing, row.criterion.id))
    closed = bitmaps.everyone & ~possible
    return Exclusion(len(city), count(unserved), count(closed), _numbers(unserved, city), tuple(rows))


def _gather(
    gathered: dict[object, _Gathered],
    bitmaps: FirmBitsets,
    number: int,
    criterion: Criterion,
    rest: Tree,
) -> None:
    pair, others = bitmaps.criterion(criterion), bitmaps.tree(rest)
    fails = bitmaps.everyone & ~pair.maybe
    key = (criterion.test, criterion.when, criterion.missing, criterion.max_age_days)
    held = gathered.get(key)
    if held is None:
        held = _Gathered(criterion, fails, pair.open, bitmaps.nobody.copy())
        gathered[key] = held
    held.alone |= fails & others.maybe
    held.products.add(number)


def _each(rule: Tree) -> Iterable[tuple[Criterion, Tree]]:
    """Each criterion that must hold by itself, and the rest of the rule; alternatives shut nobody out alone."""
    root = rule.root
    if root.mode is not Mode.ALL:
        return
    for place, node in enumerate(root.nodes):
        if isinstance(node, Criterion):
            yield node, Tree(Group(Mode.ALL, (*root.nodes[:place], *root.nodes[place + 1 :])))


def _row(one: _Gathered, unserved: Bitmap, city: FactColumns) -> ShuttingOut:
    shut = one.fails & unserved
    return ShuttingOut(
        one.criterion,
        len(one.products),
        count(shut),
        count(one.alone & unserved),
        count(one.missing & unserved),
        _numbers(shut, city),
    )


def _union(several: Iterable[Bitmap], nobody: Bitmap) -> Bitmap:
    found = nobody.copy()
    for one in several:
        found |= one
    return found


def _numbers(bitmap: Bitmap, city: FactColumns) -> tuple[int, ...]:
    places = np.flatnonzero(unpack(bitmap, len(city)))[:SAMPLE]
    return tuple(int(city.firm_nos[place]) for place in places)
