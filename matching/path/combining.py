"""Which few actions open most products: every small set out of those that stand in the products' own paths. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import TypeAlias

from creditbridge.facts.actions import Action
from lenders.products.rules import PublishedProduct
from matching.path.rules import Path

Opened: TypeAlias = Callable[[tuple[Action, ...], date], tuple[PublishedProduct, ...]]

MOST_TOGETHER = 3
POOL = 12


@dataclass(frozen=True, slots=True)
class Bundle:
    """Actions to be taken together by a date, and every product they open."""

    actions: tuple[Action, ...]
    on: date
    opens: tuple[PublishedProduct, ...]


def best_bundles(paths: Sequence[Sequence[Path]], opened: Opened, today: date) -> list[Bundle]:
    """For one, two and three actions the set that opens most; a larger set only where it opens more.

    Args:
        paths: for each product the paths to it.
        opened: which products open after some actions on a date.
        today: the legal date.
    """
    pool = _pool(paths)
    found: list[Bundle] = []
    for size in range(1, MOST_TOGETHER + 1):
        best: tuple[int, int, Bundle] | None = None
        for chosen in combinations(pool, size):
            if not _fit_together(chosen):
                continue
            on = max((action.earliest_on for action in chosen), default=today)
            if _promised(paths, chosen, on) == 0:
                continue
            bundle = Bundle(_in_order(chosen), on, opened(chosen, on))
            rank = (len(bundle.opens), -on.toordinal())
            if best is None or rank > best[:2]:
                best = (*rank, bundle)
        if best is not None and (not found or len(best[2].opens) > len(found[-1].opens)):
            found.append(best[2])
    return found


def _pool(paths: Iterable[Sequence[Path]]) -> list[Action]:
    """The actions that stand in the paths of most products."""
    named: dict[str, Action] = {}
    counted: Counter[str] = Counter()
    for alternatives in paths:
        here = {action.code: action for path in alternatives for action in path.actions}
        named |= here
        counted.update(here.keys())
    ranked = sorted(counted, key=lambda code: (-counted[code], named[code].earliest_on, code))
    return [named[code] for code in ranked[:POOL]]


def _fit_together(chosen: Sequence[Action]) -> bool:
    slots = {action.slot for action in chosen}
    return len(slots) == len(chosen)


def _promised(paths: Iterable[Sequence[Path]], chosen: Iterable[Action], on: date) -> int:
    """How many products have a path within the chosen actions: whether it is worth looking closer."""
    codes = {action.code for action in chosen}
    return sum(any(path.codes <= codes and path.on <= on for path in each) for each in paths)


def _in_order(chosen: Iterable[Action]) -> tuple[Action, ...]:
    return tuple(sorted(chosen, key=lambda action: (action.earliest_on, action.effort, action.code)))
