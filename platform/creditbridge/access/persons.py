"""Which accounts are one person's: nobody has four eyes by signing in twice.

Two accounts are taken for one person's where they give the same telephone number or e-mail address, or bear the same
name in one organisation, unless both give numbers or addresses and these differ. It is a rule for refusing: whoever is
refused by a chance likeness asks a colleague.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Membership, User

SHORTEST_PHONE = 7
_COUNTRY = "86"
_MOBILE = 11


@dataclass(frozen=True, slots=True)
class Account:
    """What of an account tells whose it is; ``organisations`` are those it is or was a member of."""

    user_id: int
    name: str
    phone: str
    email: str
    organisations: frozenset[int]


def digits_of(phone: str) -> str:
    """A telephone number as digits, without the country's code; empty for what is too short to be one."""
    digits = re.sub(r"\D", "", phone)
    if digits.startswith(_COUNTRY) and len(digits) == _MOBILE + len(_COUNTRY):
        digits = digits.removeprefix(_COUNTRY)
    return digits if len(digits) >= SHORTEST_PHONE else ""


def are_one_person(one: Account, other: Account) -> bool:
    """Whether two accounts are taken for one person's. Pure."""
    if one.user_id == other.user_id:
        return True
    phones = digits_of(one.phone), digits_of(other.phone)
    emails = one.email.strip().casefold(), other.email.strip().casefold()
    for mine, theirs in (phones, emails):
        if mine and mine == theirs:
            return True
    if any(mine and theirs for mine, theirs in (phones, emails)):
        return False  # both say how they are reached, and differ
    return one.name.strip() == other.name.strip() and bool(one.organisations & other.organisations)


def is_any_of(session: Session, user_id: int | None, other_ids: Sequence[int | None]) -> bool:
    """Whether an account is the same person's as any of others."""
    wanted = {other for other in other_ids if other is not None}
    return user_id is not None and bool(wanted & (accounts_of_person(session, user_id) | {user_id}))


def accounts_of_person(session: Session, user_id: int) -> set[int]:
    """The keys of every account taken for this person's, its own among them."""
    users = _accounts(session, [User.id == user_id])
    if not users:
        return {user_id}
    own = users[0]
    likely: list[ColumnElement[bool]] = [User.name == own.name]
    if own.email.strip():
        likely.append(func.lower(func.trim(User.email)) == own.email.strip().lower())
    if digits := digits_of(own.phone):
        plain = func.replace(func.replace(func.replace(User.phone, "-", ""), " ", ""), "+", "")
        likely.append(plain.in_([digits, _COUNTRY + digits]))
    return {user_id} | {
        other.user_id for other in _accounts(session, [or_(*likely)]) if are_one_person(own, other)
    }


def phones_of(session: Session, user_ids: set[int]) -> set[str]:
    """The telephone numbers that accounts give, as digits."""
    rows = session.scalars(select(User.phone).where(User.id.in_(user_ids), User.phone != ""))
    return {digits for phone in rows if (digits := digits_of(phone))}


def _accounts(session: Session, conditions: Sequence[ColumnElement[bool]]) -> list[Account]:
    rows = session.execute(select(User.id, User.name, User.phone, User.email).where(*conditions)).all()
    places: dict[int, set[int]] = {}
    for user_id, organisation_id in session.execute(
        select(Membership.user_id, Membership.organisation_id).where(
            Membership.user_id.in_([row.id for row in rows])
        )
    ):
        places.setdefault(user_id, set()).add(organisation_id)
    return [
        Account(row.id, row.name, row.phone, row.email, frozenset(places.get(row.id, ()))) for row in rows
    ]
