"""Searching the audit trail: what somebody did, what was done to a thing, what happened on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation, User
from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store.audit import AuditEntry

READERS = (Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_AUDITOR)
PAGE = 50
MOST_EXPORTED = 20_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries.

    ``who``: an account name, or part of a person's or an organisation's name; ``action``: an action or its area
    ("submission.reject", "submission"); ``subject``: a public id; ``since`` and ``until``: legal days, both included.
    """

    who: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class TrailRow:
    """An entry with the names of who did it; None where the system did, or somebody outside."""

    entry: AuditEntry
    user_name: str | None
    login_name: str | None
    organisation_name: str | None


def page_of(
    session: Session, actor: Actor, wanted: Wanted, *, before: int | None = None, limit: int = PAGE
) -> tuple[Sequence[TrailRow], int | None]:
    """Entries, newest first, and the number to go on before (None at the end).

    Raises:
        NotAllowed: for anybody but the platform's administrators and auditors.
    """
    query = _query(actor, wanted)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    rows = [TrailRow(*row) for row in session.execute(query.limit(limit + 1))]
    shown = rows[:limit]
    return shown, shown[-1].entry.id if len(rows) > limit else None


def entry_of(session: Session, actor: Actor, number: int) -> TrailRow:
    """One entry by its number.

    Raises:
        NotAllowed: as :func:`page_of`.
        NotFound: there is none.
    """
    row = session.execute(_query(actor, Wanted()).where(AuditEntry.id == number)).first()
    if row is None:
        raise NotFound(Words("操作记录", "entry of the audit trail"))
    return TrailRow(*row)


def all_of(session: Session, actor: Actor, wanted: Wanted) -> Sequence[TrailRow]:
    """Everything asked for, for a file; the newest entries where there are more than a file takes.

    Raises:
        NotAllowed: as :func:`page_of`.
    """
    return [TrailRow(*row) for row in session.execute(_query(actor, wanted).limit(MOST_EXPORTED))]


def _query(actor: Actor, wanted: Wanted) -> Select[AuditEntry, str | None, str | None, str | None]:
    if not actor.has_role(*READERS):
        raise NotAllowed
    query = (
        select(AuditEntry, User.name, User.login_name, Organisation.name)
        .outerjoin(User, User.id == AuditEntry.actor_id)
        .outerjoin(Organisation, Organisation.id == AuditEntry.organisation_id)
        .order_by(AuditEntry.id.desc())
    )
    if wanted.who:
        query = query.where(
            or_(
                User.login_name == wanted.who.casefold(),
                User.name.contains(wanted.who, autoescape=True),
                Organisation.name.contains(wanted.who, autoescape=True),
            )
        )
    if wanted.action:
        area = AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        query = query.where(or_(AuditEntry.action == wanted.action, area))
    if wanted.subject:
        query = query.where(AuditEntry.subject_id == wanted.subject)
    if wanted.since:
        query = query.where(AuditEntry.at >= _start_of(wanted.since))
    if wanted.until:
        query = query.where(AuditEntry.at < _start_of(wanted.until + timedelta(days=1)))
    return query


def _start_of(day: date) -> datetime:
    return datetime.combine(day, time(), clock.LEGAL_ZONE).astimezone(UTC)
