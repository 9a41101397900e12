"""Who acts for a firm: its one owner, its staff, and handing the firm over."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from borrowers.claims.service import firm_of
from creditbridge.access import service as access
from creditbridge.access.model import Membership, Organisation, SignIn, User
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words

_LOGIN_TAKEN = Words("这个账号名已被使用，请换一个。", "This login name is taken. Choose another.")
_MEMBER = Words("成员", "member")
_GROUPS, _GROUP_LENGTH = 4, 4


@dataclass(frozen=True, slots=True)
class Invitation:
    """A new account and its first password, which is shown once and never again."""

    user: User
    one_time_password: str


def members_of(session: Session, actor: Actor) -> Sequence[Membership]:
    """The live members of the actor's organisation, the owner first."""
    rows = session.scalars(
        select(Membership)
        .where(Membership.organisation_id == actor.organisation_id, Membership.ended_at.is_(None))
        .options(joinedload(Membership.user))
        .order_by(Membership.id)
    ).all()
    return sorted(rows, key=lambda row: row.role != Role.FIRM_OWNER.value)


def invite_staff(session: Session, actor: Actor, *, login_name: str, name: str, phone: str) -> Invitation:
    """Open an account for a member of staff.

    Raises:
        NotAllowed: the actor is not the owner.
        NotFound: the account speaks for no firm yet.
        InvalidInput: the login name is taken.
    """
    _check_owner(actor)
    firm_of(session, actor)
    login = login_name.strip().casefold()
    if session.scalar(select(User.id).where(User.login_name == login)) is not None:
        raise InvalidInput({"login_name": [_LOGIN_TAKEN]})
    password = _one_time_password()
    user = access.create_user(
        session, login_name=login, name=name, password=password, locale=actor.locale, one_time=True
    )
    user.phone = phone
    organisation = session.get_one(Organisation, actor.organisation_id)
    access.add_member(session, user, organisation, Role.FIRM_STAFF)
    _record(session, actor, "member.invited", user)
    return Invitation(user, password)


def remove_staff(session: Session, actor: Actor, membership_public_id: str) -> Membership:
    """End a member of staff's part in the firm; their open sessions end too.

    Raises:
        NotAllowed: the actor is not the owner.
        NotFound: no such member of staff here.
    """
    _check_owner(actor)
    row = _staff(session, actor, membership_public_id)
    row.ended_at = clock.now()
    session.execute(
        update(SignIn)
        .where(SignIn.membership_id == row.id, SignIn.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    _record(session, actor, "member.removed", row.user)
    return row


def hand_over(session: Session, actor: Actor, membership_public_id: str) -> Membership:
    """Make a member of staff the owner; the owner becomes staff. There is one owner at any time.

    Raises:
        NotAllowed: the actor is not the owner.
        NotFound: no such member of staff here.
    """
    _check_owner(actor)
    successor = _staff(session, actor, membership_public_id)
    # Held, so that of two hand-overs at the same moment the second finds no owner to take over from.
    own = session.scalar(
        select(Membership)
        .where(
            Membership.user_id == actor.user_id,
            Membership.organisation_id == actor.organisation_id,
            Membership.role == Role.FIRM_OWNER.value,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if own is None:
        raise NotAllowed
    own.role, successor.role = Role.FIRM_STAFF.value, Role.FIRM_OWNER.value
    session.flush()
    _record(session, actor, "member.handed_over", successor.user)
    return successor


def _check_owner(actor: Actor) -> None:
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed


def _staff(session: Session, actor: Actor, public_id: str) -> Membership:
    row = session.scalar(
        select(Membership)
        .where(
            Membership.public_id == public_id,
            Membership.organisation_id == actor.organisation_id,
            Membership.role == Role.FIRM_STAFF.value,
            Membership.ended_at.is_(None),
        )
        .options(joinedload(Membership.user))
    )
    if row is None:
        raise NotFound(_MEMBER)
    return row


def _one_time_password() -> str:
    """About 80 random bits in groups that can be read out on the phone."""
    groups = ("".join(secrets.choice(ids.ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _record(session: Session, actor: Actor, action: str, user: User) -> None:
    record_as(session, actor, action, subject_kind="user", subject_id=user.public_id)
