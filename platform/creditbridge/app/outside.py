"""What a process needs to speak to the outside: whom it may ask, and with which key secrets are sealed."""

from __future__ import annotations

from creditbridge.app.settings import Settings, secret_key
from creditbridge.outbound import service as outbound
from creditbridge.webhooks import secret_keeping


def connect(settings: Settings) -> None:
    """Connect this process to the outside, as its settings say; harmless when done again."""
    outbound.permit(settings.outbound_allowed_hosts)
    secret_keeping.seal_with(secret_key(settings))
