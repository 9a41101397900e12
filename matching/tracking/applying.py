"""How applications go: how many come how far, how long first decisions take, what is past its target."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from lenders.institutions.model import Branch, Lender
from lenders.institutions.service import all_lenders
from lenders.products import service as products
from matching.applications.clocks import DecisionClock, ServiceStatus, service_of
from matching.applications.model import Submission, SubmissionEvent
from matching.applications.rules import OPEN_STATES, SubmissionState
from matching.lines.dimensions import UNKNOWN, Dimension, Selection
from matching.tracking.figures import Clocks, FunnelCounts, median_in_days

APPLIED_BY = (Dimension.LENDER, Dimension.BRANCH, Dimension.PRODUCT)
"""What of a selection says something about applications as well as about lines."""
_STEPS = ("accept", "approve_terms", "accept_offer", "record_grant")


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """A lender's open applications, and how many of them are past their target."""

    lender: Words
    lender_id: str
    open: int
    overdue: int


def funnel(session: Session, actor: Actor, wanted: Selection) -> FunnelCounts:
    """How far the applications submitted in the selection's period came.

    Raises:
        NotFound: for a firm's account.
    """
    where = _conditions(session, actor, wanted)
    applied = session.scalar(select(func.count()).select_from(Submission).where(*where)) or 0
    steps = session.execute(
        select(SubmissionEvent.step, func.count(SubmissionEvent.submission_id.distinct()))
        .join(Submission, Submission.id == SubmissionEvent.submission_id)
        .where(*where, SubmissionEvent.step.in_(_STEPS))
        .group_by(SubmissionEvent.step)
    )
    reached = {step: count for step, count in steps}  # noqa: C416 - dict() of rows loses their types
    return FunnelCounts(applied, *(reached.get(step, 0) for step in _STEPS))


def clocks(session: Session, actor: Actor, wanted: Selection) -> Clocks:
    """Median days to the first decision on applications submitted in the period, and how the open ones stand now.

    Raises:
        NotFound: for a firm's account.
    """
    where = _conditions(session, actor, wanted)
    now = clock.now()
    decided = session.execute(
        select(Submission.started_at, Submission.paused_seconds, Submission.decided_at).where(
            *where, Submission.decided_at.is_not(None)
        )
    )
    taken = [DecisionClock(start, paused, None, end).seconds(now) for start, paused, end in decided]
    rows = [row for _, row in _open(session, where)]
    return Clocks(len(taken), median_in_days(taken), len(rows), sum(rows))


def overdue(session: Session, actor: Actor, wanted: Selection) -> list[OverdueRow]:
    """The lenders with open applications, those with the most past their target first.

    Raises:
        NotFound: for a firm's account.
    """
    counts: dict[int, list[bool]] = {}
    for lender_id, late in _open(session, _conditions(session, actor, wanted)):
        counts.setdefault(lender_id, []).append(late)
    rows = [
        OverdueRow(lender.name, lender.public_id, len(counts[lender.id]), sum(counts[lender.id]))
        for lender in all_lenders(session)
        if lender.id in counts
    ]
    return sorted(rows, key=lambda row: (-row.overdue, row.lender_id))


def _open(session: Session, where: list[ColumnElement[bool]]) -> list[tuple[int, bool]]:
    """The lender of each open application, and whether it is past its target."""
    now = clock.now()
    rows = session.execute(
        select(
            Submission.lender_id,
            Submission.state,
            Submission.started_at,
            Submission.paused_seconds,
            Submission.paused_since,
            Submission.decided_at,
        ).where(*where, Submission.state.in_([state.value for state in OPEN_STATES]))
    )
    found = []
    for lender_id, state, started, paused, since, decided in rows:
        target = service_of(DecisionClock(started, paused, since, decided), SubmissionState(state), now)
        found.append((lender_id, target is not None and target.status is ServiceStatus.OVERDUE))
    return found


def _conditions(session: Session, actor: Actor, wanted: Selection) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_scope(actor)]
    if wanted.granted_from is not None:
        found.append(Submission.started_at >= _begin(wanted.granted_from))
    if wanted.granted_to is not None:
        found.append(Submission.started_at < _begin(wanted.granted_to + timedelta(days=1)))
    for dimension in APPLIED_BY:
        key = wanted.picked.get(dimension)
        if key is not None and key != UNKNOWN:
            found.append(_under(session, dimension, key))
    return found


def _scope(actor: Actor) -> ColumnElement[bool]:
    if actor.is_platform:
        return Submission.id > 0
    if actor.is_lender:
        return Submission.lender_organisation_id == actor.organisation_id
    raise NotFound(Words("统计", "statistics"))


def _under(session: Session, dimension: Dimension, key: str) -> ColumnElement[bool]:
    if dimension is Dimension.LENDER:
        return Submission.lender_id == select(Lender.id).where(Lender.public_id == key).scalar_subquery()
    if dimension is Dimension.BRANCH:
        return Submission.branch_id == select(Branch.id).where(Branch.public_id == key).scalar_subquery()
    try:
        return Submission.product_id == products.published_product(session, key).product_id
    except NotFound:
        return Submission.id < 0


def _begin(day: date) -> datetime:
    """The first instant of a legal date."""
    return datetime.combine(day, time(), clock.LEGAL_ZONE).astimezone(UTC)
