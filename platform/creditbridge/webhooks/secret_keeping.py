"""Secrets of endpoints: made here, sealed at rest, shown once, and used to sign."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from standardwebhooks import Webhook

from creditbridge.store.sealing import BrokenSeal, Sealer
from creditbridge.webhooks.rules import SECRET_BYTES, SECRET_PREFIX

PURPOSE = "webhook secret"


class _Keeper:
    """The sealer of this process; a worker finds it here as the web server does."""

    sealer: Sealer | None = None


def seal_with(secret_key: str) -> None:
    """Say with which key of the application this process seals and opens secrets."""
    _Keeper.sealer = Sealer(secret_key, PURPOSE)


def new_secret() -> tuple[str, str]:
    """A new secret as its owner is shown it, and as it is stored."""
    shown = SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
    return shown, _sealer().seal(shown)


def signatures(sealed: Sequence[str], message_id: str, at: datetime, body: str) -> str:
    """The value of ``webhook-signature``: one signature a secret, with spaces between.

    The first is the secret in use. One before it that no longer opens, since the application's key was changed, is left out.

    Raises:
        BrokenSeal: the secret in use does not open.
    """
    opened = [_sealer().open(sealed[0])]
    for former in sealed[1:]:
        with suppress(BrokenSeal):
            opened.append(_sealer().open(former))
    return " ".join(Webhook(secret).sign(message_id, at, body) for secret in opened)


def _sealer() -> Sealer:
    assert _Keeper.sealer is not None, "the process has not said with which key secrets are sealed"
    return _Keeper.sealer
