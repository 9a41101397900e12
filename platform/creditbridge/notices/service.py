"""Use cases of notices: put one before somebody, settle a to-do, list and read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.notices import mail_sending
from creditbridge.notices.kinds import KINDS
from creditbridge.notices.model import Notice, NoticeReading
from creditbridge.notices.rules import Said, say
from creditbridge.store import outbox

PAGE = 30
WRITE_MAILS = "notices.write_mails"
MOST_COUNTED = 100
"""Counting stops here: a page shows 99+."""


class Show(StrEnum):
    """Which notices a list holds."""

    ALL = "all"
    UNREAD = "unread"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Listed:
    """A notice with its words and whether this person has read it."""

    notice: Notice
    said: Said
    is_read: bool


def notify(
    session: Session,
    *,
    organisation_id: int,
    kind: str,
    params: Mapping[str, Any] | None = None,
    link: tuple[str, Mapping[str, Any]] | None = None,
    todo: bool = False,
    subject: tuple[str, str] = ("", ""),
    user_id: int | None = None,
    roles: Collection[Role] | None = None,
    branch_id: int | None = None,
    due_on: date | None = None,
) -> Notice:
    """Put a notice before an organisation, in the caller's transaction.

    Args:
        session: the caller's unit of work.
        organisation_id: whom it is for.
        kind: a key of :data:`~creditbridge.notices.kinds.KINDS`.
        params: what fills the kind's words, JSON-safe (see :func:`~creditbridge.notices.rules.say`).
        link: endpoint and values of the page where the thing is.
        todo: whether something is to be done; it stays until :func:`settle` closes it.
        subject: kind and public id of the thing it is about.
        user_id: only for this person.
        roles: only for these roles.
        branch_id: only for members of this branch, and members of none.
        due_on: the legal date by which the to-do should be done.

    Raises:
        KeyError: no such kind; an error of the program.
    """
    say(KINDS[kind], params or {})
    endpoint, values = link or ("", {})
    notice = Notice(
        organisation_id=organisation_id,
        user_id=user_id,
        branch_id=branch_id,
        roles=f" {' '.join(sorted(role.value for role in roles))} " if roles else "",
        kind=kind,
        params=dict(params or {}),
        link_endpoint=endpoint,
        link_values=dict(values),
        subject_kind=subject[0],
        subject_id=subject[1],
        is_todo=todo,
        due_on=due_on.isoformat() if due_on else None,
    )
    session.add(notice)
    if mail_sending.is_on():
        session.flush()
        outbox.emit(session, WRITE_MAILS, notice_id=notice.public_id)
    return notice


def told_of(session: Session, subject: tuple[str, str], kind: str) -> set[int]:
    """The keys of the organisations that have a notice of this kind about a thing."""
    return set(
        session.scalars(
            select(Notice.organisation_id).where(
                Notice.subject_kind == subject[0], Notice.subject_id == subject[1], Notice.kind == kind
            )
        )
    )


def settle(session: Session, subject: tuple[str, str], organisation_id: int) -> int:
    """Close an organisation's open to-dos about a thing; answers how many there were."""
    session.flush()
    open_ids = session.scalars(
        select(Notice.id).where(
            Notice.subject_kind == subject[0],
            Notice.subject_id == subject[1],
            Notice.organisation_id == organisation_id,
            Notice.is_todo,
            Notice.done_at.is_(None),
        )
    ).all()
    if open_ids:
        session.execute(update(Notice).where(Notice.id.in_(open_ids)).values(done_at=clock.now()))
    return len(open_ids)


def notices_for(
    session: Session,
    actor: Actor,
    *,
    show: Show = Show.ALL,
    waiting: bool = True,
    cursor: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Listed], int | None]:
    """An actor's notices, newest first, and the cursor of the next page (None at the end).

    ``waiting`` False leaves out what waits to be done, for a page that shows :func:`todos_for` above.
    """
    query = _shown(_visible(actor), actor, show)
    if not waiting:
        query = query.where(or_(~Notice.is_todo, Notice.done_at.is_not(None)))
    query = query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit + 1)
    last = (
        session.scalar(select(Notice.created_at).where(Notice.id == cursor)) if cursor is not None else None
    )
    if last is not None:
        older = or_(Notice.created_at < last, and_(Notice.created_at == last, Notice.id < cursor))
        query = query.where(older)
    rows = session.scalars(query).all()
    page, more = rows[:limit], len(rows) > limit
    read = _read_ids(session, actor, [notice.id for notice in page])
    listed = [Listed(notice, words_of(notice), _is_read(notice, read)) for notice in page]
    return listed, page[-1].id if more else None


def todos_for(session: Session, actor: Actor, limit: int = 10) -> Sequence[Listed]:
    """What waits to be done by an actor: those with a date first, then the oldest."""
    query = _shown(_visible(actor), actor, Show.TODO)
    rows = session.scalars(
        query.order_by(Notice.due_on.is_(None), Notice.due_on, Notice.id).limit(limit)
    ).all()
    read = _read_ids(session, actor, [notice.id for notice in rows])
    return [Listed(notice, words_of(notice), _is_read(notice, read)) for notice in rows]


def count_for(session: Session, actor: Actor, show: Show) -> int:
    """How many there are, counting no further than :data:`MOST_COUNTED`."""
    query = _shown(_visible(actor), actor, show).with_only_columns(Notice.id).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def unread_count(session: Session, actor: Actor) -> int:
    return count_for(session, actor, Show.UNREAD)


def notice_for(session: Session, actor: Actor, public_id: str) -> Notice:
    """One notice of an actor.

    Raises:
        NotFound: there is none, or it is for somebody else.
    """
    found = session.scalar(_visible(actor).where(Notice.public_id == public_id))
    if found is None:
        raise NotFound(Words("消息", "message"))
    return found


def mark_read(session: Session, actor: Actor, public_id: str) -> Notice:
    """Note that an actor has read a notice; reading it again changes nothing.

    Raises:
        NotFound: there is none, or it is for somebody else.
    """
    notice = notice_for(session, actor, public_id)
    if notice.id not in _read_ids(session, actor, [notice.id]):
        session.add(NoticeReading(notice_id=notice.id, user_id=actor.user_id))
    return notice


def mark_all_read(session: Session, actor: Actor) -> int:
    """Note that an actor has read everything there is; answers how many were unread."""
    unread = session.scalars(_shown(_visible(actor), actor, Show.UNREAD).with_only_columns(Notice.id)).all()
    session.add_all(NoticeReading(notice_id=notice_id, user_id=actor.user_id) for notice_id in unread)
    return len(unread)


def words_of(notice: Notice) -> Said:
    """What a notice says."""
    return say(KINDS[notice.kind], notice.params)


def _visible(actor: Actor) -> Select[Notice]:
    conditions: list[ColumnElement[bool]] = [
        Notice.organisation_id == actor.organisation_id,
        or_(Notice.user_id.is_(None), Notice.user_id == actor.user_id),
        or_(Notice.roles == "", Notice.roles.contains(f" {actor.role.value} ", autoescape=True)),
    ]
    if actor.branch_id is not None:
        conditions.append(or_(Notice.branch_id.is_(None), Notice.branch_id == actor.branch_id))
    return select(Notice).where(and_(*conditions))


def _shown(query: Select[Notice], actor: Actor, show: Show) -> Select[Notice]:
    if show is Show.TODO:
        return query.where(Notice.is_todo, Notice.done_at.is_(None))
    if show is Show.UNREAD:
        reading = exists().where(NoticeReading.notice_id == Notice.id, NoticeReading.user_id == actor.user_id)
        return query.where(~reading, Notice.done_at.is_(None))
    return query


def _is_read(notice: Notice, read: set[int]) -> bool:
    """What was to be done and is done is no news to anybody, whoever did it."""
    return notice.id in read or notice.done_at is not None


def _read_ids(session: Session, actor: Actor, notice_ids: Sequence[int]) -> set[int]:
    return set(
        session.scalars(
            select(NoticeReading.notice_id).where(
                NoticeReading.user_id == actor.user_id, NoticeReading.notice_id.in_(notice_ids)
            )
        )
    )
