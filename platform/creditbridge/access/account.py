"""What people do with their own account: password, sessions, language."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from creditbridge.access import password_policy, passwords, throttle
from creditbridge.access.model import Membership, SignIn, User
from creditbridge.access.rules import Actor
from creditbridge.access.service import SIGN_IN_WINDOW, end_all_sign_ins, end_sign_in
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store.database import Database

TRIES_TO_CONFIRM = 10
WRONG_PASSWORD = Words("当前密码不正确。", "The current password is not right.")


def user_of(session: Session, actor: Actor) -> User:
    """The actor's own account."""
    return session.scalars(select(User).where(User.id == actor.user_id)).one()


def check_new_password(password: str, *own_words: str) -> None:
    """Refuse a password that the policy does not take.

    Raises:
        InvalidInput: on the field ``password``.
    """
    found = password_policy.problems(password, *own_words)
    if found:
        raise InvalidInput({"password": found})


def confirm_password(database: Database, actor: Actor, password: str) -> None:
    """Have a person prove again who they are, before a step that a stolen session must not take.

    Tries are counted in transactions of their own: the request's unit of work must not be open for writing.

    Raises:
        Throttled: after too many tries.
        InvalidInput: if the password is wrong.
    """
    throttle.take(database, "confirm", actor.user_public_id, limit=TRIES_TO_CONFIRM, window=SIGN_IN_WINDOW)
    with database.read() as session:
        user = user_of(session, actor)
    if not passwords.verify_password(user.password_hash, password):
        raise InvalidInput({"current": [WRONG_PASSWORD]})
    throttle.forget(database, "confirm", actor.user_public_id)


def change_password(session: Session, actor: Actor, *, current: str, password: str, sign_in_id: int) -> None:
    """Change the password and end every other session of this person.

    Raises:
        InvalidInput: if the current password is wrong or the new one is refused.
    """
    user = user_of(session, actor)
    if not passwords.verify_password(user.password_hash, current):
        raise InvalidInput({"current": [WRONG_PASSWORD]})
    check_new_password(password, user.login_name, actor.organisation_name, user.name)
    user.password_hash = passwords.hash_password(password)
    user.password_changed_at = clock.now()
    user.must_change_password = False
    end_all_sign_ins(session, user.id, except_id=sign_in_id)
    record_as(session, actor, "access.password_changed", subject_kind="user", subject_id=user.public_id)


def live_sign_ins(session: Session, actor: Actor) -> Sequence[SignIn]:
    """The person's open sessions, the latest first."""
    return session.scalars(
        select(SignIn)
        .where(SignIn.user_id == actor.user_id, SignIn.ended_at.is_(None), SignIn.expires_at > clock.now())
        .order_by(SignIn.last_seen_at.desc())
    ).all()


def end_own_sign_in(session: Session, actor: Actor, public_id: str) -> None:
    """End one of the person's own sessions.

    Raises:
        NotFound: if it is not theirs.
    """
    row = session.scalar(select(SignIn).where(SignIn.public_id == public_id, SignIn.user_id == actor.user_id))
    if row is None:
        raise NotFound(Words("登录会话", "session"))
    end_sign_in(session, row.id)
    record_as(session, actor, "access.session_ended", subject_kind="user", subject_id=actor.user_public_id)


def end_other_sign_ins(session: Session, actor: Actor, sign_in_id: int) -> None:
    """End every session of the person but this one."""
    assert actor.user_id is not None
    end_all_sign_ins(session, actor.user_id, except_id=sign_in_id)
    record_as(
        session, actor, "access.other_sessions_ended", subject_kind="user", subject_id=actor.user_public_id
    )


def memberships_of(session: Session, actor: Actor) -> Sequence[Membership]:
    """The organisations this person may act for."""
    return session.scalars(
        select(Membership)
        .where(Membership.user_id == actor.user_id, Membership.ended_at.is_(None))
        .options(joinedload(Membership.organisation))
        .order_by(Membership.id)
    ).all()


def switch_membership(session: Session, actor: Actor, sign_in_id: int, membership_public_id: str) -> None:
    """Act for another of the person's organisations in this session.

    Raises:
        NotFound: if the person has no such live membership.
    """
    for membership in memberships_of(session, actor):
        if membership.public_id == membership_public_id and membership.organisation.is_active:
            session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(membership_id=membership.id))
            return
    raise NotFound(Words("单位", "organisation"))
