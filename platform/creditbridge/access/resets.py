"""A forgotten password: links that let a person choose another one, once and for a short while.

A link is mailed to the address the person entered, or handed over by an administrator who knows them. It opens no
session: whoever has it still signs in afterwards, with the second factor where there is one. Asking is answered alike
whether or not there is such an account, and does the same work.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from creditbridge.access import passwords, throttle
from creditbridge.access.account import check_new_password
from creditbridge.access.model import Membership, PasswordReset, User
from creditbridge.access.rules import Actor
from creditbridge.access.service import actor_of, end_all_sign_ins, first_membership, hash_token
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock, ids
from creditbridge.kernel.errors import NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.database import Database

MAIL_LIFE = timedelta(minutes=30)
"""Of a mailed link, from the moment the mail is written."""
HANDED_LIFE = timedelta(hours=2)
"""Of a link an administrator hands over: there are people to reach."""

WINDOW = timedelta(hours=1)
TRIES_PER_ACCOUNT_AND_ADDRESS = 5
TRIES_PER_ADDRESS = 30
MAILS_PER_ACCOUNT = 5
KEPT_FOR = timedelta(days=30)

ENDED = RuleRefused(
    "reset_link_ended",
    Words(
        "链接无效、已使用或已过期，请重新申请。",
        "This link is wrong, was used already or has expired. Ask for another.",
    ),
)


def asked_for(database: Database, login_name: str, *, address: str) -> str:
    """The public id of the account somebody says they cannot get into; empty where there is none to help.

    Raises:
        Throttled: after too many tries for this account from this address, or from this address; counted alike for
            accounts that do not exist.
    """
    login = login_name.strip().casefold()
    throttle.take(database, "reset", login, address, limit=TRIES_PER_ACCOUNT_AND_ADDRESS, window=WINDOW)
    throttle.take(database, "reset_address", address, limit=TRIES_PER_ADDRESS, window=WINDOW)
    with database.read() as session:
        found = session.scalar(
            select(User.public_id).where(User.login_name == login, User.disabled_at.is_(None))
        )
    return found or ""


def person(session: Session, public_id: str) -> User | None:
    """The account that may be helped: there, and not disabled."""
    return session.scalar(select(User).where(User.public_id == public_id, User.disabled_at.is_(None)))


def may_be_mailed(session: Session, user: User) -> bool:
    """Whether few enough links were mailed to this person lately: nobody fills their box by asking from many places."""
    mailed = session.scalar(
        select(func.count())
        .select_from(PasswordReset)
        .where(
            PasswordReset.user_id == user.id,
            PasswordReset.made_by_id.is_(None),
            PasswordReset.created_at > clock.now() - WINDOW,
        )
    )
    return (mailed or 0) < MAILS_PER_ACCOUNT


def issue(
    session: Session, user: User, *, life: timedelta, actor: Actor | None = None, mailed: bool = False
) -> str:
    """A new link's token, which stands nowhere else. Links before it stay good: a stranger who asks spoils none."""
    token = ids.secret_token()
    session.add(
        PasswordReset(
            user_id=user.id,
            token_hash=hash_token(token),
            expires_at=clock.now() + life,
            made_by_id=actor.user_id if actor else None,
        )
    )
    what = "access.reset_link_mailed" if mailed else "access.reset_link_issued"
    record_as(session, actor, what, subject_kind="user", subject_id=user.public_id)
    return token


def issue_on_the_machine(session: Session, login_name: str) -> str:
    """A link for any account, administrators too, for whoever runs the machine.

    Raises:
        NotFound: if nobody of that login name can sign in.
    """
    user = session.scalar(
        select(User).where(User.login_name == login_name.strip().casefold(), User.disabled_at.is_(None))
    )
    if user is None:
        raise NotFound(Words("账号", "account"))
    return issue(session, user, life=HANDED_LIFE)


def find(session: Session, token: str) -> PasswordReset | None:
    """The live link of a token: not used, not expired, of an enabled account."""
    return session.scalar(
        select(PasswordReset)
        .join(PasswordReset.user)
        .where(
            PasswordReset.token_hash == hash_token(token),
            PasswordReset.ended_at.is_(None),
            PasswordReset.expires_at > clock.now(),
            User.disabled_at.is_(None),
        )
        .options(
            joinedload(PasswordReset.user).selectinload(User.memberships).joinedload(Membership.organisation)
        )
    )


def choose(session: Session, token: str, password: str) -> tuple[User, Membership | None]:
    """Take the new password; every session and every other link of this person ends.

    Answers the person, and the membership under which they are told.

    Raises:
        RuleRefused: ``reset_link_ended``; of two at the same moment one is taken.
        InvalidInput: if the new password is refused; the link stays good.
    """
    found = find(session, token)
    if found is None:
        raise ENDED
    user = found.user
    member = first_membership(user)
    check_new_password(password, user.login_name, user.name, member.organisation.name if member else "")
    spent = session.execute(
        update(PasswordReset)
        .where(PasswordReset.id == found.id, PasswordReset.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    assert isinstance(spent, CursorResult)
    if spent.rowcount != 1:
        raise ENDED
    session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user.id, PasswordReset.ended_at.is_(None))
        .values(ended_at=clock.now())
    )
    user.password_hash = passwords.hash_password(password)
    user.password_changed_at = clock.now()
    user.must_change_password = False
    end_all_sign_ins(session, user.id)
    record_as(
        session,
        actor_of(user, member) if member else None,
        "access.password_reset",
        subject_kind="user",
        subject_id=user.public_id,
    )
    return user, member


def forget_old(session: Session) -> None:
    """Delete links that ended long ago; that there were any stands in the audit trail."""
    session.execute(delete(PasswordReset).where(PasswordReset.expires_at < clock.now() - KEPT_FOR))
