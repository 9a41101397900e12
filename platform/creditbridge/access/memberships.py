"""Accounts that one person opens for another: the first password, the role in an organisation, and its end.

Who may do so, and for which organisation, is decided by the room that calls: a lender's accounts by
``lenders.institutions``, the platform's own by ``access.staffing``.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from creditbridge.access import service
from creditbridge.access.model import Membership, Organisation, SignIn, User
from creditbridge.access.rules import Role
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import InvalidInput, NotFound
from creditbridge.kernel.words import Words

_LOGIN_TAKEN = Words("这个账号名已被使用，请换一个。", "This login name is taken. Choose another.")
_MEMBER = Words("成员", "member")
_GROUPS, _GROUP_LENGTH = 4, 4


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new account and its first password, which is shown once and never again."""

    user: User
    membership: Membership
    one_time_password: str


def open_account(
    session: Session,
    organisation: Organisation,
    *,
    login_name: str,
    name: str,
    role: Role,
    branch_id: int | None = None,
) -> Newcomer:
    """A new person who can sign in for an organisation, with a first password nobody else has seen.

    Raises:
        InvalidInput: if the login name is taken.
        RuleRefused: if the role belongs to another kind of organisation.
    """
    check_login_name_is_free(session, login_name)
    password = _one_time_password()
    user = service.create_user(session, login_name=login_name, name=name, password=password, one_time=True)
    membership = service.add_member(session, user, organisation, role, branch_id=branch_id)
    return Newcomer(user, membership, password)


def check_login_name_is_free(session: Session, login_name: str) -> None:
    """Refuse a login name somebody has.

    Raises:
        InvalidInput: at the field ``login_name``.
    """
    login = login_name.strip().casefold()
    if session.scalar(select(User.id).where(User.login_name == login)) is not None:
        raise InvalidInput({"login_name": [_LOGIN_TAKEN]}, _LOGIN_TAKEN)


def all_of(session: Session, organisation_id: int) -> Sequence[Membership]:
    """Every membership of an organisation with its person, ended ones last."""
    return session.scalars(
        select(Membership)
        .where(Membership.organisation_id == organisation_id)
        .options(joinedload(Membership.user))
        .order_by(Membership.ended_at.is_not(None), Membership.id)
    ).all()


def live(session: Session, organisation_id: int, public_id: str) -> Membership:
    """One membership of an organisation that has not ended.

    Raises:
        NotFound: if the organisation has no such live member.
    """
    found = session.scalar(
        select(Membership)
        .where(
            Membership.public_id == public_id,
            Membership.organisation_id == organisation_id,
            Membership.ended_at.is_(None),
        )
        .options(joinedload(Membership.user))
    )
    if found is None:
        raise NotFound(_MEMBER)
    return found


def give_role(session: Session, membership: Membership, role: Role) -> None:
    """Another role. Open sessions end, so that the old role ends at once; tokens act in the new one."""
    membership.role = role.value
    end_sign_ins(session, membership)


def end(session: Session, membership: Membership) -> None:
    """End a person's part in an organisation; what they did stays theirs in every record."""
    membership.ended_at = clock.now()
    end_sign_ins(session, membership)


def end_sign_ins(session: Session, membership: Membership) -> None:
    """Sign a member out everywhere."""
    session.flush()
    session.execute(
        update(SignIn)
        .where(SignIn.membership_id == membership.id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )


def _one_time_password() -> str:
    """About 80 random bits in groups that can be read out on the phone."""
    groups = ("".join(secrets.choice(ids.ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)
