"""Paths of one firm: to one product, to most products, and what opens on which date.

What an action changes is worked out by a simulator. The one built in lays the changed facts over those known; a room
that recomputes records, scores and labels takes its place by :func:`simulate_with`. Rooms that know more to do (a
record to repair) offer their actions by :func:`offer_with`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from matching.eligibility.rules import Verdict, verdict
from matching.eligibility.service import Match, match_of
from matching.path.calendar import CalendarEntry, Openings, calendar_of
from matching.path.combining import Bundle, best_bundles
from matching.path.options import labels_of, mending, options, tests_of
from matching.path.rules import Apply, Found, Path, Search, holds

Simulator: TypeAlias = Callable[[Session, int, frozenset[str]], Callable[[Sequence[Action], date], FirmFacts]]
"""Of a session, a firm's key and the labels that are asked about: what the firm's facts are after actions, on a date."""
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
    """All products a firm does not qualify for, those with the shortest path first, and what opens most of them.

    Of the products ``open_already``, ``open_but_asked`` still want what the application or the lender tells.
    """

    reachable: tuple[ClosedProduct, ...]
    unreachable: tuple[ClosedProduct, ...]
    bundles: tuple[Bundle, ...]
    open_already: int
    open_but_asked: int
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
    opened_by: dict[tuple[str, frozenset[str], date], bool] = field(default_factory=dict)
    rules: dict[str, tuple[Tree, frozenset[str]]] = field(default_factory=dict)

    def actions(self, trees: Sequence[Tree]) -> list[Action]:
        single = options(trees, self.known, self.today, beside=self.beside, with_derived=self.laid)
        if self.laid:
            return [*single, *self.offered]
        derived = frozenset(code for code, row in fact_actions().items() if row.derived) | {"labels"}
        if derived & tests_of(trees).keys():
            known = {action.code for action in single}
            single += [action for action in mending(self.known, self.today) if action.code not in known]
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

    def waits_for_others(self, product: PublishedProduct) -> bool:
        """Whether the firm is not eligible yet as things are known."""
        return verdict(rule_of(product), self.known, self.today, self.beside) is not Verdict.ELIGIBLE

    def opened(
        self, candidates: Sequence[PublishedProduct], actions: tuple[Action, ...], on: date
    ) -> tuple[PublishedProduct, ...]:
        """The candidates that hold on a date after some actions."""
        return tuple(
            product
            for product in candidates
            if product.terms.valid_on(on) and self._opens(product, actions, on)
        )

    def _opens(self, product: PublishedProduct, actions: tuple[Action, ...], on: date) -> bool:
        """Whether a product's rule holds; remembered by those of the actions that touch what it reads."""
        tree, reads = self._rule(product)
        moving = frozenset(action.code for action in actions if not reads.isdisjoint(action.touches))
        key = (product.public_id, moving, on)
        answer = self.opened_by.get(key)
        if answer is None:
            answer = holds(tree, self.apply(actions, on), on, self.beside)
            self.opened_by[key] = answer
        return answer

    def _rule(self, product: PublishedProduct) -> tuple[Tree, frozenset[str]]:
        """A product's rule, and everything it reads: looked up some thousand times a search, and slow to hash."""
        held = self.rules.get(product.public_id)
        if held is None:
            tree = rule_of(product)
            held = self.rules[product.public_id] = (tree, frozenset(tests_of([tree])))
        return held


def paths_to(
    session: Session, firm_id: int, product: PublishedProduct, *, beside: Beside | None = None
) -> ProductPaths:
    """How a firm comes to qualify for a product: alternatives, best first, each with all that it opens.

    Raises:
        NotFound: the product is for natural persons.
    """
    match = match_of(session, firm_id, product, beside=beside)
    everything = _open_products(session)
    firm = _firm(session, firm_id, beside, [product, *everything])
    found, closed = firm.paths(product), _closed(firm, everything)
    paths = tuple(ProductPath(path, firm.opened(closed, path.actions, path.on)) for path in found.paths)
    return ProductPaths(match, found, paths)


def overview(session: Session, firm_id: int, *, beside: Beside | None = None) -> Overview:
    """The paths to every product a firm does not qualify for, and the few actions that open most of them."""
    everything = _open_products(session)
    firm = _firm(session, firm_id, beside, everything)
    closed = _closed(firm, everything)
    shut = {product.public_id for product in closed}
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
        sum(firm.waits_for_others(product) for product in everything if product.public_id not in shut),
        firm.today,
    )


def calendar(session: Session, firm_id: int, *, beside: Beside | None = None) -> list[CalendarEntry]:
    """On which dates which products open to a firm: by themselves, or when the firm has done one thing."""
    everything = _open_products(session)
    firm = _firm(session, firm_id, beside, everything)
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


def _firm(session: Session, firm_id: int, beside: Beside | None, asking: Sequence[PublishedProduct]) -> _Firm:
    known, today = facts.facts_of(session, firm_id), clock.today()
    offered = tuple(action for source in _Hooks.sources for action in source(session, firm_id, today))
    simulator = _Hooks.simulator
    if simulator is None:
        return _Firm(known, beside or {}, today, _laying(known), offered, laid=True)
    labels = labels_of(rule_of(product) for product in asking)
    return _Firm(known, beside or {}, today, _kept(simulator(session, firm_id, labels)), offered, laid=False)


def _moving(action: Action, derived: frozenset[str]) -> Action:
    """An action on a fact that records are read for may move what follows from records too."""
    if action.kind in (ActionKind.REPORT, ActionKind.REFRESH, ActionKind.ASK):
        return action
    return replace(action, affects=action.affects | derived)


def _laying(known: FirmFacts) -> Apply:
    return lambda actions, on: lay(known, actions, on)


def _kept(simulated: Callable[[Sequence[Action], date], FirmFacts]) -> Apply:
    """A simulation with its answers kept: a search asks for the same set again and again."""
    kept: dict[tuple[frozenset[str], date], FirmFacts] = {}

    def apply(actions: tuple[Action, ...], on: date) -> FirmFacts:
        key = (frozenset(action.code for action in actions), on)
        if key not in kept:
            kept[key] = simulated(actions, on)
        return kept[key]

    return apply


def _open_products(session: Session) -> list[PublishedProduct]:
    return [product for product in products.published(session) if product.for_firms and product.is_open]


def _closed(firm: _Firm, everything: Sequence[PublishedProduct]) -> list[PublishedProduct]:
    """The open products a firm does not qualify for today, in the order they were made."""
    now = {product.public_id for product in firm.opened(everything, (), firm.today)}
    return [product for product in everything if product.public_id not in now]
