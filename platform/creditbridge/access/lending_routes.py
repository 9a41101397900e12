"""The permission table's part for drawing on lines: roles and token scope by endpoint."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.access.rights import (
    ADMINISTRATOR,
    APPROVER,
    DECIDERS,
    FIRM,
    LENDER,
    OWNER,
    PLATFORM,
    PRODUCT_MANAGER,
    REVIEWER,
)
from creditbridge.access.rules import Role

LENDING_ROUTES: Mapping[str, tuple[frozenset[Role], str | None]] = {
    "lender_line_support.record": (REVIEWER, None),
    # statements as files
    "firm_ledger.export": (FIRM, None),
    "lender_ledger.export": (LENDER, None),
    "firm_lines.statement": (FIRM, None),
    "lender_lines.statement": (LENDER, None),
    "api_lines.take_step": (APPROVER, "lines:write"),
    # conflicts of interest, and the limit for two-person approval
    "lender_decisions.declare_conflict": (DECIDERS, None),
    "firm_applications.name_conflict": (FIRM, None),
    # after a rejection
    "firm_applications.rematch": (OWNER, None),
    "firm_applications.refitted": (FIRM, None),
    "api_applications.rematch": (OWNER, "applications:write"),
    "lender_conflicts.index": (LENDER, None),
    "lender_conflicts.show": (APPROVER, None),
    "lender_conflicts.lift": (APPROVER, None),
    "approval_limits.index": (LENDER, None),
    "approval_limits.propose": (APPROVER | PRODUCT_MANAGER, None),
    "approval_limits.decide": (APPROVER | PRODUCT_MANAGER, None),
    "api_review.declare_conflict": (DECIDERS, "applications:write"),
    "api_applications.name_conflict": (FIRM, "applications:write"),
    "api_conflicts.conflicts": (LENDER, "applications:read"),
    "api_conflicts.lift": (APPROVER, "applications:write"),
    "api_approval_limit.limit": (LENDER, "applications:read"),
    "api_approval_limit.propose": (APPROVER | PRODUCT_MANAGER, "applications:write"),
    "api_approval_limit.confirm": (APPROVER, "applications:write"),
    "api_approval_limit.refuse": (APPROVER, "applications:write"),
    # risk pools, kept by the platform
    "risk_pools.index": (PLATFORM, None),
    "risk_pools.create": (ADMINISTRATOR, None),
    "risk_pools.fund": (ADMINISTRATOR, None),
    # drawdowns: the firm draws and answers amendments; one officer approves, another pays out and takes payments
    "firm_drawdowns.of_line": (FIRM, None),
    "firm_drawdowns.show": (FIRM, None),
    "firm_drawdowns.request": (OWNER, None),
    "firm_drawdowns.carry": (OWNER, None),
    "firm_drawdowns.cancel": (OWNER, None),
    "firm_drawdowns.answer": (OWNER, None),
    "lender_drawdowns.index": (LENDER, None),
    "lender_drawdowns.of_line": (LENDER, None),
    "lender_drawdowns.show": (LENDER, None),
    "lender_drawdowns.step": (DECIDERS, None),
    "lender_drawdowns.pay_out": (REVIEWER, None),
    "lender_drawdowns.pay": (REVIEWER, None),
    "lender_drawdowns.set_rate": (APPROVER, None),
    "lender_drawdowns.propose_limit": (REVIEWER, None),
    "lender_drawdowns.propose_extension": (REVIEWER, None),
    "lender_drawdowns.propose_rate": (REVIEWER, None),
    "lender_drawdowns.decide": (APPROVER, None),
    # api_drawdowns: drawing on a line, and what its lender does about it
    "api_drawdowns.firm_line": (FIRM, "lines:read"),
    "api_drawdowns.firm_drawdown": (FIRM, "lines:read"),
    "api_drawdowns.request": (OWNER, "lines:write"),
    "api_drawdowns.carry": (OWNER, "lines:write"),
    "api_drawdowns.firm_cancel": (OWNER, "lines:write"),
    "api_drawdowns.accept_amendment": (OWNER, "lines:write"),
    "api_drawdowns.decline_amendment": (OWNER, "lines:write"),
    "api_drawdowns.propose_limit": (REVIEWER, "lines:write"),
    "api_drawdowns.approve_amendment": (APPROVER, "lines:write"),
    "api_drawdowns.return_amendment": (APPROVER, "lines:write"),
    "api_drawdowns.lender_drawdowns": (LENDER, "lines:read"),
    "api_drawdowns.lender_drawdown": (LENDER, "lines:read"),
    "api_drawdowns.approve": (APPROVER, "lines:write"),
    "api_drawdowns.reject": (APPROVER, "lines:write"),
    "api_drawdowns.cancel": (REVIEWER, "lines:write"),
    "api_drawdowns.pay_out": (REVIEWER, "lines:write"),
    "api_drawdowns.pay": (REVIEWER, "lines:write"),
    "api_drawdowns.compensate": (APPROVER, "lines:write"),
    "api_drawdowns.write_off": (APPROVER, "lines:write"),
}
