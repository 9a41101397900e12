"""The limit for two-person approval as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creditbridge.access.guard import current_actor
from creditbridge.pages.api import Blueprint
from creditbridge.store import unit
from matching.approvals import service
from matching.approvals.rules import ChangeState
from matching.approvals.schemas import LimitAnswer, LimitBody

if TYPE_CHECKING:
    from matching.approvals.model import ApprovalLimitChange

blueprint = Blueprint(
    "api_approval_limit", __name__, description="双人审批限额 Limit for two-person approval"
)
CHANGE = "/lender/approval-limit/changes/<public_id:change_id>"


@blueprint.reading("/lender/approval-limit", answers=LimitAnswer)
def limit() -> dict[str, Any]:
    """Show above which amount your lender wants two approvers, and every change of it."""
    return _shown()


@blueprint.changing(
    "/lender/approval-limit",
    takes=LimitBody,
    answers=LimitAnswer,
    example={"second_above_fen": 100_000_000, "reason": "总行授权调整。"},
)
def propose(body: dict[str, Any]) -> dict[str, Any]:
    """Propose another limit. It holds once an approver who is another person confirms it."""
    service.propose(unit.session(), current_actor(), **body)
    return _shown()


@blueprint.changing(f"{CHANGE}/confirm", answers=LimitAnswer)
def confirm(change_id: str) -> dict[str, Any]:
    """Confirm a change that somebody else proposed."""
    service.decide(unit.session(), current_actor(), change_id, "confirm")
    return _shown()


@blueprint.changing(f"{CHANGE}/refuse", answers=LimitAnswer)
def refuse(change_id: str) -> dict[str, Any]:
    """Refuse a change; the limit stays."""
    service.decide(unit.session(), current_actor(), change_id, "refuse")
    return _shown()


def _shown() -> dict[str, Any]:
    session, actor = unit.session(), current_actor()
    session.flush()
    changes = [_change(row) for row in service.changes_of(session, actor)]
    return {
        "second_above_fen": service.limit_of(session, actor.organisation_id),
        "waiting": next((row for row in changes if row["state"] == ChangeState.PROPOSED), None),
        "changes": changes,
    }


def _change(row: ApprovalLimitChange) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "state": row.state,
        "before_fen": row.before_fen,
        "after_fen": row.after_fen,
        "reason": row.reason,
        "proposed_by": row.proposed_by,
        "proposed_at": row.created_at,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
    }
