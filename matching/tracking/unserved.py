"""Counting the firms that no product serves, once a day or when the administrator asks, and reading the last count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.facts import service as facts
from creditbridge.facts.columns import columns_of
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store import change_counter, outbox
from creditbridge.store.database import Database
from lenders.admission.sentence import criterion_sentence
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.eligibility.admitting import rule_of
from matching.tracking.exclusion import Exclusion, ShuttingOut, exclusion_of
from matching.tracking.model import ExclusionCount, ExclusionCriterion

RECOUNT = "tracking.recount"
KEPT = 40
"""So many criteria are kept of a count, those that shut out most."""


def count(session: Session) -> ExclusionCount:
    """Count the city as it is; a count of the same day is replaced."""
    return _kept(session, _counted(session))


def count_beside(database: Database) -> None:
    """The same with no transaction open that writes while the whole city is read: others may write meanwhile."""
    with database.read() as session:
        counted = _counted(session)
    with database.write() as session:
        _kept(session, counted)


@dataclass(frozen=True, slots=True)
class _Counted:
    on: date
    change_seq: int
    told: Exclusion


def _counted(session: Session) -> _Counted:
    today, seq = clock.today(), change_counter.current(session)
    rules = [rule_of(product) for product in products.published(session) if _serves(product)]
    city = columns_of((known for _, known in facts.all_facts(session)), seq)
    return _Counted(today, seq, exclusion_of(city, rules, today))


def _kept(session: Session, counted: _Counted) -> ExclusionCount:
    told = counted.told
    before = select(ExclusionCount.id).where(ExclusionCount.on_day == counted.on).scalar_subquery()
    session.execute(delete(ExclusionCriterion).where(ExclusionCriterion.count_id == before))
    session.execute(delete(ExclusionCount).where(ExclusionCount.on_day == counted.on))
    made = ExclusionCount(
        on_day=counted.on,
        change_seq=counted.change_seq,
        firms=told.firms,
        unserved=told.unserved,
        closed_out=told.closed_out,
        firm_nos=list(told.firm_nos),
        criteria=[_row(place, row) for place, row in enumerate(told.criteria[:KEPT], start=1)],
    )
    session.add(made)
    session.flush()
    return made


def ask_for_count(session: Session, actor: Actor) -> None:
    """Have the count made anew in the background."""
    outbox.emit(session, RECOUNT)
    record_as(session, actor, "tracking.recount", subject_kind="exclusion_count", subject_id="")


def latest(session: Session) -> ExclusionCount | None:
    """The newest count there is."""
    return session.scalar(select(ExclusionCount).order_by(ExclusionCount.on_day.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Behind:
    """The first firms behind a figure of the newest count: all unserved ones, or those a criterion shuts out."""

    counted: ExclusionCount | None
    criterion: ExclusionCriterion | None
    firms: Sequence[Firm]

    @property
    def total(self) -> int:
        if self.criterion is not None:
            return self.criterion.shut_out
        return self.counted.unserved if self.counted else 0


def firms_of(session: Session, place: int | None) -> Behind:
    """The firms behind a figure; ``place`` is that of a criterion. Before the first count there are none.

    Raises:
        NotFound: there is no such criterion in the newest count.
    """
    found = latest(session)
    criteria = found.criteria if found else []
    row = next((each for each in criteria if each.place == place), None)
    if place is not None and row is None:
        raise NotFound(Words("条件", "criterion"))
    numbers = row.firm_nos if row else found.firm_nos if found else []
    firms = session.scalars(select(Firm).where(Firm.firm_no.in_(numbers)).order_by(Firm.firm_no)).all()
    return Behind(found, row, firms)


def _serves(product: PublishedProduct) -> bool:
    return product.for_firms and product.is_open


def _row(place: int, row: ShuttingOut) -> ExclusionCriterion:
    return ExclusionCriterion(
        place=place,
        criterion=row.criterion.to_json(),
        sentence=criterion_sentence(row.criterion).as_json(),
        products=row.products,
        shut_out=row.shut_out,
        alone=row.alone,
        missing=row.missing,
        firm_nos=list(row.firm_nos),
    )
