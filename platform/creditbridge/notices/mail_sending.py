"""Sending mail over the operator's SMTP server: claim, send, write down, with no transaction open meanwhile."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict
from creditbridge.notices.mail_rules import MAIL, Letter, MailState, compose, pause_after
from creditbridge.notices.model import NoticeMail
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.transitions import move

SEND_MAIL = "notices.send_mail"
TIMEOUT_SECONDS = 10.0
CLAIMED_FOR = timedelta(seconds=50)
DEFAULT_PORTS = {"smtp": 25, "smtps": 465}
NOT_SECURE = "NotSecure"
"""The server offers no TLS: a password is not sent to it, whoever may have taken the offer out of its answer."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """The SMTP server (``smtp://user:password@host:587``, ``smtps://…``), who mails come from, and where links lead."""

    url: str
    sender: str
    public_url: str


class _Post:
    """The mail server of this process; none where mail is not set up."""

    server: MailServer | None = None


def send_through(server: MailServer | None) -> None:
    """Say through which server this process sends mail; None for no mail."""
    _Post.server = server


def is_on() -> bool:
    """Whether mail is set up."""
    return _Post.server is not None


def server_in_use() -> MailServer | None:
    """The server mails go through; None where mail is not set up."""
    return _Post.server


def send(database: Database, mail_id: str) -> bool:
    """Try one mail; answers whether this event has nothing left to do (a further try is another event)."""
    try:
        with database.write() as session:
            claimed = _claim(session, mail_id)
    except Conflict:
        return False
    if not isinstance(claimed, _Claimed):
        return claimed
    assert _Post.server is not None
    server = _Post.server
    error = hand_in(server, compose(claimed.letter, sender=server.sender, public_url=server.public_url))
    with database.write() as session:
        _write_down(session, claimed, error)
    return True


@dataclass(frozen=True, slots=True)
class _Claimed:
    row_id: int
    version: int
    letter: Letter


def _claim(session: Session, mail_id: str) -> _Claimed | bool:
    row = session.scalar(
        select(NoticeMail)
        .where(NoticeMail.public_id == mail_id)
        .options(joinedload(NoticeMail.user), joinedload(NoticeMail.notice))
    )
    if row is None or row.state_now in (MailState.SENT, MailState.DEAD):
        return True
    now = clock.now()
    if row.state_now is MailState.SENDING and row.claimed_until is not None and row.claimed_until > now:
        return False
    if (
        not is_on()
        or not row.user.email
        or row.user.mail_off_at is not None
        or row.user.disabled_at is not None
    ):
        move(session, row, MAIL, "give_up", error="not_wanted", ended_at=now)
        return True
    if row.state_now is MailState.WAITING and row.next_try_at > now:
        return True  # the time of the next try brings an event of its own
    step = "claim" if row.state_now is MailState.WAITING else "reclaim"
    move(session, row, MAIL, step, claimed_until=now + CLAIMED_FOR, tries=row.tries + 1)
    letter = Letter(row.public_id, row.notice.kind, row.user.name, row.user.email, row.user.locale)
    return _Claimed(row.id, row.version, letter)


def hand_in(server: MailServer, mail: EmailMessage) -> str:
    """Hand the mail to the server; answers what went wrong, empty for nothing."""
    parts = urlsplit(server.url)
    host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
    trust = ssl.create_default_context()
    try:
        with (
            smtplib.SMTP_SSL(host, port, timeout=TIMEOUT_SECONDS, context=trust)
            if parts.scheme == "smtps"
            else smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS)
        ) as post:
            post.ehlo()  # before it nothing is known of what the server offers
            is_secure = parts.scheme == "smtps"
            if not is_secure and post.has_extn("starttls"):
                post.starttls(context=trust)
                is_secure = True
            if parts.username and not is_secure:
                return NOT_SECURE
            if parts.username:
                post.login(unquote(parts.username), unquote(parts.password or ""))
            post.send_message(mail)
    except smtplib.SMTPResponseException as error:
        return f"{type(error).__name__} {error.smtp_code}"
    except (smtplib.SMTPException, OSError) as error:
        return type(error).__name__
    return ""


def _write_down(session: Session, claimed: _Claimed, error: str) -> None:
    row = session.get_one(NoticeMail, claimed.row_id)
    if row.version != claimed.version:
        return  # it took so long that another worker claimed it; what that one finds out counts
    now = clock.now()
    if not error:
        move(session, row, MAIL, "send", error="", ended_at=now)
        return
    pause = pause_after(row.tries)
    if pause is None:
        move(session, row, MAIL, "give_up", error=error, ended_at=now)
        return
    move(session, row, MAIL, "put_off", error=error, next_try_at=now + pause)
    outbox.emit_later(session, SEND_MAIL, now + pause, mail_id=row.public_id)
