"""Asking an outside address: resolve once, test every address, connect to a tested one, follow nothing.

No proxy of the environment is used, no redirect followed, no cookie kept. Both the time and the size of an answer are
capped. What cannot be asked raises :class:`~creditbridge.outbound.rules.AddressRefused`; what did not answer
raises :class:`OutboundFailed`. Neither belongs inside a write transaction: ask first, then write down what came.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import requests

from creditbridge.kernel.errors import Unavailable
from creditbridge.kernel.words import Words
from creditbridge.outbound.connecting import Deadline, PinnedAdapter
from creditbridge.outbound.rules import Destination, check_addresses, read_url

USER_AGENT = "CreditBridge/0.1"
CHUNK_BYTES = 65_536

Resolver = Callable[[str, int], Sequence[str]]


class OutboundFailed(Unavailable):
    """The other side did not answer as it should. ``code``: ``timed_out``, ``not_connected``, ``not_trusted``, ``too_large``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one request may take in all and between two bytes (seconds), and how large its answer may be (bytes)."""

    seconds: float = 15.0
    idle_seconds: float = 5.0
    answer_bytes: int = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. ``headers`` are keyed by lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


FAILURE_WORDS = {
    "timed_out": Words("对方未在规定时间内响应。", "The other side did not answer in time."),
    "not_connected": Words("无法连接到对方。", "No connection to the other side."),
    "not_trusted": Words("对方的证书不受信任。", "The other side’s certificate is not trusted."),
    "too_large": Words("对方返回的内容过大。", "The answer is too large."),
}


class _Permitted:
    """The internal hosts that this process may ask all the same, from the settings."""

    hosts: frozenset[str] = frozenset()


def permit(hosts: Collection[str]) -> None:
    """Say which internal hosts (``host`` or ``host:port``) this process may ask: for a demo, a test, or an own network."""
    _Permitted.hosts = frozenset(host.lower() for host in hosts)


def check(url: str, *, resolve: Resolver | None = None) -> Destination:
    """Whether an address may be asked now, for a form that takes one. It is tested again whenever it is asked.

    Raises:
        AddressRefused: it may not.
    """
    return _tested(url, resolve)[0]


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits | None = None,
    resolve: Resolver | None = None,
) -> Answer:
    """Send one request and read its answer, whatever its status. A redirect is an answer like any other.

    Raises:
        AddressRefused: the address may not be asked; nothing was sent.
        OutboundFailed: no answer, or none within the limits.
    """
    limits = limits or Limits()
    destination, addresses = _tested(url, resolve)
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
    with Deadline(limits.seconds) as deadline, requests.Session() as session:
        session.trust_env = False
        session.mount(f"{destination.scheme}://", PinnedAdapter(addresses, deadline))
        try:
            with session.request(
                method,
                destination.url,
                headers=sent,
                data=body,
                timeout=(limits.idle_seconds, limits.idle_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                content = _read(response, limits.answer_bytes)
                if deadline.passed:
                    raise failed("timed_out")
                return Answer(
                    response.status_code,
                    {name.lower(): value for name, value in response.headers.items()},
                    content,
                )
        except requests.RequestException as error:
            raise _failure(error, deadline) from error


def failed(code: str) -> OutboundFailed:
    """The failure of a code."""
    return OutboundFailed(code, FAILURE_WORDS[code])


def _tested(url: str, resolve: Resolver | None) -> tuple[Destination, tuple[str, ...]]:
    destination = read_url(url, _Permitted.hosts)
    found = (resolve or resolve_all)(destination.host, destination.port)
    return destination, check_addresses(destination, found)


def resolve_all(host: str, port: int) -> list[str]:
    """Every address of a host, in the resolver's order; none for an unknown one."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def _read(response: requests.Response, most: int) -> bytes:
    content = bytearray()
    for chunk in response.iter_content(CHUNK_BYTES):
        content += chunk
        if len(content) > most:
            raise failed("too_large")
    return bytes(content)


def _failure(error: requests.RequestException, deadline: Deadline) -> OutboundFailed:
    if deadline.passed or isinstance(error, requests.Timeout) or "timed out" in str(error):
        return failed("timed_out")
    if isinstance(error, requests.exceptions.SSLError):
        return failed("not_trusted")
    return failed("not_connected")
