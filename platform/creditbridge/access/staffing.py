"""The platform's own people: administrators, auditors, regulators.

An administrator opens the accounts of auditors and regulators on a page and ends any colleague's. Administrators
themselves are made on the machine alone (``creditbridge admin create``): whoever could open a second administrator's
account and read its first password would approve their own scorecards by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access import memberships, password_policy, resets, service
from creditbridge.access.memberships import Newcomer
from creditbridge.access.model import Membership, Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import InvalidInput, NotAllowed, RuleRefused
from creditbridge.kernel.words import Words

OPENED_ON_PAGES = (Role.PLATFORM_AUDITOR, Role.PLATFORM_REGULATOR)
"""Roles that look and do not decide."""


def staff(session: Session, actor: Actor) -> Sequence[Membership]:
    """Everybody who works for the platform, those who left last."""
    if not actor.is_platform:
        raise NotAllowed
    return memberships.all_of(session, actor.organisation_id)


def colleague(session: Session, actor: Actor, public_id: str) -> Membership:
    """One person of the platform's staff.

    Raises:
        NotFound: if nobody of that id works there.
    """
    _check_administrator(actor)
    return memberships.live(session, actor.organisation_id, public_id)


def open_staff_account(session: Session, actor: Actor, *, login_name: str, name: str, role: Role) -> Newcomer:
    """An account for an auditor or a regulator, with a first password that is shown once.

    Raises:
        NotAllowed: if the actor is no administrator.
        RuleRefused: for any other role.
        InvalidInput: if the login name is taken.
    """
    _check_administrator(actor)
    _check_opened_on_pages(role)
    organisation = session.get_one(Organisation, actor.organisation_id)
    newcomer = memberships.open_account(session, organisation, login_name=login_name, name=name, role=role)
    _record(session, actor, "added", newcomer.membership)
    return newcomer


def change_role(session: Session, actor: Actor, public_id: str, role: Role) -> Membership:
    """Make an auditor of a regulator, or the other way round.

    Raises:
        NotFound: if nobody of that id works there.
        RuleRefused: if the person is an administrator, or is to become one.
    """
    membership = colleague(session, actor, public_id)
    _check_opened_on_pages(Role(membership.role))
    _check_opened_on_pages(role)
    memberships.give_role(session, membership, role)
    _record(session, actor, "changed", membership)
    return membership


def end_staff_account(session: Session, actor: Actor, public_id: str) -> Membership:
    """End a colleague's part in the platform. Nobody ends their own, so that one administrator always remains.

    Raises:
        NotFound: if nobody of that id works there.
        RuleRefused: if it is the actor's own.
    """
    membership = colleague(session, actor, public_id)
    if membership.user_id == actor.user_id:
        raise RuleRefused(
            "own_account",
            Words(
                "不能停用自己的账号，请由另一位管理员办理。",
                "You cannot end your own account. Ask another administrator.",
            ),
        )
    memberships.end(session, membership)
    _record(session, actor, "ended", membership)
    return membership


def issue_reset_link(session: Session, actor: Actor, public_id: str) -> tuple[Membership, str]:
    """A link to a new password for an auditor or a regulator, to be handed over; answers its token.

    Raises:
        NotFound: if nobody of that id works there.
        RuleRefused: for an administrator, whose link is made on the machine.
    """
    membership = colleague(session, actor, public_id)
    _check_opened_on_pages(Role(membership.role))
    return membership, resets.issue(session, membership.user, life=resets.HANDED_LIFE, actor=actor)


def create_administrator(
    session: Session, *, organisation: str | None, login_name: str, name: str, password: str
) -> Membership:
    """A platform administrator, made on the machine. The first one also names the platform operator.

    Raises:
        InvalidInput: if the operator is to be named and is not, or is another; if the login name is taken; if the
            password does not pass the policy.
    """
    owner = _operator(session, organisation)
    if wrong := password_policy.problems(password, login_name, owner.name):
        raise InvalidInput({"password": wrong}, wrong[0])
    memberships.check_login_name_is_free(session, login_name)
    user = service.create_user(session, login_name=login_name, name=name, password=password)
    membership = service.add_member(session, user, owner, Role.PLATFORM_ADMINISTRATOR)
    record_as(
        session,
        service.actor_of(user, membership, via="cli"),
        "access.administrator_created",
        subject_kind="user",
        subject_id=user.public_id,
    )
    return membership


def _operator(session: Session, name: str | None) -> Organisation:
    """The organisation that runs the platform; there is one, made with its first administrator."""
    found = session.scalar(select(Organisation).where(Organisation.kind == OrganisationKind.PLATFORM.value))
    if found is None:
        if name:
            return service.create_organisation(session, OrganisationKind.PLATFORM, name)
        needed = Words("请填写平台运营单位的名称。", "Name the platform operator with --organisation.")
        raise InvalidInput({"organisation": [needed]}, needed)
    if name and name not in {found.name, found.name_en}:
        other = Words(
            f"平台运营单位是“{found.name}”，不能另设。",
            f"The platform operator is “{found.name}”; there is only one.",
        )
        raise InvalidInput({"organisation": [other]}, other)
    return found


def _check_administrator(actor: Actor) -> None:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed


def _check_opened_on_pages(role: Role) -> None:
    if role not in OPENED_ON_PAGES:
        raise RuleRefused(
            "administrator_by_command",
            Words(
                "管理员账号由运维人员在服务器上开通或由另一位管理员停用，不能在页面上开通或改岗。",
                "Administrators are made on the server. A page neither makes them nor changes their role.",
            ),
        )


def _record(session: Session, actor: Actor, what: str, membership: Membership) -> None:
    record_as(
        session,
        actor,
        f"access.staff_{what}",
        subject_kind="user",
        subject_id=membership.user.public_id,
        role=membership.role,
    )
