"""How fast products are decided on, for ranking and for product pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta
from math import ceil
from statistics import median

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from matching.applications.clocks import SECONDS_A_DAY, DecisionClock
from matching.applications.model import Submission

LOOK_BACK = timedelta(days=365)
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
