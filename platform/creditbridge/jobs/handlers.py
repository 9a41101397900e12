"""Which function brings about which event. ``app.handlers`` registers them all when a process starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

Handler = Callable[[Session, Mapping[str, Any]], None]

_registered: dict[str, Handler] = {}


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
    return frozenset(_registered)
