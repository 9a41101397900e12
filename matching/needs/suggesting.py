"""Who suits whom: the lenders a need is shown to, how well each suits from both sides, and one suggestion for each need.

From the firm's side a product counts as in its ranking (cost, likelihood, fit, speed). From the lender's side counts what
it knows of an unnamed firm: whether its conditions are met, the grade, and how much of the amount its range covers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from creditbridge.facts.catalogue import scales
from creditbridge.kernel import clock
from lenders.browsing.rules import loan_facts
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.eligibility import service as eligibility
from matching.eligibility.rules import Verdict
from matching.needs.assigning import Edge, Room, assign
from matching.needs.model import FinancingNeed, NeedLender
from matching.needs.rules import NeedState, PartState, clocks_on
from matching.ranking.likelihood import Likelihood
from matching.ranking.rules import Need
from matching.ranking.service import RankedMatch, rank_matches

Measures: TypeAlias = tuple[Mapping[int, int | None], Mapping[int, Likelihood | None]]
"""Median days and likelihood by product key."""
Measuring: TypeAlias = Callable[[Session, int, Sequence[tuple[int, int]]], Measures]

MET, OPEN_STILL = 100, 60
"""What a lender's side gives for conditions all met, and for some still open."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A lender's best product for a need, and how well they suit from each side, 0 to 100."""

    product: PublishedProduct
    verdict: Verdict
    firm_score: int
    lender_score: int


class _Hooks:
    measuring: Measuring | None = None


def measure_with(measuring: Measuring) -> None:
    """Let the room of applications, above, say how fast and how likely products are."""
    _Hooks.measuring = measuring


def fitting(session: Session, need: FinancingNeed) -> list[Fit]:
    """For each lender the product that suits a need best, of those open to the firm for this amount."""
    beside = loan_facts(need.amount_fen, need.term_months, need.purpose, clock.today())
    matches = [
        match
        for match in eligibility.matches_of(session, need.firm_id, beside=beside)
        if match.may_apply and _covers(match.product, need.amount_fen)
    ]
    keys = [(match.product.product_id, match.product.lender.id) for match in matches]
    days, likely = _Hooks.measuring(session, need.firm_id, keys) if _Hooks.measuring else ({}, {})
    ranked = rank_matches(
        matches, Need(need.amount_fen, need.term_months), median_days=days, likelihoods=likely
    )
    best: dict[int, Fit] = {}
    for row in ranked:
        best.setdefault(row.match.product.lender.id, _fit(row, need.grade))
    return list(best.values())


def suggest(session: Session) -> int:
    """Give every open need one lender, all together within what lenders can take; answers how many got one."""
    needs = session.scalars(
        select(FinancingNeed)
        .where(FinancingNeed.state.in_((NeedState.POSTED.value, NeedState.RESPONDED.value)))
        .options(selectinload(FinancingNeed.parts))
        .order_by(FinancingNeed.id)
    ).all()
    parts = {
        (need.id, part.lender_id): part
        for need in needs
        for part in need.parts
        if part.state_now in (PartState.INVITED, PartState.INTERESTED)
    }
    edges = [
        Edge(part.need_id, part.lender_id, part.product_id, part.score, part.need.amount_fen)
        for part in parts.values()
    ]
    chosen = {(edge.need, edge.lender) for edge in assign(edges, _room(session, edges))}
    for key, part in parts.items():
        if part.suggested != (key in chosen):
            part.suggested = key in chosen
    session.flush()
    return len(chosen)


def _room(session: Session, edges: Sequence[Edge]) -> Room:
    """What lenders can still take: so many needs at once, less those they are already in touch with."""
    at_once = clocks_on(clock.today()).lender_at_once
    lenders = {edge.lender for edge in edges}
    busy = Counter(
        session.scalars(
            select(NeedLender.lender_id).where(
                NeedLender.lender_id.in_(lenders), NeedLender.state == PartState.REVEALED.value
            )
        )
    )
    left: dict[int, int] = {}
    for product in {edge.product for edge in edges}:
        quota = products.quota_left(session, product)
        if quota is not None:
            left[product] = quota
    return Room({lender: max(0, at_once - busy[lender]) for lender in lenders}, left)


def _covers(product: PublishedProduct, amount_fen: int) -> bool:
    terms = product.terms
    return (terms.amount_min_fen is None or terms.amount_min_fen <= amount_fen) and (
        terms.amount_max_fen is None or amount_fen <= terms.amount_max_fen
    )


def _fit(row: RankedMatch, grade: str | None) -> Fit:
    match = row.match
    return Fit(match.product, match.verdict, row.ranked.score, lender_score(match.verdict, grade))


def lender_score(verdict: Verdict, grade: str | None) -> int:
    """From the lender's side, 0 to 100: conditions count for six parts in ten, the grade for four."""
    met = MET if verdict is Verdict.ELIGIBLE else OPEN_STILL
    grades = list(scales()["platform_grade"].grades)
    by_grade = 50 if grade not in grades else 100 - 100 * grades.index(grade) // len(grades)
    return (6 * met + 4 * by_grade) // 10
