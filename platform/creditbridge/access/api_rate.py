"""How often one token, or one address without a token, may call the API: counted in each process for a minute.

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
WINDOW_SECONDS = 60
MOST_CLIENTS = 10_000
EXTENSION = "creditbridge_api_rate"


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
    app.before_request_funcs.setdefault(None, []).insert(0, _count)


def _count() -> None:
    if request.path.startswith("/api/"):
        rate: Rate = current_app.extensions[EXTENSION]
        rate.count(_client())


def _client() -> str:
    token = request.headers.get("Authorization") or request.remote_addr or ""
    return hashlib.sha256(token.encode()).hexdigest()
