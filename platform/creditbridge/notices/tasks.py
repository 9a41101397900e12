"""Jobs of notices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.notices import mail_sending, mailing, reset_mailing
from creditbridge.store.database import Database


def write_mails(session: Session, payload: Mapping[str, Any]) -> None:
    """Write the mails of a notice."""
    mailing.write_mails(session, payload["notice_id"])


def send_mail(database: Database, payload: Mapping[str, Any]) -> bool:
    """Try a mail; answers whether the event is done."""
    return mail_sending.send(database, payload["mail_id"])


def send_reset_link(database: Database, payload: Mapping[str, Any]) -> bool:
    """Try to mail a link to a new password; answers whether the event is done."""
    return reset_mailing.send(database, payload["user_id"], payload["tries"])
