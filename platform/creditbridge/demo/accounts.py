"""The accounts a visitor of the demo signs in with: one login for each role, one password for all of them."""

from __future__ import annotations

from collections.abc import Mapping

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

SHOWCASE_LENDER = "yucheng"
"""Code of the lender, in the file of real products, whose desk a visitor sees first."""
CLAIMED_FIRMS = 12
"""Firms with an account of a telling login name: ``owner``, ``owner2`` … ``owner12``, and ``staff`` likewise."""
