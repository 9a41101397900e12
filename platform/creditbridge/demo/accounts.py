"""The accounts a visitor of the demo signs in with: one login for each role, one password for all of them.

Of administrators there are two, because one writes a scorecard and another puts it into use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from creditbridge.access.rules import Role

PASSWORD = "demo-city-2026"  # noqa: S105 - a public password of invented people, never taken outside the demo
"""Of every account of the demo city."""

ACCOUNTS: Mapping[Role, tuple[str, str]] = {
    Role.PLATFORM_ADMINISTRATOR: ("admin", "沈知行"),
    Role.PLATFORM_AUDITOR: ("auditor", "顾明审"),
    Role.PLATFORM_REGULATOR: ("regulator", "严守正"),
    Role.LENDER_PRODUCT_MANAGER: ("manager", "江产品"),
    Role.LENDER_REVIEWER: ("reviewer", "许审慎"),
    Role.LENDER_APPROVER: ("approver", "方审批"),
    Role.LENDER_VIEWER: ("viewer", "陆观澜"),
    Role.FIRM_OWNER: ("owner", "陈锦程"),
    Role.FIRM_STAFF: ("staff", "林小满"),
}
"""By role: the login name, and whose it is. The officers are of the showcase lender, owner and staff of its firm."""

SECOND_ADMINISTRATOR = ("admin2", "苏复核")
"""The colleague who approves what the first administrator wrote."""


def told() -> Iterator[tuple[Role, str]]:
    """Role and login name of every account that is told to visitors."""
    for role, (login_name, _) in ACCOUNTS.items():
        yield role, login_name
        if role is Role.PLATFORM_ADMINISTRATOR:
            yield role, SECOND_ADMINISTRATOR[0]


SHOWCASE_LENDER = "yucheng"
"""Code of the lender, in the file of real products, whose desk a visitor sees first."""
CLAIMED_FIRMS = 12
"""Firms with an account of a telling login name: ``owner``, ``owner2`` … ``owner12``, and ``staff`` likewise."""
