"""Every kind of notice with its words, in a file for each subject. A room that notifies adds its kinds there.

Fields: ``{firm}``, ``{lender}`` and ``{product}`` are names; ``{amount}`` comes from ``amount_fen``; dates are
written as 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.notices.kinds.account import ABOUT_ACCOUNT
from creditbridge.notices.kinds.applications import TO_FIRM, TO_LENDER
from creditbridge.notices.kinds.claims import CLAIMS
from creditbridge.notices.kinds.disputes import ABOUT_DISPUTES
from creditbridge.notices.kinds.drawdowns import ABOUT_DRAWDOWNS
from creditbridge.notices.kinds.integration import ABOUT_INTEGRATION
from creditbridge.notices.kinds.lines import ABOUT_LINES
from creditbridge.notices.kinds.market import ABOUT_LENDERS, ABOUT_PRODUCTS
from creditbridge.notices.kinds.needs import ABOUT_NEEDS
from creditbridge.notices.rules import NoticeKind

KINDS: Mapping[str, NoticeKind] = {
    **CLAIMS,
    **TO_LENDER,
    **TO_FIRM,
    **ABOUT_LENDERS,
    **ABOUT_PRODUCTS,
    **ABOUT_LINES,
    **ABOUT_NEEDS,
    **ABOUT_DRAWDOWNS,
    **ABOUT_DISPUTES,
    **ABOUT_INTEGRATION,
    **ABOUT_ACCOUNT,
}
