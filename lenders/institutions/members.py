"""A lender's members: the platform administrator opens their accounts, sets role and branch, and ends them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from creditbridge.access import memberships, resets
from creditbridge.access.memberships import Newcomer
from creditbridge.access.model import Membership
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import NotAllowed, RuleRefused
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from lenders.institutions import service
from lenders.institutions.model import Branch, Lender
from lenders.institutions.rules import LENDER_STATE_WORDS, LenderState


@dataclass(frozen=True, slots=True)
class Member:
    """A membership with the branch it belongs to."""

    membership: Membership
    branch: Branch | None


def members_of(session: Session, actor: Actor, lender_public_id: str) -> list[Member]:
    """A lender's members, ended ones last."""
    _check_may_read(actor)
    lender = service.lender(session, lender_public_id)
    rows = memberships.all_of(session, lender.organisation_id)
    branches = {branch.id: branch for branch in service.branches_of(session, lender.id)}
    return [Member(row, branches.get(row.branch_id or 0)) for row in rows]


def member(session: Session, actor: Actor, lender_public_id: str, membership_public_id: str) -> Member:
    """One live member of a lender.

    Raises:
        NotFound: if the lender has no such live member.
    """
    _check_may_read(actor)
    lender = service.lender(session, lender_public_id)
    found = memberships.live(session, lender.organisation_id, membership_public_id)
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
        Conflict: if the lender has left the platform.
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
        Conflict: if the lender has left the platform.
    """
    _check_administrator(actor)
    _check_role(role)
    if lender.state == LenderState.EXITED:
        raise illegal_step(LENDER_STATE_WORDS[LenderState.EXITED])
    newcomer = memberships.open_account(
        session, lender.organisation, login_name=login_name, name=name, role=role, branch_id=branch_id
    )
    _record(session, actor, "added", newcomer.membership, lender, role=role.value)
    return newcomer


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
    membership = memberships.live(session, lender.organisation_id, membership_public_id)
    membership.branch_id = _branch_id(session, lender, branch_public_id)
    memberships.give_role(session, membership, role)
    _record(session, actor, "changed", membership, lender, role=role.value)
    return membership


def issue_reset_link(
    session: Session, actor: Actor, lender_public_id: str, membership_public_id: str
) -> tuple[Membership, str]:
    """A link to a new password for a member, to be handed over by who knows them; answers its token.

    Raises:
        NotFound: if the lender has no such live member.
    """
    _check_administrator(actor)
    lender = service.lender(session, lender_public_id)
    membership = memberships.live(session, lender.organisation_id, membership_public_id)
    return membership, resets.issue(session, membership.user, life=resets.HANDED_LIFE, actor=actor)


def end_member(
    session: Session, actor: Actor, lender_public_id: str, membership_public_id: str
) -> Membership:
    """End a member's part in a lender; what they did stays theirs in every record.

    Raises:
        NotFound: if the lender has no such live member.
    """
    _check_administrator(actor)
    lender = service.lender(session, lender_public_id)
    membership = memberships.live(session, lender.organisation_id, membership_public_id)
    memberships.end(session, membership)
    _record(session, actor, "ended", membership, lender)
    return membership


def _branch_id(session: Session, lender: Lender, public_id: str | None) -> int | None:
    return service.branch_of_lender(session, lender.id, public_id).id if public_id else None


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
