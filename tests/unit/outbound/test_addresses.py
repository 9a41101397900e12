"""Addresses a person may not make the platform ask, and those they may."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.outbound import service
from creditbridge.outbound.rules import AddressRefused, is_global_unicast, read_url

LEADING_INSIDE = [
    "https://127.0.0.1/",
    "https://127.0.0.1:8443/hook",
    "https://127.255.255.254/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://10.0.0.8/",
    "https://172.16.0.1/",
    "https://172.31.255.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://192.0.0.192/",
    "https://192.0.2.10/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::8.8.8.8]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:808:808::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[ff0e::1]/",
    "https://[100::1]/",
]
WRITTEN_ODDLY = [
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.1/",
    "https://127.0.0.1.0x10/",
    "https://[fe80::1%25eth0]/",
    "https://[v1.fe80]/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://localhost\\@example.com/",
    "https://example.com\\@127.0.0.1/",
    "https://example.com@127.0.0.1/",
    "https://user:secret@example.com/",
    "https://example.com:80:443/",
    "https://example.com:99999/",
    "https://example.com#@127.0.0.1/",
    "https://exam ple.com/",
    "https://example.com/\r\nHost: inside",
    "https:///path",
    "https://",
    "//example.com/",
    "example.com",
    "",
    "file:///etc/passwd",
    "gopher://example.com/",
    "ftp://example.com/",
    "javascript:alert(1)",
    "unix:///run/redis.sock",
    "https://-example.com/",
    "https://a..example.com/",
    "https://" + "a" * 2000 + ".example.com/",
]
NOT_SECURE = [
    "http://example.com/",
    "http://93.184.215.14/",
    "https://example.com:25/",
    "https://example.com:22/",
]


@pytest.mark.parametrize("url", LEADING_INSIDE)
def test_an_address_that_leads_inside_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        service.check(url)
    assert refused.value.code == "address_inside"


@pytest.mark.parametrize("url", [*WRITTEN_ODDLY, *NOT_SECURE])
def test_an_address_written_otherwise_than_it_must_be_is_refused_before_any_name_is_looked_up(
    url: str,
) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(AddressRefused):
        service.check(url, resolve=never)


@pytest.mark.parametrize("inside", ["127.0.0.1", "::1", "10.1.2.3", "::ffff:93.184.215.14", "fe80::1%eth0"])
def test_a_name_is_refused_when_one_of_its_addresses_leads_inside(inside: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        service.check("https://hooks.example.com/", resolve=lambda *_: ["93.184.215.14", inside])
    assert refused.value.code == "address_inside"


def test_a_name_that_resolves_to_nothing_is_refused() -> None:
    with pytest.raises(AddressRefused) as refused:
        service.check("https://hooks.example.com/", resolve=lambda *_: [])
    assert refused.value.code == "address_unknown"


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("https://hooks.example.com/in?a=1", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"]),
        ("https://hooks.example.com:8443/", ["93.184.215.14"]),
        ("https://HOOKS.example.com./", ["93.184.215.14"]),
        ("https://93.184.215.14/", ["93.184.215.14"]),
        ("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", ["2606:2800:21f:cb07:6820:80da:af6b:8b2c"]),
    ],
)
def test_an_address_of_the_internet_may_be_asked(url: str, addresses: Sequence[str]) -> None:
    assert service.check(url, resolve=lambda *_: addresses).url == url


def test_an_internal_host_may_be_asked_when_the_settings_name_it_with_this_port() -> None:
    allowed = {"127.0.0.1:9000", "feeds.city.local"}

    assert read_url("http://127.0.0.1:9000/", allowed).allowed
    assert read_url("http://feeds.city.local/daily", allowed).allowed
    with pytest.raises(AddressRefused):
        read_url("http://127.0.0.1:9001/", allowed)


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1))
def test_no_ipv6_address_smuggles_an_ipv4_one(number: int) -> None:
    inner = IPv4Address(number)
    carriers = [
        IPv6Address(f"::ffff:{inner}"),
        IPv6Address(f"::{inner}"),
        IPv6Address(f"64:ff9b::{inner}"),
        IPv6Address((0x2002 << 112) | (number << 80)),
    ]
    assert not any(is_global_unicast(str(carrier)) for carrier in carriers)
