"""Paths of one firm: to one product, to most products, and what opens on which date.

What an action changes is worked out by a simulator. The one built in lays the changed facts over those known; a room
that recomputes records, scores and labels takes its place by :func:`simulate_with`. Rooms that know more to do (a
record to repair) offer their actions by :func:`offer_with`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeAlias

from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.actions import Action, ActionKind, fact_actions, lay
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from creditbridge.kernel import clock
from lenders.admission.tree import Tree
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.eligibility.admitting import rule_of
from matching.eligibility.service import Match, match_of
from matching.path.calendar import CalendarEntry, Openings, calendar_of
from matching.path.combining import Bundle, best_bundles
from matching.path.options import options
from matching.path.rules import Apply, Found, Path, Search, holds

Simulator: TypeAlias = Callable[[Session, int, Sequence[Action], date], FirmFacts]
Source: TypeAlias = Callable[[Session, int, date], Sequence[Action]]
Beside: TypeAlias = Mapping[str, FactValue]

SEARCHED_PRODUCTS = 400
"""A firm's paths to all products are looked for in so many at most; the page says when there were more."""


@dataclass(frozen=True, slots=True)
class ProductPath:
    """A path to one product, and every product that it opens."""

    path: Path
    opens: tuple[PublishedProduct, ...]


@dataclass(frozen=True, slots=True)
class ProductPaths:
    """A product read for a firm, with the paths to it, best first."""

    match: Match
    found: Found
    paths: tuple[ProductPath, ...]


@dataclass(frozen=True, slots=True)
class ClosedProduct:
    """A product the firm does not qualify for, with the paths to it."""

    product: PublishedProduct
    found: Found

    @property
    def best(self) -> Path | None:
        return self.found.paths[0] if self.found.paths else None


@dataclass(frozen=True, slots=True)
class Overview:
    """All products a firm does not qualify for, those with the shortest path first, and what opens most of them."""

    reachable: tuple[ClosedProduct, ...]
    unreachable: tuple[ClosedProduct, ...]
    bundles: tuple[Bundle, ...]
    open_already: int
    on: date


class _Hooks:
    """What rooms beside or above have plugged in, once a process."""

    simulator: Simulator | None = None
    sources: tuple[Source, ...] = ()


def simulate_with(simulator: Simulator | None) -> None:
    """Let a room work out what actions change; None goes back to laying facts over those known."""
    _Hooks.simulator = simulator


def offer_with(source: Source) -> None:
    """Add a room's own actions on a firm's records; harmless when done again."""
    if source not in _Hooks.sources:
        _Hooks.sources = (*_Hooks.sources, source)


@dataclass(frozen=True, slots=True)
class _Firm:
    """One firm as paths see it: what is known, what is asked for, how actions are applied."""

    known: FirmFacts
    beside: Beside
    today: date
    apply: Apply
    offered: tuple[Action, ...]
    laid: bool

    def actions(self, trees: Sequence[Tree]) -> list[Action]:
        single = options(trees, self.known, self.today, beside=self.beside, with_derived=self.laid)
        if self.laid:
            return [*single, *self.offered]
        derived = frozenset(code for code, row in fact_actions().items() if row.derived) | {"labels"}
        return [*(_moving(action, derived) for action in single), *self.offered]

    def paths(self, product: PublishedProduct) -> Found:
        tree = rule_of(product)
        search = Search(
            tree,
            self.apply,
            self.actions([tree]),
            self.today,
            self.beside,
            product.terms.valid_on,
            steady=self.laid,
        )
        return search.run()

    def opened(
        self, candidates: Sequence[PublishedProduct], actions: tuple[Action, ...], on: date
    ) -> tuple[PublishedProduct, ...]:
        """The candidates that hold on a date after some actions."""
        then = self.apply(actions, on)
        return tuple(
            product
            for product in candidates
            if product.terms.valid_on(on) and holds(rule_of(product), then, on, self.beside)
        )


def paths_to(
    session: Session, firm_id: int, product: PublishedProduct, *, beside: Beside | None = None
) -> ProductPaths:
    """How a firm comes to qualify for a product: alternatives, best first, each with all that it opens.

    Raises:
        NotFound: the product is for natural persons.
    """
    match = match_of(session, firm_id, product, beside=beside)
    firm = _firm(session, firm_id, beside)
    found, closed = firm.paths(product), _closed(session, firm)
    paths = tuple(ProductPath(path, firm.opened(closed, path.actions, path.on)) for path in found.paths)
    return ProductPaths(match, found, paths)


def overview(session: Session, firm_id: int, *, beside: Beside | None = None) -> Overview:
    """The paths to every product a firm does not qualify for, and the few actions that open most of them."""
    firm = _firm(session, firm_id, beside)
    everything, closed = _open_products(session), _closed(session, firm)
    rows = [ClosedProduct(product, firm.paths(product)) for product in closed[:SEARCHED_PRODUCTS]]
    reachable = sorted(
        (row for row in rows if row.best is not None),
        key=lambda row: (row.found.paths[0].size, row.found.paths[0].on, row.product.public_id),
    )
    bundles = best_bundles(
        [row.found.paths for row in reachable],
        lambda actions, on: firm.opened(closed, actions, on),
        firm.today,
    )
    return Overview(
        tuple(reachable),
        tuple(row for row in rows if row.best is None),
        tuple(bundles),
        len(everything) - len(closed),
        firm.today,
    )


def calendar(session: Session, firm_id: int, *, beside: Beside | None = None) -> list[CalendarEntry]:
    """On which dates which products open to a firm: by themselves, or when the firm has done one thing."""
    firm = _firm(session, firm_id, beside)
    everything = _open_products(session)
    trees = [rule_of(product) for product in everything]
    openings = Openings(
        known=firm.known,
        today=firm.today,
        actions=tuple(firm.actions(trees)),
        trees=tuple(trees),
        products=tuple(everything),
        opened=lambda actions, on: firm.opened(everything, actions, on),
    )
    return calendar_of(openings)


def _firm(session: Session, firm_id: int, beside: Beside | None) -> _Firm:
    known, today = facts.facts_of(session, firm_id), clock.today()
    offered = tuple(action for source in _Hooks.sources for action in source(session, firm_id, today))
    simulator = _Hooks.simulator
    apply = _laying(known) if simulator is None else _simulating(simulator, session, firm_id)
    return _Firm(known, beside or {}, today, apply, offered, simulator is None)


def _moving(action: Action, derived: frozenset[str]) -> Action:
    """An action on a fact that records are read for may move what follows from records too."""
    if action.kind in (ActionKind.REPORT, ActionKind.REFRESH, ActionKind.ASK):
        return action
    return replace(action, affects=action.affects | derived)


def _laying(known: FirmFacts) -> Apply:
    return lambda actions, on: lay(known, actions, on)


def _simulating(simulator: Simulator, session: Session, firm_id: int) -> Apply:
    """The simulator with its answers kept: a search asks for the same set again and again."""
    kept: dict[tuple[frozenset[str], date], FirmFacts] = {}

    def apply(actions: tuple[Action, ...], on: date) -> FirmFacts:
        key = (frozenset(action.code for action in actions), on)
        if key not in kept:
            kept[key] = simulator(session, firm_id, actions, on)
        return kept[key]

    return apply


def _open_products(session: Session) -> list[PublishedProduct]:
    return [product for product in products.published(session) if product.for_firms and product.is_open]


def _closed(session: Session, firm: _Firm) -> list[PublishedProduct]:
    """The open products a firm does not qualify for today, in the order they were made."""
    now = {product.public_id for product in firm.opened(_open_products(session), (), firm.today)}
    return [product for product in _open_products(session) if product.public_id not in now]
