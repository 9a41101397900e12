"""Throttling of tries, by account and address together and by address alone.

A stranger who keeps trying an account from elsewhere never locks its owner out: the tight limit is on the pair
of account and address; the account alone has only a wide limit that slows a distributed guesser down.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import CursorResult, case, delete, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from creditbridge.access.model import Attempt
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Throttled
from creditbridge.store.database import Database

LONGEST_WINDOW = timedelta(days=1)
"""No window is longer: what began before it counts for nothing any more."""


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def check(session: Session, name: str, *parts: str, limit: int, window: timedelta) -> None:
    """Refuse when ``limit`` tries were counted in the current window.

    Raises:
        Throttled: with the seconds until the window ends.
    """
    row = session.get(Attempt, _key(name, *parts))
    if row is None or row.window_started_at + window <= clock.now():
        return
    if row.count >= limit:
        raise Throttled(max(1, int((row.window_started_at + window - clock.now()).total_seconds())))


def count(database: Database, name: str, *parts: str, window: timedelta) -> None:
    """Count one try in its own transaction, so that it stays counted when the request is refused."""
    key = _key(name, *parts)
    with database.write() as session:
        row = session.get(Attempt, key, with_for_update=True)
        if row is None:
            session.add(Attempt(key=key, window_started_at=clock.now(), count=1))
        elif row.window_started_at + window <= clock.now():
            row.window_started_at, row.count = clock.now(), 1
        else:
            row.count += 1


def take(database: Database, name: str, *parts: str, limit: int, window: timedelta) -> None:
    """Count one try and refuse it beyond ``limit``, in one transaction: tries at the same moment are each counted.

    Raises:
        Throttled: as :func:`check`.
    """
    with database.write() as session:
        take_within(session, name, *parts, limit=limit, window=window)


def take_within(session: Session, name: str, *parts: str, limit: int, window: timedelta) -> None:
    """The same in the caller's transaction: what it comes to is counted only if that is committed.

    Raises:
        Throttled: as :func:`check`.
    """
    moment = clock.now()
    is_over = Attempt.window_started_at <= moment - window
    inserting = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    counted = session.execute(
        inserting(Attempt)
        .values(key=_key(name, *parts), window_started_at=moment, count=1)
        .on_conflict_do_update(
            index_elements=[Attempt.key],
            set_={
                "count": case((is_over, 1), else_=Attempt.count + 1),
                "window_started_at": case((is_over, moment), else_=Attempt.window_started_at),
            },
            where=or_(is_over, Attempt.count < limit),
        )
        .returning(Attempt.count)
        .execution_options(populate_existing=True)
    ).first()
    if counted is None:
        check(session, name, *parts, limit=limit, window=window)


def give_back(database: Database, name: str, *parts: str) -> None:
    """Take back the count of one try that was right."""
    with database.write() as session:
        session.execute(
            update(Attempt)
            .where(Attempt.key == _key(name, *parts), Attempt.count > 0)
            .values(count=Attempt.count - 1)
        )


def forget(database: Database, name: str, *parts: str) -> None:
    """Forget the tries of a key after a success."""
    with database.write() as session:
        row = session.get(Attempt, _key(name, *parts))
        if row is not None:
            session.delete(row)


def forget_old(session: Session) -> int:
    """Delete the tries of windows that have ended; answers of how many keys."""
    result = session.execute(delete(Attempt).where(Attempt.window_started_at < clock.now() - LONGEST_WINDOW))
    assert isinstance(result, CursorResult)
    return result.rowcount
