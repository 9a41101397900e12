"""How somebody wants pages to look: large print and high contrast (GB/T 37668), kept in cookies."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode, urlsplit

from flask import request

SWITCHES: Final = {"large_print": "large-print", "high_contrast": "high-contrast"}
"""Cookie name → class on the root element."""

_LONGEST_ADDRESS: Final = 2000


def switched_on(switch: str) -> bool:
    return request.cookies.get(switch) == "1"


def display_classes() -> str:
    return " ".join(name for switch, name in SWITCHES.items() if switched_on(switch))


def own_address() -> str:
    """This page's address, to come back to after a switch; without ``lang``, which holds for one answer only.

    After a POST there is no page to come back to by address, so it is the home page.
    """
    if request.method != "GET":
        return "/"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def safe_return(address: str | None) -> str:
    r"""Only ever back to a page of this site: a path, never another host (``//host``, ``/\host``)."""
    if not address or len(address) > _LONGEST_ADDRESS or any(ord(sign) < 32 for sign in address):
        return "/"
    if not address.startswith("/") or address[1:2] in {"/", "\\"}:
        return "/"
    parts = urlsplit(address)
    return "/" if parts.scheme or parts.netloc else address
