"""Mail for notices: who gets one, and what a person says about it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from creditbridge.access.model import Membership, User
from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.notices.mail_sending import SEND_MAIL
from creditbridge.notices.model import Notice, NoticeMail
from creditbridge.store import outbox

SHOWN = 10


def write_mails(session: Session, notice_id: str) -> int:
    """Lay a mail before each person a notice is for who wants mail; answers how many. Doing it again adds none."""
    notice = session.scalar(select(Notice).where(Notice.public_id == notice_id))
    if notice is None:
        return 0
    has_one = set(session.scalars(select(NoticeMail.user_id).where(NoticeMail.notice_id == notice.id)))
    wanted = [user_id for user_id in _readers(session, notice) if user_id not in has_one]
    for user_id in wanted:
        mail = NoticeMail(notice_id=notice.id, user_id=user_id)
        session.add(mail)
        session.flush()
        outbox.emit(session, SEND_MAIL, mail_id=mail.public_id)
    return len(wanted)


def _readers(session: Session, notice: Notice) -> Sequence[int]:
    """The people a notice is shown to, as the messages page decides it, who have an address and want mail."""
    query = (
        select(User.id)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.organisation_id == notice.organisation_id,
            Membership.ended_at.is_(None),
            User.disabled_at.is_(None),
            User.mail_off_at.is_(None),
            User.email != "",
        )
        .order_by(User.id)
    )
    if notice.user_id is not None:
        query = query.where(User.id == notice.user_id)
    if notice.roles:
        query = query.where(Membership.role.in_(notice.roles.split()))
    if notice.branch_id is not None:
        query = query.where(or_(Membership.branch_id.is_(None), Membership.branch_id == notice.branch_id))
    return session.scalars(query).unique().all()


def set_wish(session: Session, actor: Actor, *, email: str, wanted: bool) -> None:
    """Take down a person's address and whether they want mail."""
    user = session.get_one(User, actor.user_id)
    if user.email == email and (user.mail_off_at is None) == wanted:
        return
    user.email = email
    user.mail_off_at = None if wanted else clock.now()
    record_as(
        session, actor, "access.mail_changed", subject_kind="user", subject_id=user.public_id, wanted=wanted
    )


def wish_of(session: Session, actor: Actor) -> tuple[str, bool]:
    """A person's address, and whether they want mail."""
    user = session.get_one(User, actor.user_id)
    return user.email, user.mail_off_at is None


def mails_of(session: Session, actor: Actor) -> Sequence[NoticeMail]:
    """The latest mails to a person."""
    return session.scalars(
        select(NoticeMail)
        .where(NoticeMail.user_id == actor.user_id)
        .options(joinedload(NoticeMail.notice))
        .order_by(NoticeMail.id.desc())
        .limit(SHOWN)
    ).all()
