"""How fast products are decided on and how likely terms are offered, for ranking and for product pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from math import ceil
from statistics import median

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel import clock
from matching.applications.clocks import SECONDS_A_DAY, DecisionClock
from matching.applications.model import Submission
from matching.applications.rules import SubmissionState
from matching.ranking.likelihood import Estimator, Likelihood, Outcome

LOOK_BACK = timedelta(days=365)
OUTCOMES_BACK = timedelta(days=730)
GRADE = "platform_grade"
OFFERED = (
    SubmissionState.OFFERED,
    SubmissionState.OFFER_ACCEPTED,
    SubmissionState.GRANTED,
    SubmissionState.CLOSED,
    SubmissionState.OFFER_DECLINED,
    SubmissionState.OFFER_EXPIRED,
)
"""The lender said yes, whatever the firm made of it."""
REFUSED = (SubmissionState.NOT_ACCEPTED, SubmissionState.REJECTED)
LEAST_DECISIONS = 5
"""Fewer say nothing of a product, and would tell of single firms."""


def median_days(session: Session, product_ids: Collection[int] | None = None) -> dict[int, int | None]:
    """Median days to the first decision over the last year by product key, rounded up to whole days.

    Products with fewer than :data:`LEAST_DECISIONS` decisions have None; without any they are left out.
    """
    now = clock.now()
    query = select(
        Submission.product_id, Submission.started_at, Submission.paused_seconds, Submission.decided_at
    ).where(Submission.decided_at > now - LOOK_BACK)
    if product_ids is not None:
        query = query.where(Submission.product_id.in_(product_ids))
    taken: dict[int, list[int]] = defaultdict(list)
    for product_id, started_at, paused_seconds, decided_at in session.execute(query):
        decided = DecisionClock(started_at, paused_seconds, decided_at=decided_at)
        taken[product_id].append(decided.seconds(now))
    return {product_id: _median(seconds) for product_id, seconds in taken.items()}


def _median(seconds: list[int]) -> int | None:
    return ceil(median(seconds) / SECONDS_A_DAY) if len(seconds) >= LEAST_DECISIONS else None


def outcomes(session: Session) -> list[Outcome]:
    """The decisions of the last two years by product, lender and the firm's grade when it applied."""
    offered = case((Submission.state.in_([state.value for state in OFFERED]), 1), else_=0)
    query = (
        select(
            Submission.product_id,
            Submission.lender_id,
            Submission.grade,
            func.sum(offered),
            func.count(),
        )
        .where(
            Submission.decided_at > clock.now() - OUTCOMES_BACK,
            Submission.state.in_([state.value for state in (*OFFERED, *REFUSED)]),
        )
        .group_by(Submission.product_id, Submission.lender_id, Submission.grade)
    )
    return [
        Outcome(product_id, lender_id, grade, int(yes), count - int(yes))
        for product_id, lender_id, grade, yes, count in session.execute(query)
    ]


def likelihoods(
    session: Session, firm_id: int, products: Collection[tuple[int, int]]
) -> dict[int, Likelihood | None]:
    """How likely each product (key, lender's key) offers terms to a firm of this one's grade."""
    estimator, grade = Estimator.of(outcomes(session)), grade_of(facts.facts_of(session, firm_id))
    return {
        product_id: estimator.likelihood(product_id, lender_id, grade) for product_id, lender_id in products
    }


def measures(
    session: Session, firm_id: int, products: Collection[tuple[int, int]]
) -> tuple[dict[int, int | None], dict[int, Likelihood | None]]:
    """Speed and likelihood together, as rankings outside applications ask for them."""
    days = median_days(session, [product_id for product_id, _ in products])
    return days, likelihoods(session, firm_id, products)


def grade_of(known: FirmFacts) -> str | None:
    """A firm's grade on the platform's scale."""
    held = known.values.get(GRADE)
    return str(held.value) if held is not None else None
