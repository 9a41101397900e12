"""Measuring the slow parts on the data that is there: how long a firm waits for its matches, a lender for its counts.

What is measured reads; nothing is written.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from creditbridge.facts import service as facts
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from lenders.products import service as products
from matching.eligibility import service as eligibility
from matching.index import service as index

SAMPLE = 200


@dataclass(frozen=True, slots=True)
class Measured:
    """How long one kind of call took, in milliseconds."""

    name: str
    calls: int
    first_ms: float
    median_ms: float
    p95_ms: float


def measure(database: Database, *, sample: int = SAMPLE) -> list[Measured]:
    """Measure each kind of call on at most ``sample`` firms and on every published product."""
    with database.read() as session:
        firm_ids = session.scalars(select(Firm.id).order_by(Firm.id).limit(sample)).all()
        published = products.published(session)
        rows = [
            _timed("facts of one firm", firm_ids, lambda firm_id: facts.facts_of(session, firm_id)),
            _timed(
                "every product for one firm",
                firm_ids,
                lambda firm_id: eligibility.matches_of(session, firm_id),
            ),
            _timed(
                "every firm for one product",
                [product.version_id for product in published if product.for_firms],
                lambda version_id: index.counts(session, version_id),
            ),
        ]
        return [row for row in rows if row is not None]


def _timed(name: str, arguments: Iterable[int], call: Callable[[int], object]) -> Measured | None:
    times = list(_times(arguments, call))
    if not times:
        return None
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return Measured(name, len(times), times[0], statistics.median(times), p95)


def _times(arguments: Iterable[int], call: Callable[[int], object]) -> Iterator[float]:
    for argument in arguments:
        begun = time.perf_counter()
        call(argument)
        yield (time.perf_counter() - begun) * 1000
