"""A lender's members: the platform administrator opens their accounts, sets role and branch, and ends them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from creditbridge.access import service as access
from creditbridge.access.model import Membership, SignIn, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from lenders.institutions import service
from lenders.institutions.model import Branch, Lender

_LOGIN_TAKEN = Words("这个账号名已被使用，请换一个。", "This login name is taken. Choose another.")
_MEMBER = Words("成员", "member")
_GROUPS, _GROUP_LENGTH = 4, 4


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A new account and its first password, which is shown once and never again."""

    user: User
    membership: Membership
    one_time_password: str


@dataclass(frozen=True, slots=True)
class Member:
    """A membership with the branch it belongs to."""

    membership: Membership
    branch: Branch | None


def members_of(session: Session, actor: Actor, lender_public_id: str) -> list[Member]:
    """A lender's members, ended ones last."""
    _check_may_read(actor)
    lender = service.lender(session, lender_public_id)
    rows = session.scalars(
        select(Membership)
        .where(Membership.organisation_id == lender.organisation_id)
        .options(joinedload(Membership.user))
        .order_by(Membership.ended_at.is_not(None), Membership.id)
    ).all()
    branches = {branch.id: branch for branch in service.branches_of(session, lender.id)}
    return [Member(row, branches.get(row.branch_id or 0)) for row in rows]


def member(session: Session, actor: Actor, lender_public_id: str, membership_public_id: str) -> Member:
    """One live member of a lender.

    Raises:
        NotFound: if the lender has no such live member.
    """
    _check_may_read(actor)
    lender = service.lender(session, lender_public_id)
    found = _membership(session, lender, membership_public_id)
    return Member(found, session.get(Branch, found.branch_id) if found.branch_id else None)


def add_member(
    session: Session,
    actor: Actor,
    lender_public_id: str,
    *,
    login_name: str,
    name: str,
    role: Role,
    branch_public_id: str | None = None,
) -> Newcomer:
    """Open an account for a member of a lender.

    Raises:
        NotAllowed: if the actor is no platform administrator.
        InvalidInput: if the login name is taken.
        NotFound: if the branch is not the lender's.
    """
    lender = service.lender(session, lender_public_id)
    branch_id = _branch_id(session, lender, branch_public_id)
    return open_account(
        session, actor, lender, login_name=login_name, name=name, role=role, branch_id=branch_id
    )


def open_account(
    session: Session,
    actor: Actor,
    lender: Lender,
    *,
    login_name: str,
    name: str,
    role: Role,
    branch_id: int | None = None,
) -> Newcomer:
    """A new person who can sign in for a lender, with a first password nobody else has seen.

    Raises:
        NotAllowed: if the actor is no platform administrator.
        InvalidInput: if the login name is taken.
        RuleRefused: if the role is not one of a lender's.
    """
    _check_administrator(actor)
    _check_role(role)
    login = login_name.strip().casefold()
    if session.scalar(select(User.id).where(User.login_name == login)) is not None:
        raise InvalidInput({"login_name": [_LOGIN_TAKEN]})
    password = _one_time_password()
    user = access.create_user(session, login_name=login, name=name, password=password, one_time=True)
    membership = access.add_member(session, user, lender.organisation, role, branch_id=branch_id)
    _record(session, actor, "added", membership, lender, role=role.value)
    return Newcomer(user, membership, password)


def change_member(
    session: Session,
    actor: Actor,
    lender_public_id: str,
    membership_public_id: str,
    *,
    role: Role,
    branch_public_id: str | None,
) -> Membership:
    """Give a member another role or branch; their open sessions end, so that the old role ends at once.

    Raises:
        NotFound: if the lender has no such live member or branch.
    """
    _check_administrator(actor)
    _check_role(role)
    lender = service.lender(session, lender_public_id)
    membership = _membership(session, lender, membership_public_id)
    membership.role = role.value
    membership.branch_id = _branch_id(session, lender, branch_public_id)
    _end_sign_ins(session, membership)
    _record(session, actor, "changed", membership, lender, role=role.value)
    return membership


def end_member(
    session: Session, actor: Actor, lender_public_id: str, membership_public_id: str
) -> Membership:
    """End a member's part in a lender; what they did stays theirs in every record.

    Raises:
        NotFound: if the lender has no such live member.
    """
    _check_administrator(actor)
    lender = service.lender(session, lender_public_id)
    membership = _membership(session, lender, membership_public_id)
    membership.ended_at = clock.now()
    _end_sign_ins(session, membership)
    _record(session, actor, "ended", membership, lender)
    return membership


def _membership(session: Session, lender: Lender, public_id: str) -> Membership:
    found = session.scalar(
        select(Membership)
        .where(
            Membership.public_id == public_id,
            Membership.organisation_id == lender.organisation_id,
            Membership.ended_at.is_(None),
        )
        .options(joinedload(Membership.user))
    )
    if found is None:
        raise NotFound(_MEMBER)
    return found


def _branch_id(session: Session, lender: Lender, public_id: str | None) -> int | None:
    return service.branch_of_lender(session, lender.id, public_id).id if public_id else None


def _end_sign_ins(session: Session, membership: Membership) -> None:
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


def _check_may_read(actor: Actor) -> None:
    if not actor.is_platform:
        raise NotAllowed


def _check_role(role: Role) -> None:
    """A lender's member never gets a role of the platform or of a firm."""
    if role.kind is not OrganisationKind.LENDER:
        raise RuleRefused(
            "role_of_other_kind",
            Words("该岗位不适用于金融机构。", "This role does not exist at a lender."),
        )


def _check_administrator(actor: Actor) -> None:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed


def _record(
    session: Session, actor: Actor, what: str, membership: Membership, lender: Lender, **details: str
) -> None:
    record_as(
        session,
        actor,
        f"lender.member_{what}",
        subject_kind="user",
        subject_id=membership.user.public_id,
        lender=lender.public_id,
        **details,
    )
