"""API tokens: hashed, scoped, expiring, made by a member for their own role and shown once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from creditbridge.access.model import ApiToken, Membership
from creditbridge.access.permissions import ROUTES
from creditbridge.access.rules import Actor, Role
from creditbridge.access.service import hash_token
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words

PREFIX = "cb_"
LONGEST_LIFE_DAYS = 365

SCOPES: dict[str, Words] = {
    "products:read": Words("查看产品", "Read products"),
    "products:write": Words("维护产品", "Maintain products"),
    "matches:read": Words("查看匹配结果", "Read match results"),
    "needs:read": Words("查看融资需求", "Read financing needs"),
    "needs:write": Words("发布和回应融资需求", "Post and answer financing needs"),
    "applications:read": Words("查看申请", "Read applications"),
    "applications:write": Words("提交和办理申请", "Make and decide applications"),
    "lines:read": Words("查看授信", "Read credit lines"),
    "lines:write": Words("登记授信和余额", "Record credit lines and balances"),
    "statistics:read": Words("查看统计", "Read statistics"),
    "firm:read": Words("查看本企业信息和材料", "Read the firm's own data and documents"),
    "firm:write": Words("补充本企业信息和材料", "Supply the firm's data and documents"),
    "consents:read": Words("查看授权与查询记录", "Read consents and the access ledger"),
    "consents:write": Words("撤销授权", "Revoke consents"),
    "firms:read": Words("查询登记企业", "Search registered firms"),
}


def offered_to(actor: Actor) -> dict[str, Words]:
    """The scopes that open anything to this actor's role; the others would be of no use to a token of theirs."""
    of_use = {rule.scope for rule in ROUTES.values() if rule.allows(actor.role)}
    return {scope: words for scope, words in SCOPES.items() if scope in of_use}


def create(
    session: Session, actor: Actor, *, name: str, scopes: Collection[str], days: int
) -> tuple[ApiToken, str]:
    """A new token that acts as this member within the scopes; the secret is answered once and never stored.

    Raises:
        InvalidInput: for an unknown scope or a life longer than a year.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise InvalidInput(
            {"scopes": [Words("请选择至少一项有效的权限范围。", "Choose at least one valid scope.")]}
        )
    if not 1 <= days <= LONGEST_LIFE_DAYS:
        raise InvalidInput({"days": [Words("有效期为 1 至 365 天。", "A token can last 1 to 365 days.")]})
    membership_id = session.scalars(
        select(Membership.id).where(
            Membership.user_id == actor.user_id,
            Membership.organisation_id == actor.organisation_id,
            Membership.ended_at.is_(None),
        )
    ).one()
    secret = PREFIX + ids.secret_token()
    token = ApiToken(
        name=name,
        token_hash=hash_token(secret),
        shown_prefix=secret[:9],
        membership_id=membership_id,
        organisation_id=actor.organisation_id,
        scopes=sorted(set(scopes)),
        expires_at=clock.now() + timedelta(days=days),
    )
    session.add(token)
    session.flush()
    record_as(
        session,
        actor,
        "access.token_created",
        subject_kind="api_token",
        subject_id=token.public_id,
        scopes=token.scopes,
    )
    return token, secret


def of_organisation(session: Session, actor: Actor) -> Sequence[ApiToken]:
    """Every token of the actor's organisation, newest first."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.organisation_id == actor.organisation_id)
        .options(joinedload(ApiToken.membership).joinedload(Membership.user))
        .order_by(ApiToken.id.desc())
    ).all()


LEADING = (
    Role.FIRM_OWNER, Role.LENDER_PRODUCT_MANAGER, Role.LENDER_APPROVER, Role.PLATFORM_ADMINISTRATOR,
)  # fmt: skip
"""Who may end the tokens of others in their organisation; everybody may end their own."""


def may_revoke(actor: Actor, token: ApiToken) -> bool:
    """Whether a member may end a token of their organisation: a system at work is not for anybody to stop."""
    return token.membership.user_id == actor.user_id or actor.has_role(*LEADING)


def revoke(session: Session, actor: Actor, public_id: str) -> None:
    """End a token of the actor's organisation at once.

    Raises:
        NotFound: if the organisation has no such token.
        NotAllowed: if it is another member's, and the actor leads nobody.
    """
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.public_id == public_id, ApiToken.organisation_id == actor.organisation_id
        )
    )
    if token is None:
        raise NotFound(Words("令牌", "token"))
    if not may_revoke(actor, token):
        raise NotAllowed
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        record_as(session, actor, "access.token_revoked", subject_kind="api_token", subject_id=public_id)
