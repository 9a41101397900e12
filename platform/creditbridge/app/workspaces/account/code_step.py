"""Between the password and the one-time code: what the signed form cookie remembers, for ten minutes at most."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from creditbridge.access import second_factor, throttle
from creditbridge.access.model import Membership, User
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.store.database import Database
from creditbridge.store.sealing import Sealer

LIFE = timedelta(minutes=10)
WINDOW = timedelta(minutes=15)
TRIES = 6
_KEY = "code_step"
_SECRET = "proposed_secret"  # noqa: S105 - the name of a cookie entry


@dataclass(frozen=True, slots=True)
class Waiting:
    user_public_id: str
    target: str


def remember(cookie: MutableMapping[str, Any], user_public_id: str, target: str) -> None:
    cookie[_KEY] = {"user": user_public_id, "target": target, "at": clock.now().timestamp()}


def waiting(cookie: MutableMapping[str, Any]) -> Waiting | None:
    kept = cookie.get(_KEY)
    if not kept or clock.now().timestamp() - kept["at"] > LIFE.total_seconds():
        return None
    return Waiting(kept["user"], kept["target"])


def verify(database: Database, user_public_id: str, code: str, sealer: Sealer) -> User:
    """The user whose current code this is; each code is spent in a transaction of its own.

    Raises:
        Throttled: after six wrong codes in a quarter of an hour.
        InvalidInput: for a wrong or spent code.
    """
    throttle.take(database, "code", user_public_id, limit=TRIES, window=WINDOW)
    with database.write() as session:
        user = session.scalar(
            select(User)
            .where(User.public_id == user_public_id, User.disabled_at.is_(None))
            .options(joinedload(User.memberships).joinedload(Membership.organisation))
        )
        if user is None or not second_factor.verify(session, user, code, sealer):
            raise InvalidInput({"code": [second_factor.WRONG_CODE]})
    throttle.forget(database, "code", user_public_id)
    return user


def proposed_secret(cookie: MutableMapping[str, Any]) -> str:
    """The seed shown while enrolling, the same until it is confirmed."""
    if _SECRET not in cookie:
        cookie[_SECRET] = second_factor.propose_secret()
    secret: str = cookie[_SECRET]
    return secret


def forget_secret(cookie: MutableMapping[str, Any]) -> None:
    cookie.pop(_SECRET, None)
