"""A connection to the very address that was tested, whatever the name resolves to a moment later.

The name still stands in the Host header, in TLS (SNI) and in the check of the certificate. Whatever the other side
does (a byte a second, a handshake without end), the connection is shut when its time is over.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util.connection import create_connection


class Deadline:
    """Shuts the watched connections when ``seconds`` are over; ``passed`` tells whether it had to."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        for watched in self._watched:
            watched.close()

    def watch(self, connected: socket.socket) -> None:
        # A second handle of the same connection: TLS takes the first one away.
        self._watched.append(connected.dup())
        if self.passed:  # while it was being connected
            self._end()

    def _end(self) -> None:
        self.passed = True
        for watched in self._watched:
            with suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)


class PinnedAdapter(HTTPAdapter):
    """Sends over connections to the tested addresses only; the first that answers is taken."""

    def __init__(self, addresses: Sequence[str], deadline: Deadline) -> None:
        super().__init__(max_retries=0)
        self._plain = _pinned(HTTPConnection, addresses, deadline)
        self._secure = _pinned(HTTPSConnection, addresses, deadline)

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,
        proxies: Mapping[str, str] | None = None,  # noqa: ARG002 - there are none
        cert: Any = None,
    ) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(request, verify, {}, cert)
        assert isinstance(pool, HTTPConnectionPool)
        pool.ConnectionCls = self._secure if pool.scheme == "https" else self._plain
        return pool


def _pinned(base: type[Any], addresses: Sequence[str], deadline: Deadline) -> type[Any]:
    class Pinned(base):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            failure: OSError | None = None
            for address in addresses:
                if deadline.passed:  # a name may have any number of addresses of which none answers
                    break
                try:
                    connected = create_connection(
                        (address, self.port), self.timeout, socket_options=self.socket_options
                    )
                except OSError as error:
                    failure = error
                    continue
                deadline.watch(connected)
                return connected
            raise NewConnectionError(self, f"no tested address answered: {failure}")

    return Pinned
