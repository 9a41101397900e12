"""On this date these products open: by time alone, or once the firm has done one thing. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from creditbridge.facts.actions import Action, ActionKind
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel.dates import add_months
from lenders.admission.tree import Tree
from lenders.products.rules import PublishedProduct
from matching.path.combining import Opened
from matching.path.rules import HORIZON_YEARS, time_events

_UNASKED = frozenset({ActionKind.REPORT, ActionKind.REFRESH, ActionKind.ASK})
"""What can be told or asked at any time is no date of a calendar."""


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """What opens on a date, by itself (no action) or after one; or which products stop taking applications then."""

    on: date
    actions: tuple[Action, ...]
    opens: tuple[PublishedProduct, ...]
    closes: tuple[PublishedProduct, ...] = ()

    @property
    def by_itself(self) -> bool:
        return all(action.kind is ActionKind.WAIT for action in self.actions)


@dataclass(frozen=True, slots=True)
class Openings:
    """What a calendar is made of: the firm, the actions there are, and every open product with its rule."""

    known: FirmFacts
    today: date
    actions: tuple[Action, ...]
    trees: tuple[Tree, ...]
    products: tuple[PublishedProduct, ...]
    opened: Opened


def calendar_of(city: Openings) -> list[CalendarEntry]:
    """The entries of a firm's calendar in the order of their dates, those that come by themselves first."""
    last = add_months(city.today, 12 * HORIZON_YEARS)
    entries = [*_by_time(city, last), *_by_doing(city, last), *_endings(city, last)]
    return sorted(entries, key=lambda entry: (entry.on, not entry.by_itself, [a.code for a in entry.actions]))


def _by_time(city: Openings, last: date) -> Iterable[CalendarEntry]:
    waited = [action for action in city.actions if action.kind is ActionKind.WAIT]
    days = {day for tree in city.trees for day in time_events(tree, city.known, city.today)}
    days |= {action.earliest_on for action in waited}
    days |= {product.terms.valid_from for product in city.products if product.terms.valid_from is not None}
    before = {product.public_id for product in city.opened((), city.today)}
    for on in sorted(day for day in days if city.today < day <= last):
        past = tuple(action for action in waited if action.earliest_on <= on)
        now = city.opened(past, on)
        opens = tuple(product for product in now if product.public_id not in before)
        if opens:
            due = tuple(action for action in past if action.earliest_on == on)
            yield CalendarEntry(on, due, opens)
        before = {product.public_id for product in now}


def _by_doing(city: Openings, last: date) -> Iterable[CalendarEntry]:
    """Each single thing to do, with what it must come after, on its earliest date."""
    now = {product.public_id for product in city.opened((), city.today)}
    best: dict[str, CalendarEntry] = {}
    by_slot = {action.slot: action for action in city.actions}
    for action in city.actions:
        if action.kind is ActionKind.WAIT or action.kind in _UNASKED or action.earliest_on > last:
            continue
        first = by_slot.get(action.after or "")
        together = (action,) if first is None else (first, action)
        on = max(one.earliest_on for one in together)
        alone = {product.public_id for product in city.opened((), on)} | now
        opens = tuple(row for row in city.opened(together, on) if row.public_id not in alone)
        held = best.get(action.slot)
        # Of several targets of one fact the nearest one that opens as much is enough.
        if opens and (held is None or len(opens) > len(held.opens)):
            best[action.slot] = CalendarEntry(on, together, opens)
    return best.values()


def _endings(city: Openings, last: date) -> Iterable[CalendarEntry]:
    """The days on which a product the firm qualifies for now stops taking applications."""
    ends: dict[date, list[PublishedProduct]] = {}
    for product in city.opened((), city.today):
        until = product.terms.valid_to
        if until is not None and until < last:
            ends.setdefault(until + timedelta(days=1), []).append(product)
    for on, closing in ends.items():
        yield CalendarEntry(on, (), (), tuple(closing))
