"""How often one token, and one address, may call the API: counted in each process for a minute.

What is sent as a token is counted before anybody knows whether it is one, so addresses are counted too: whoever
makes up a new token for every call is stopped there.

The count is no record: it only keeps one client from taking the whole server. Tries to sign in are counted in the
database, by :mod:`creditbridge.access.throttle`.
"""

from __future__ import annotations

import hashlib
import math
import threading

from flask import Flask, current_app, request

from creditbridge.kernel import clock
from creditbridge.kernel.errors import Throttled

MOST_A_MINUTE = 1_200
MOST_OF_AN_ADDRESS = 6_000
"""Several systems of one lender may stand behind one address."""
WINDOW_SECONDS = 60
MOST_CLIENTS = 10_000
EXTENSION = "creditbridge_api_rate"
BY_ADDRESS = "creditbridge_api_rate_by_address"


class Rate:
    """Calls of each client in the present minute."""

    def __init__(self, most: int = MOST_A_MINUTE) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._window = 0
        self._calls: dict[str, int] = {}

    def count(self, client: str) -> None:
        """Count one call.

        Raises:
            Throttled: beyond the most, with the seconds until the minute ends.
        """
        now = clock.now().timestamp()
        with self._lock:
            window = int(now // WINDOW_SECONDS)
            if window != self._window or len(self._calls) > MOST_CLIENTS:
                self._window, self._calls = window, {}
            calls = self._calls[client] = self._calls.get(client, 0) + 1
        if calls > self.most:
            raise Throttled(max(1, math.ceil((window + 1) * WINDOW_SECONDS - now)))


def install(app: Flask) -> None:
    """Count every call of the API before anything else is done for it."""
    app.extensions[EXTENSION] = Rate()
    app.extensions[BY_ADDRESS] = Rate(MOST_OF_AN_ADDRESS)
    app.before_request_funcs.setdefault(None, []).insert(0, _count)


def _count() -> None:
    if request.path.startswith("/api/"):
        address = request.remote_addr or ""
        by_address: Rate = current_app.extensions[BY_ADDRESS]
        by_address.count(address)
        by_token: Rate = current_app.extensions[EXTENSION]
        by_token.count(_hashed(request.headers.get("Authorization") or address))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
