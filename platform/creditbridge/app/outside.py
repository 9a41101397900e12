"""What a process needs to speak to the outside: whom it may ask, who takes mail, and with which keys it seals and signs."""

from __future__ import annotations

from creditbridge.app.settings import Settings, prepare_data_dir, secret_key
from creditbridge.notices import mail_sending
from creditbridge.notices.mail_sending import MailServer
from creditbridge.outbound import service as outbound
from creditbridge.records import pulling
from creditbridge.store import audit_changes, audit_head
from creditbridge.webhooks import secret_keeping


def connect(settings: Settings) -> None:
    """Connect this process to the outside, as its settings say; harmless when done again."""
    prepare_data_dir(settings)
    outbound.permit(settings.outbound_allowed_hosts)
    mail_sending.send_through(
        MailServer(settings.smtp_url, settings.mail_from, settings.public_url) if settings.smtp_url else None
    )
    secret_keeping.seal_with(secret_key(settings))
    pulling.seal_with(secret_key(settings))
    audit_changes.digest_with(secret_key(settings))
    audit_head.keep_in(settings.audit_heads, secret_key(settings))
