"""The first administrator of a production installation; the one account that no other account made."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access import password_policy
from creditbridge.access.model import Membership, User
from creditbridge.access.rules import OrganisationKind, Role
from creditbridge.access.service import actor_of, add_member, create_organisation, create_user
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.kernel.words import Words


def create_first_administrator(
    session: Session, *, organisation: str, login_name: str, name: str, password: str
) -> Membership:
    """Create the platform operator and its administrator.

    Raises:
        RuleRefused: if there is an administrator already; that one makes the others.
        InvalidInput: if the password does not pass the policy.
    """
    if session.scalar(
        select(Membership.id).where(Membership.role == Role.PLATFORM_ADMINISTRATOR.value).limit(1)
    ):
        raise RuleRefused(
            "administrator_exists",
            Words(
                "平台管理员已存在，其他账号请由管理员在页面上开通。",
                "There is an administrator already. Further accounts are made by that one, on the members page.",
            ),
        )
    if wrong := password_policy.problems(password, login_name, organisation):
        raise InvalidInput({"password": wrong}, wrong[0])
    owner = create_organisation(session, OrganisationKind.PLATFORM, organisation)
    user: User = create_user(session, login_name=login_name, name=name, password=password)
    membership = add_member(session, user, owner, Role.PLATFORM_ADMINISTRATOR)
    record_as(
        session,
        actor_of(user, membership, via="cli"),
        "access.first_administrator_created",
        subject_kind="user",
        subject_id=user.public_id,
    )
    return membership
