"""Which function brings about which event. ``app.handlers`` registers them all when a process starts.

Most handlers work in the transaction that marks their event done. One that asks somebody outside (a webhook, a mail)
must not hold a transaction open meanwhile: it is given the database, uses short transactions of its own, and is
called again until it says that it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.store.database import Database

Handler = Callable[[Session, Mapping[str, Any]], None]
OutsideHandler = Callable[[Database, Mapping[str, Any]], bool]
"""Answers whether the event is done; one that is not stays open and is handed over again."""

_registered: dict[str, Handler] = {}
_outside: dict[str, OutsideHandler] = {}


class UnknownEvent(LookupError):
    """An event waits for which this version of the code has no handler."""


def register(name: str, handler: Handler) -> None:
    """Say what brings about the event ``name``. The handler runs in the transaction that marks the event done.

    Raises:
        ValueError: if another function already does; two rooms that listen are called by one function in ``app``.
    """
    present = _registered.setdefault(name, handler)
    if present is not handler:
        raise ValueError(f"the event {name!r} already has a handler")


def register_outside(name: str, handler: OutsideHandler) -> None:
    """Say what brings about an event that needs somebody outside. It may be called twice for the same event.

    Raises:
        ValueError: if another function already does.
    """
    present = _outside.setdefault(name, handler)
    if present is not handler or name in _registered:
        raise ValueError(f"the event {name!r} already has a handler")


def outside_handler_of(name: str) -> OutsideHandler | None:
    """The function that asks somebody outside for the event ``name``; None if its handler works inside."""
    return _outside.get(name)


def handler_of(name: str) -> Handler:
    """The function that brings about the event ``name``.

    Raises:
        UnknownEvent: if none is registered.
    """
    try:
        return _registered[name]
    except KeyError:
        raise UnknownEvent(f"no handler is registered for the event {name!r}") from None


def names() -> frozenset[str]:
    """The names of all events that can be brought about."""
    return frozenset(_registered) | frozenset(_outside)
