"""Which products a firm qualifies for, and how many firms of the city qualify for a product.

Matching reads facts only to answer the firm itself or to count; whoever shows counts to a lender protects them
(``matching.whatif.protecting``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactValue, FirmFacts
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.store import change_counter
from creditbridge.store.database import ReadSession
from lenders.admission.tree import Tree
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.eligibility.admitting import rule_of
from matching.eligibility.rules import Explanation, Verdict, amount_limit, explain, verdict

Beside = Mapping[str, FactValue]
"""What is known beside the firm's own facts, by fact code."""
HELD_FIRMS = 20_000
"""Facts of the whole city are held in memory between counts up to this many firms."""


@dataclass(frozen=True)
class Match:
    """A product read for a firm on a legal date. ``change_seq`` names the facts the answer rests on.

    The verdict is there at once; every criterion is read when somebody asks why. Both come of the same ``known`` facts.
    """

    product: PublishedProduct
    rule: Tree
    verdict: Verdict
    known: FirmFacts
    beside: Beside
    on: date
    change_seq: int

    @cached_property
    def explanation(self) -> Explanation:
        """Every criterion with its value, source and verdict."""
        return explain(
            self.rule,
            self.known,
            on=self.on,
            beside=self.beside,
            amount=self.product.amount_formula,
        )

    @property
    def takes_applications(self) -> bool:
        """Whether the product is open and within its period, whoever asks."""
        return self.product.is_open and self.product.terms.valid_on(self.on)

    @property
    def may_apply(self) -> bool:
        """Eligible and tentative firms may apply; an ineligible one sees why not."""
        return self.takes_applications and self.verdict is not Verdict.NOT_ELIGIBLE

    @property
    def most_fen(self) -> int | None:
        """The most this firm could get under the product, as far as it is known."""
        limits = [self.product.terms.amount_max_fen]
        amount = amount_limit(self.product.amount_formula, self.known, self.on, self.beside)
        if amount is not None:
            limits.append(amount.most_fen)
        return min((limit for limit in limits if limit is not None), default=None)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many firms of the city have each verdict on a product."""

    eligible: int
    tentative: int
    not_eligible: int

    @property
    def total(self) -> int:
        return self.eligible + self.tentative + self.not_eligible


NOBODY = Counts(0, 0, 0)


def matches_of(
    session: Session, firm_id: int, *, beside: Beside | None = None, on: date | None = None
) -> list[Match]:
    """Every published product for firms, read for one firm; in the order products were made.

    Args:
        session: the caller's unit of work.
        firm_id: the firm's key.
        beside: what is known of the loan asked for, by fact code (:func:`lenders.browsing.rules.loan_facts`).
        on: the legal date, today if left out.
    """
    known = facts.facts_of(session, firm_id)
    day, seq = on or clock.today(), change_counter.current(session)
    return [
        Match(product, rule, verdict(rule, known, day, beside), known, beside or {}, day, seq)
        for product, rule in _offers(session)
    ]


def match_of(
    session: Session,
    firm_id: int,
    product: PublishedProduct,
    *,
    beside: Beside | None = None,
    on: date | None = None,
) -> Match:
    """One product read for one firm.

    Raises:
        NotFound: the product is for natural persons and never matched to a firm.
    """
    if not product.for_firms:
        raise NotFound(Words("面向企业的产品", "product for firms"))
    known = facts.facts_of(session, firm_id)
    day, seq = on or clock.today(), change_counter.current(session)
    rule = rule_of(product)
    return Match(product, rule, verdict(rule, known, day, beside), known, beside or {}, day, seq)


def counts(session: Session, version_id: int, *, on: date | None = None) -> Counts:
    """How many firms of the whole city have each verdict on a version of a product; exact.

    Held in this process until a fact or a product changes. A product for natural persons counts nobody.

    Raises:
        NotFound: there is no such version.
    """
    day = on or clock.today()
    city = _city(session)
    held = city.counts.get((version_id, day))
    if held is None:
        held = _count(products.version(session, version_id), city, session, day)
        city.counts[(version_id, day)] = held
    return held


@dataclass(slots=True)
class _City:
    """What is held of one state of the city."""

    change_seq: int
    counts: dict[tuple[int, date], Counts] = field(default_factory=dict)
    firms: Sequence[FirmFacts] | None = None


_cities: WeakKeyDictionary[Engine, _City] = WeakKeyDictionary()


def _city(session: Session) -> _City:
    """The city as this session sees it. A writing session may see what is never committed, so it holds nothing."""
    seq = change_counter.current(session)
    if not isinstance(session, ReadSession):
        return _City(seq)
    engine = _engine(session)
    held = _cities.get(engine)
    if held is None or held.change_seq != seq:
        held = _City(seq)
        _cities[engine] = held
    return held


def _engine(session: Session) -> Engine:
    bind: Any = session.get_bind()
    return bind.engine if isinstance(bind, Connection) else bind


def _count(product: PublishedProduct, city: _City, session: Session, day: date) -> Counts:
    if not product.for_firms:
        return NOBODY
    tree = rule_of(product)
    found = Counter(verdict(tree, known, day) for known in _firms(city, session))
    return Counts(found[Verdict.ELIGIBLE], found[Verdict.TENTATIVE], found[Verdict.NOT_ELIGIBLE])


def _firms(city: _City, session: Session) -> Sequence[FirmFacts]:
    if city.firms is not None:
        return city.firms
    firms = [known for _, known in facts.all_facts(session)]
    if len(firms) <= HELD_FIRMS:
        city.firms = firms
    return firms


def _offers(session: Session) -> Sequence[tuple[PublishedProduct, Tree]]:
    """Every published product for firms with its whole rule, put together once for as long as the market stands so."""
    published, engine = products.published(session), _engine(session)
    held = _markets.get(engine)
    if held is None or held.published is not published:
        held = _Market(published, [(row, rule_of(row)) for row in published if row.for_firms])
        _markets[engine] = held
    return held.offers


@dataclass(frozen=True, slots=True)
class _Market:
    """The published products as they were read, which nobody changes, and what is matched of them."""

    published: Sequence[PublishedProduct]
    offers: Sequence[tuple[PublishedProduct, Tree]]


_markets: WeakKeyDictionary[Engine, _Market] = WeakKeyDictionary()
