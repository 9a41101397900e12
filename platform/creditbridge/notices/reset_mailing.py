"""The mail with the link to a new password. It goes whether or not a person wants mail about messages."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from creditbridge.access import resets
from creditbridge.access.model import Membership, User
from creditbridge.kernel import clock, ids
from creditbridge.kernel.words import Words
from creditbridge.notices import mail_sending, service
from creditbridge.notices.mail_rules import PAUSES
from creditbridge.notices.mail_sending import MailServer
from creditbridge.store import outbox
from creditbridge.store.database import Database

SEND_LINK = "notices.send_reset_link"
WORTH_TRYING = len(PAUSES) - 3
"""Further tries after one and ten minutes; nobody waits for a link longer than that."""

_SUBJECT = Words("【信桥】设置新密码", "CreditBridge: choose a new password")
_TEXT = Words(
    "{name}，您好：\n\n有人为账号 {login} 申请设置新密码。请在 {minutes} 分钟内打开以下链接：\n{link}\n\n链接只能使用一次。如果不是您本人申请，请忽略本邮件，密码不会改变。\n",
    "Dear {name},\n\nSomebody asked for a new password for the account {login}. Open this link within {minutes} minutes:\n{link}\n\nIt works once. If it was not you, ignore this mail: your password stays as it is.\n",
)


def ask(session: Session, user_id: str) -> None:
    """Have a link mailed; for an account that does not exist (empty) the same is written, and nothing comes of it."""
    outbox.emit(session, SEND_LINK, user_id=user_id, tries=0)


def send(database: Database, user_id: str, tries: int) -> bool:
    """Try to mail a link; answers whether this event is done (a further try is another event).

    The token is made here, so that until the mail leaves it stands nowhere; each try makes another.
    """
    server = mail_sending.server_in_use()
    if server is None or not user_id:
        return True
    with database.write() as session:
        user = resets.person(session, user_id)
        if user is None or not user.email or not resets.may_be_mailed(session, user):
            return True
        token = resets.issue(session, user, life=resets.MAIL_LIFE, mailed=True)
        mail = _compose(server, user, token)
    if mail_sending.hand_in(server, mail) and tries < WORTH_TRYING:
        with database.write() as session:
            outbox.emit_later(
                session, SEND_LINK, clock.now() + PAUSES[tries], user_id=user_id, tries=tries + 1
            )
    return True


def _compose(server: MailServer, user: User, token: str) -> EmailMessage:
    public_url = server.public_url.rstrip("/")
    mail = EmailMessage()
    mail["Subject"] = _SUBJECT.say(user.locale)
    mail["From"] = server.sender
    mail["To"] = user.email
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{ids.public_id()}@{urlsplit(public_url).hostname or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(
        _TEXT.say(user.locale).format(
            name=user.name,
            login=user.login_name,
            minutes=int(resets.MAIL_LIFE.total_seconds() // 60),
            link=f"{public_url}/new-password?token={token}",
        )
    )
    return mail


def tell(session: Session, user: User, membership: Membership | None) -> None:
    """Tell a person that the password was chosen anew by a link: the notice, and a mail where they want mail."""
    if membership is not None:
        service.notify(
            session,
            organisation_id=membership.organisation_id,
            kind="account.password_reset",
            user_id=user.id,
            subject=("user", user.public_id),
        )
