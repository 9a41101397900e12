"""Which outside addresses may be asked: how an address must be written, and which networks it may lead to. Pure.

A person types the address of a webhook or a feed; without these rules they could make the platform ask its own
database, a neighbour in the data centre or the cloud's metadata service. An address is taken apart once, strictly;
what a browser would repair is refused. Every IP address its host resolves to must be a global unicast one; those
that carry another address inside (mapped, NAT64, 6to4, Teredo) are refused with the rest.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words

LONGEST_URL = 2000
DEFAULT_PORTS = {"https": 443, "http": 80}
FIRST_FREE_PORT = 1024
"""Below it only the ports of the web: the others belong to mail, files and names."""

Address = IPv4Address | IPv6Address

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\Z")
_LOOKS_NUMERIC = re.compile(r"(?:0[xX][0-9A-Fa-f]*|[0-9]+)\Z")
_UNSAFE = re.compile(r"[^\x21-\x7e]|[\\\"<>^`{|}]")

# Python's `is_global` differs between its releases, so the networks that matter stand here as well.
REFUSED_NETWORKS = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),
    )
)
GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
"""The only part of IPv6 given out for global unicast: mapped, compatible and NAT64 addresses lie outside."""

_INSIDE = Words(
    "该地址指向内部或保留网络，不能使用。请填写可从互联网访问的地址。",
    "This address leads into an internal or reserved network and cannot be used. Enter one that the internet can reach.",
)
_UNREADABLE = Words(
    "请填写完整的网址，例如 https://api.example.com/hooks，不含用户名、空格和特殊字符。",
    "Enter a full address such as https://api.example.com/hooks, without user name, spaces or special characters.",
)
_NOT_SECURE = Words("网址须以 https:// 开头。", "The address must begin with https://.")
_PORT = Words("不能使用该端口，请使用 443 或 1024 以上的端口。", "Use port 443 or one from 1024 upwards.")


class AddressRefused(RuleRefused):
    """The address may not be asked; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address taken apart. ``host`` is lower case and without the brackets of IPv6; ``allowed`` was named in the settings."""

    scheme: str
    host: str
    port: int
    url: str
    allowed: bool = False


def read_url(url: str, allowed: Collection[str] = ()) -> Destination:
    """Take an address apart. ``allowed`` names internal hosts (``host`` or ``host:port``) that may be asked all the same.

    Raises:
        AddressRefused: it is not written as an address must be, is not https, or names an odd port.
    """
    if len(url) > LONGEST_URL or _UNSAFE.search(url):
        raise AddressRefused("address_unreadable", _UNREADABLE)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("address_unreadable", _UNREADABLE) from error
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in DEFAULT_PORTS or not host or "@" in parts.netloc or parts.fragment:
        raise AddressRefused("address_unreadable", _UNREADABLE)
    if not _is_host(host, bracketed="[" in parts.netloc):
        raise AddressRefused("address_unreadable", _UNREADABLE)
    port = DEFAULT_PORTS[scheme] if port is None else port
    may = host in allowed or f"{host}:{port}" in allowed
    if not may:
        if scheme != "https":
            raise AddressRefused("address_not_secure", _NOT_SECURE)
        if port < FIRST_FREE_PORT and port not in DEFAULT_PORTS.values():
            raise AddressRefused("address_port", _PORT)
    return Destination(scheme, host, port, url, may)


def check_addresses(destination: Destination, addresses: Collection[str]) -> tuple[str, ...]:
    """The addresses a host resolved to, once every one of them may be asked.

    Raises:
        AddressRefused: one of them leads inside, or there is none.
    """
    if not addresses:
        raise AddressRefused("address_unknown", _unknown(destination.host))
    if not destination.allowed and not all(is_global_unicast(address) for address in addresses):
        raise AddressRefused("address_inside", _INSIDE)
    return tuple(dict.fromkeys(addresses))


def is_global_unicast(text: str) -> bool:
    """Whether an IP address belongs to one host of the internet, and carries no other address inside."""
    try:
        address = ip_address(text)
    except ValueError:  # a zone, as in fe80::1%eth0, or no address at all
        return False
    if isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST_6:
        return False
    if any(address in network for network in REFUSED_NETWORKS if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def _is_host(host: str, *, bracketed: bool) -> bool:
    if bracketed or ":" in host:
        try:
            return bracketed and "%" not in host and isinstance(ip_address(host), IPv6Address)
        except ValueError:
            return False
    if _LOOKS_NUMERIC.match(host.rpartition(".")[2]):
        return _is_dotted_quad(host)  # 127.1, 0x7f000001 and 017700000001 read as addresses to a resolver
    return len(host) <= 253 and _HOST_NAME.match(host) is not None


def _is_dotted_quad(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def _unknown(host: str) -> Words:
    return Words("找不到主机 {host}，请检查网址。", "The host {host} was not found. Check the address.").fill(
        host=host
    )
