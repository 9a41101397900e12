"""Mail: what a notice becomes in a letter box. Pure.

A mail says that something waits and where to read it, never what: neither names nor amounts nor states leave by mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from enum import StrEnum
from urllib.parse import urlsplit

from creditbridge.kernel import clock
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words
from creditbridge.notices.kinds import KINDS

PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""Between one try and the next; after the last a mail is given up. The notice stands in the app all the same."""

_SUBJECT = Words("【信桥】{title}", "CreditBridge: {title}")
_TEXT = Words(
    "{name}，您好：\n\n{title}。请登录平台查看：\n{link}\n\n为保护数据安全，邮件不包含具体内容。\n如不想再收到邮件，请在“消息 → 邮件提醒”中关闭。\n",
    "Dear {name},\n\n{title}. Sign in to read it:\n{link}\n\nTo protect your data this mail says no more.\nYou can turn these mails off under Messages → Mail.\n",
)


class MailState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


MAIL_WORDS: Mapping[MailState, Words] = {
    MailState.WAITING: Words("待发送", "Waiting"),
    MailState.SENDING: Words("发送中", "Being sent"),
    MailState.SENT: Words("已发送", "Sent"),
    MailState.DEAD: Words("未送达", "Given up"),
}
MAIL_TONES: Mapping[MailState, str] = {
    MailState.WAITING: "warning",
    MailState.SENDING: "info",
    MailState.SENT: "success",
    MailState.DEAD: "danger",
}
MAIL = Lifecycle(
    "notice_mail",
    initial=MailState.WAITING,
    steps={
        "claim": ((MailState.WAITING,), MailState.SENDING),
        "reclaim": ((MailState.SENDING,), MailState.SENDING),
        "send": ((MailState.SENDING,), MailState.SENT),
        "put_off": ((MailState.SENDING,), MailState.WAITING),
        "give_up": ((MailState.WAITING, MailState.SENDING), MailState.DEAD),
    },
    words=MAIL_WORDS,
)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person."""

    mail_id: str
    kind: str
    name: str
    address: str
    locale: str


def compose(letter: Letter, *, sender: str, public_url: str) -> EmailMessage:
    """The mail in the recipient's language. Its ``Message-ID`` is the same in every try."""
    title = KINDS[letter.kind].title.say(letter.locale)
    link = f"{public_url.rstrip('/')}/messages"
    mail = EmailMessage()
    mail["Subject"] = _SUBJECT.say(letter.locale).format(title=title)
    mail["From"] = sender
    mail["To"] = letter.address
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{letter.mail_id}@{urlsplit(public_url).hostname or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_TEXT.say(letter.locale).format(name=letter.name, title=title, link=link))
    return mail


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many failed tries in a row; None when it is given up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None
