"""What the frame shows of the application: who is signed in, where they can go, what waits for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from flask import current_app, request, url_for

from creditbridge.kernel.words import Words

EXTENSION: Final = "creditbridge_frame"


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation. ``under``: prefixes of the endpoints for which it is the current one."""

    label: Words
    endpoint: str
    count: int | None = None
    under: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return url_for(self.endpoint, **self.values)

    @property
    def current(self) -> bool:
        here = request.endpoint or ""
        return here == self.endpoint or bool(self.under and here.startswith(self.under))


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries that belong together under one heading: a menu in wide windows, a section of the menu in narrow ones."""

    label: Words
    within: tuple[NavItem, ...]

    @property
    def current(self) -> bool:
        return any(item.current for item in self.within)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the header names them. ``kind`` of organisation: platform, lender or firm."""

    name: str
    organisation: str
    role: Words
    kind: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The functions the application passed in."""

    navigation: Callable[[], Sequence[NavItem | NavGroup]]
    person: Callable[[], Person | None]
    unread: Callable[[], int]
    endpoints: Mapping[str, str]

    def link(self, place: str) -> str | None:
        """The address of a place (home, search, login, logout, messages, account), if the application has it."""
        endpoint = self.endpoints.get(place)
        return url_for(endpoint) if endpoint else None


def current_frame() -> Frame:
    return cast("Frame", current_app.extensions[EXTENSION])
