"""Opaque public identifiers: what URLs and the API show instead of database keys."""

from __future__ import annotations

import secrets

# Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read out on the phone.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 20


def public_id() -> str:
    """A new random identifier of 20 characters (100 bits). It is a name, never a secret."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def secret_token() -> str:
    """A new bearer secret of 256 bits for sessions, invitations and API tokens; only its hash is stored."""
    return secrets.token_urlsafe(32)
