"""The lender's queue: what waits, for whom, and how its clock stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session

from creditbridge.access.model import User
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from lenders.institutions.model import Branch
from matching.applications.clocks import Service, ServiceStatus, service_of
from matching.applications.model import Submission
from matching.applications.rules import OPEN_STATES, SubmissionState
from matching.conflicts import service as conflicts

PAGE = 50
MOST_EXPORTED = 5_000
MOST_SORTED = 2_000


class Whose(StrEnum):
    """Which part of the queue: one's own work, the branch's, all of the lender's."""

    MINE = "mine"
    TEAM = "team"
    ALL = "all"


WHOSE_WORDS = {
    Whose.MINE: Words("我的", "Mine"),
    Whose.TEAM: Words("本网点", "My branch"),
    Whose.ALL: Words("全部", "All"),
}

REVIEWER_STATES = (
    SubmissionState.SUBMITTED,
    SubmissionState.ACCEPTED,
    SubmissionState.UNDER_REVIEW,
    SubmissionState.OFFER_ACCEPTED,
)
APPROVER_STATES = (SubmissionState.PENDING_APPROVAL,)

SORTS = ("started_at", "applied_fen", "firm_name")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; ``sort`` is one of :data:`SORTS`, with ``-`` for descending."""

    whose: Whose = Whose.TEAM
    state: SubmissionState | None = None
    branch_id: str | None = None
    officer_id: str | None = None
    text: str = ""
    open_only: bool = True
    sent_from: date | None = None
    sent_to: date | None = None
    due_by: date | None = None
    sort: str = "started_at"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One submission in the queue: nothing of it needs a consent, for it is what the firm sent to this lender."""

    submission: Submission
    branch: Words | None
    officer: str | None
    service: Service | None
    kept_away: bool = False
    """Whether the officer who looks has an interest in the firm: the row is seen and nothing can be done."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that should not wait: how many, and which part of the queue shows them."""

    words: Words
    count: int
    tone: str
    filters: dict[str, Any]


def page_of(
    session: Session, actor: Actor, filters: Filters, *, cursor: int | None = None, limit: int = PAGE
) -> tuple[Sequence[QueueRow], int | None]:
    """A page of the lender's queue; the cursor is the number of rows before it (None at the end)."""
    start = cursor or 0
    query = _ordered(_query(session, actor, filters), filters.sort).offset(start).limit(limit + 1)
    rows = _marked(session, actor, _rows(session, query))
    return rows[:limit], start + limit if len(rows) > limit else None


def all_of(session: Session, actor: Actor, filters: Filters) -> Sequence[QueueRow]:
    """Everything the filters show, for a file."""
    return _rows(session, _ordered(_query(session, actor, filters), filters.sort).limit(MOST_EXPORTED))


def row_of(session: Session, submission: Submission) -> QueueRow:
    """One submission, already found for this lender, as a row of the queue."""
    return _as_rows(session, [submission])[0]


def neighbours(
    session: Session, actor: Actor, filters: Filters, submission_id: str
) -> tuple[str | None, str | None]:
    """The public ids before and after a submission in the queue as filtered, so that one goes on without going back.

    One that has just left the queue by a step taken keeps its place, so that the next one is still the next one.
    """
    query = _ordered(_query(session, actor, filters, with_id=submission_id), filters.sort)
    ids = session.scalars(query.with_only_columns(Submission.public_id).limit(MOST_SORTED)).all()
    if submission_id not in ids:
        return None, None
    place = ids.index(submission_id)
    return (ids[place - 1] if place else None, ids[place + 1] if place + 1 < len(ids) else None)


def count_by_state(session: Session, actor: Actor, whose: Whose) -> dict[SubmissionState, int]:
    """How many submissions in flight are in each state."""
    query = _query(session, actor, Filters(whose=whose))
    rows = session.execute(
        query.with_only_columns(Submission.state, func.count()).order_by(None).group_by(Submission.state)
    )
    return {SubmissionState(state): count for state, count in rows}


def alerts(session: Session, actor: Actor) -> list[Alert]:
    """What of the lender's open work is overdue, due today, or nobody's."""
    rows = _rows(session, _query(session, actor, Filters(whose=Whose.TEAM)).limit(MOST_SORTED))
    status = [row.service.status for row in rows if row.service is not None]
    unassigned = sum(row.submission.officer_id is None for row in rows)
    found = [
        Alert(
            Words("{n} 笔申请已超出办理时限", "{n} past their target"),
            status.count(ServiceStatus.OVERDUE),
            "danger",
            {},
        ),
        Alert(
            Words("{n} 笔申请今天到期", "{n} due today"),
            status.count(ServiceStatus.DUE_SOON),
            "warning",
            {},
        ),
        Alert(
            Words("{n} 笔申请尚未分配经办人", "{n} without an officer"),
            unassigned,
            "info",
            {"state": SubmissionState.SUBMITTED.value},
        ),
    ]
    return [replace(alert, words=alert.words.fill(n=alert.count)) for alert in found if alert.count]


def for_desk(session: Session, actor: Actor, whose: Whose, limit: int = 8) -> Sequence[QueueRow]:
    """What waits for the actor or the team to act on, the oldest first."""
    states = (
        APPROVER_STATES if actor.has_role(Role.LENDER_APPROVER) and whose is Whose.MINE else REVIEWER_STATES
    )
    query = _query(session, actor, Filters(whose=whose)).where(
        Submission.state.in_([each.value for each in states]), *_not_kept_away(session, actor)
    )
    return _rows(session, _ordered(query, "started_at").limit(limit))


def _query(
    session: Session, actor: Actor, filters: Filters, *, with_id: str | None = None
) -> Select[Submission]:
    mine = Submission.lender_organisation_id == actor.organisation_id
    wanted = and_(true(), *_conditions(session, actor, filters))
    if with_id is not None:
        wanted = or_(wanted, Submission.public_id == with_id)
    return select(Submission).where(mine, wanted)


def _conditions(session: Session, actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    conditions += _whose(actor, filters.whose)
    if filters.whose is Whose.MINE:
        conditions += _not_kept_away(session, actor)
    if filters.state is not None:
        conditions.append(Submission.state == filters.state.value)
    elif filters.open_only:
        conditions.append(Submission.state.in_([state.value for state in OPEN_STATES]))
    if filters.branch_id:
        branch = select(Branch.id).where(Branch.public_id == filters.branch_id).scalar_subquery()
        conditions.append(Submission.branch_id == branch)
    if filters.officer_id:
        officer = select(User.id).where(User.public_id == filters.officer_id).scalar_subquery()
        conditions.append(Submission.officer_id == officer)
    if filters.sent_from is not None:
        conditions.append(Submission.started_at >= clock.start_of_day(filters.sent_from))
    if filters.sent_to is not None:
        conditions.append(Submission.started_at < clock.start_of_day(filters.sent_to + timedelta(days=1)))
    if filters.due_by is not None:
        conditions.append(Submission.id.in_(_due_by(session, actor, filters.due_by)))
    if filters.text:
        conditions.append(
            or_(
                Submission.firm_name.contains(filters.text, autoescape=True),
                Submission.firm_uscc == filters.text.upper(),
                Submission.public_id == filters.text.lower(),
            )
        )
    return conditions


def _due_by(session: Session, actor: Actor, last: date) -> list[int]:
    """Open submissions of the lender whose target falls on a day or before; a clock that stands still is not due."""
    now = clock.now()
    rows = session.scalars(
        select(Submission)
        .where(
            Submission.lender_organisation_id == actor.organisation_id,
            Submission.state.in_([state.value for state in OPEN_STATES]),
        )
        .order_by(Submission.started_at)
        .limit(MOST_SORTED)
    ).all()
    services = [(row.id, service_of(row.decision_clock, row.state_now, now)) for row in rows]
    return [key for key, service in services if service is not None and service.is_due_by(last)]


def _not_kept_away(session: Session, actor: Actor) -> list[ColumnElement[bool]]:
    """Nobody's own work is a firm that they have an interest in."""
    firms = conflicts.firms_of(session, actor)
    return [Submission.firm_id.not_in(firms)] if firms else []


def _marked(session: Session, actor: Actor, rows: list[QueueRow]) -> list[QueueRow]:
    firms = conflicts.firms_of(session, actor)
    return [replace(row, kept_away=row.submission.firm_id in firms) for row in rows]


def _whose(actor: Actor, whose: Whose) -> list[ColumnElement[bool]]:
    """An approver's own queue is what waits for approval; a reviewer's is what they handle."""
    if whose is Whose.MINE:
        if actor.has_role(Role.LENDER_APPROVER):
            return [Submission.state == SubmissionState.PENDING_APPROVAL.value]
        return [Submission.officer_id == actor.user_id]
    if whose is Whose.TEAM and actor.branch_id is not None:
        return [or_(Submission.branch_id == actor.branch_id, Submission.branch_id.is_(None))]
    return []


def _ordered(query: Select[Submission], sort: str) -> Select[Submission]:
    name = sort.removeprefix("-")
    column = getattr(Submission, name if name in SORTS else SORTS[0])
    return query.order_by(column.desc() if sort.startswith("-") else column, Submission.id)


def _rows(session: Session, query: Select[Submission]) -> list[QueueRow]:
    return _as_rows(session, session.scalars(query).all())


def _as_rows(session: Session, found: Sequence[Submission]) -> list[QueueRow]:
    officers = _names(session, {row.officer_id for row in found if row.officer_id is not None})
    branches = _branches(session, {row.lender_id for row in found})
    now = clock.now()
    return [
        QueueRow(
            row,
            branches.get(row.branch_id) if row.branch_id else None,
            officers.get(row.officer_id) if row.officer_id else None,
            service_of(row.decision_clock, row.state_now, now),
        )
        for row in found
    ]


def _names(session: Session, user_ids: set[int]) -> dict[int, str]:
    rows = session.execute(select(User.id, User.name).where(User.id.in_(user_ids)))
    return dict(rows.all())


def _branches(session: Session, lender_ids: set[int]) -> dict[int, Words]:
    return {
        branch.id: branch.words
        for lender_id in lender_ids
        for branch in institutions.branches_of(session, lender_id)
    }
