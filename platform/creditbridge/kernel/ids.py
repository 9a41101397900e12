"""Opaque public identifiers: what URLs and the API show instead of database keys."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Crockford's base 32 in lower case: no i, l, o, u, so that an id can be read out on the phone.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 20

_drawing: ContextVar[Callable[[str], str] | None] = ContextVar("ids_drawing", default=None)


def public_id() -> str:
    """A new random identifier of 20 characters (100 bits). It is a name, never a secret."""
    draw = _drawing.get()
    if draw is not None:
        return "".join(draw(ALPHABET) for _ in range(LENGTH))
    # 20 signs of five bits each, drawn at once: a city has half a million of them.
    return "".join([ALPHABET[byte & 31] for byte in secrets.token_bytes(LENGTH)])


@contextmanager
def drawn_with(draw: Callable[[str], str]) -> Iterator[None]:
    """Draw the signs of public ids with a function of one's own inside the block.

    The demo city draws them from its seed, so that its addresses are the same wherever it is loaded. Secrets are
    never drawn with it.
    """
    token = _drawing.set(draw)
    try:
        yield
    finally:
        _drawing.reset(token)


def secret_token() -> str:
    """A new bearer secret of 256 bits for sessions, invitations and API tokens; only its hash is stored."""
    return secrets.token_urlsafe(32)
