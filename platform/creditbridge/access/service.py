"""Signing in and out: server-side sessions that can be revoked."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import structlog
from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from creditbridge.access import passwords, throttle
from creditbridge.access.model import ApiToken, Membership, Organisation, SignIn, User
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import DomainError, NotAllowed, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.database import Database

# Idle: a desk left at lunch is closed; absolute: one working day with a margin. docs/security.md gives the reasons.
IDLE_LIMIT = timedelta(minutes=60)
ABSOLUTE_LIMIT = timedelta(hours=12)
TOUCH_EVERY = timedelta(minutes=1)

SIGN_IN_WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT_AND_ADDRESS = 10
TRIES_PER_ADDRESS = 100
TRIES_PER_ACCOUNT = 200


_log = structlog.get_logger()


class WrongCredentials(DomainError):
    """The account or the password is not right; which of the two is never said."""

    def __init__(self) -> None:
        super().__init__(
            "wrong_credentials",
            Words(
                "账号或密码不正确，请核对后重试。",
                "The account or the password is not right. Check both and try again.",
            ),
        )


def hash_token(token: str) -> str:
    """The SHA-256 of a random 256-bit token; it needs no stretching because it cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def authenticate(database: Database, login_name: str, password: str, *, address: str) -> User:
    """The user with these credentials.

    Tries are counted in transactions of their own and before the password is tried, so that they stay counted when
    the request is refused and none of several at the same moment slips through.

    Raises:
        Throttled: after too many tries from this address, for this account from this address, or for this account
            from addresses it was never used from.
        WrongCredentials: for an unknown account, a wrong password and a disabled account alike.
    """
    login = login_name.strip().casefold()
    with database.read() as session:
        user = session.scalar(
            select(User)
            .where(User.login_name == login)
            .options(joinedload(User.memberships).joinedload(Membership.organisation))
        )
        known = user is not None and _signed_in_before(session, user.id, address)
    tries = [
        ("sign_in", (login, address), TRIES_PER_ACCOUNT_AND_ADDRESS),
        ("sign_in_address", (address,), TRIES_PER_ADDRESS),
    ]
    if not known:
        # Guessers spread over many addresses must not lock the owner out where they are at home.
        tries.append(("sign_in_account", (login,), TRIES_PER_ACCOUNT))
    for name, parts, limit in tries:
        throttle.take(database, name, *parts, limit=limit, window=SIGN_IN_WINDOW)
    if user is None:
        passwords.spend_the_same_time(password)
        matches = False
    else:
        matches = passwords.verify_password(user.password_hash, password) and user.disabled_at is None
    if not matches:
        _log.warning("sign_in_refused", account=user.public_id if user else None, address=address)
        raise WrongCredentials
    for name, parts, _ in tries:
        throttle.give_back(database, name, *parts)
    throttle.forget(database, "sign_in", login, address)
    assert user is not None
    _renew_hash(database, user, password)
    return user


def _signed_in_before(session: Session, user_id: int, address: str) -> bool:
    found = select(SignIn.id).where(SignIn.user_id == user_id, SignIn.address == address[:64]).limit(1)
    return session.scalar(found) is not None


def _renew_hash(database: Database, user: User, password: str) -> None:
    """Hash a right password anew where the library's parameters have grown since it was hashed."""
    if not passwords.needs_rehash(user.password_hash):
        return
    with database.write() as session:
        session.execute(
            update(User)
            .where(User.id == user.id, User.password_hash == user.password_hash)
            .values(password_hash=passwords.hash_password(password))
        )


def start_sign_in(
    session: Session, user: User, *, address: str, agent: str, membership: Membership | None = None
) -> str:
    """Open a server-side session and answer its token, which only the cookie will hold.

    Raises:
        NotAllowed: if the user belongs to no active organisation.
    """
    chosen = membership or first_membership(user)
    if chosen is None:
        raise NotAllowed(
            "no_membership",
            Words(
                "该账号尚未加入任何单位，请联系本单位负责人。",
                "This account belongs to no organisation yet. Ask the person in charge at yours.",
            ),
        )
    token = ids.secret_token()
    moment = clock.now()
    session.add(
        SignIn(
            public_id=ids.public_id(),
            token_hash=hash_token(token),
            user_id=user.id,
            membership_id=chosen.id,
            started_at=moment,
            last_seen_at=moment,
            confirmed_at=moment,
            expires_at=moment + ABSOLUTE_LIMIT,
            address=address[:64],
            agent=agent[:200],
        )
    )
    record_as(
        session, actor_of(user, chosen), "access.signed_in", subject_kind="user", subject_id=user.public_id
    )
    return token


def first_membership(user: User) -> Membership | None:
    live = [m for m in user.memberships if m.ended_at is None and m.organisation.is_active]
    return live[0] if live else None


def find_sign_in(session: Session, token: str) -> SignIn | None:
    """The live session of a cookie's token: not ended, not idle, not past its end, of an enabled member."""
    row = session.scalar(_SIGN_IN, {"token_hash": hash_token(token)})
    return row if row is not None and _is_live(row) else None


# Made once: every request asks it, and writing it down costs more than the answer.
_SIGN_IN = (
    select(SignIn)
    .where(SignIn.token_hash == bindparam("token_hash"))
    .options(joinedload(SignIn.user), joinedload(SignIn.membership).joinedload(Membership.organisation))
)


def _is_live(row: SignIn) -> bool:
    moment = clock.now()
    return (
        row.ended_at is None
        and row.expires_at > moment
        and row.last_seen_at + IDLE_LIMIT > moment
        and row.user.disabled_at is None
        and row.membership.ended_at is None
        and row.membership.organisation.is_active
    )


def touch(database: Database, row: SignIn) -> None:
    """Note that the session is in use, at most once a minute and outside the request's unit of work."""
    if row.last_seen_at + TOUCH_EVERY > clock.now():
        return
    with database.write() as session:
        session.execute(
            update(SignIn)
            .where(SignIn.id == row.id, SignIn.ended_at.is_(None))
            .values(last_seen_at=clock.now())
        )


def end_sign_in(session: Session, sign_in_id: int) -> None:
    session.execute(
        update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=clock.now())
    )


def end_all_sign_ins(session: Session, user_id: int, *, except_id: int | None = None) -> None:
    """End every session of a user, for a changed password, a disabled account or a lost device."""
    statement = update(SignIn).where(SignIn.user_id == user_id, SignIn.ended_at.is_(None))
    if except_id is not None:
        statement = statement.where(SignIn.id != except_id)
    session.execute(statement.values(ended_at=clock.now()))


def actor_of(
    user: User, membership: Membership, *, via: str = "page", scopes: frozenset[str] | None = None
) -> Actor:
    organisation = membership.organisation
    return Actor(
        user_id=user.id,
        user_public_id=user.public_id,
        name=user.name,
        organisation_id=organisation.id,
        organisation_public_id=organisation.public_id,
        organisation_name=organisation.name,
        kind=OrganisationKind(organisation.kind),
        role=Role(membership.role),
        branch_id=membership.branch_id,
        locale=user.locale,
        via=via,
        scopes=scopes,
    )


def actor_of_token(session: Session, token: str) -> Actor | None:
    """The actor of a live API token, or None."""
    row = session.scalar(
        select(ApiToken)
        .where(ApiToken.token_hash == hash_token(token))
        .options(
            joinedload(ApiToken.membership).joinedload(Membership.organisation),
            joinedload(ApiToken.membership).joinedload(Membership.user),
        )
    )
    if row is None or row.revoked_at is not None or row.expires_at <= clock.now():
        return None
    member = row.membership
    if (
        member.ended_at is not None
        or member.user.disabled_at is not None
        or not member.organisation.is_active
    ):
        return None
    return actor_of(member.user, member, via="api", scopes=frozenset(row.scopes))


def create_organisation(
    session: Session, kind: OrganisationKind, name: str, *, name_en: str = ""
) -> Organisation:
    organisation = Organisation(kind=kind.value, name=name, name_en=name_en)
    session.add(organisation)
    session.flush()
    return organisation


def create_user(
    session: Session,
    *,
    login_name: str,
    name: str,
    password: str,
    locale: str = "zh",
    email: str = "",
    one_time: bool = False,
) -> User:
    """A new person who can sign in. The password must have passed the policy before.

    With ``one_time`` the password was made for them by somebody else: they see no other page until they have
    chosen their own.
    """
    user = User(
        login_name=login_name.strip().casefold(),
        name=name,
        password_hash=passwords.hash_password(password),
        password_changed_at=clock.now(),
        locale=locale,
        email=email,
        must_change_password=one_time,
    )
    session.add(user)
    session.flush()
    return user


def add_member(
    session: Session, user: User, organisation: Organisation, role: Role, *, branch_id: int | None = None
) -> Membership:
    """Give a person a role in an organisation of the role's kind.

    Raises:
        RuleRefused: if the role belongs to another kind of organisation.
    """
    if role.kind.value != organisation.kind:
        raise RuleRefused(
            "role_of_other_kind",
            Words("该岗位不适用于此类单位。", "This role does not exist in this kind of organisation."),
        )
    membership = Membership(user=user, organisation=organisation, role=role.value, branch_id=branch_id)
    session.add(membership)
    session.flush()
    return membership
