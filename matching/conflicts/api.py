"""Conflicts of interest as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from creditbridge.access.guard import current_actor
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, Paging, encode_cursor, number_after
from creditbridge.store import unit
from matching.conflicts import service
from matching.conflicts.rules import RELATION_WORDS
from matching.conflicts.schemas import ConflictAnswer, LiftBody

if TYPE_CHECKING:
    from matching.conflicts.model import ConflictOfInterest

blueprint = Blueprint("api_conflicts", __name__, description="利益关系与回避 Conflicts of interest")


@blueprint.reading("/lender/conflicts", asks=Paging, answers=page_schema(ConflictAnswer))
def conflicts(asked: dict[str, Any]) -> dict[str, Any]:
    """List who keeps away from which firm, the newest first; others than approvers see their own."""
    rows, after = service.page_of(
        unit.session(), current_actor(), before=number_after(asked["cursor"]), limit=asked["limit"]
    )
    return {"items": [_shown(row) for row in rows], "next_cursor": encode_cursor(after)}


@blueprint.changing(
    "/lender/conflicts/<public_id:conflict_id>/lift",
    takes=LiftBody,
    answers=ConflictAnswer,
    example={"reason": "经核实为同名人员。"},
)
def lift(body: dict[str, Any], conflict_id: str) -> dict[str, Any]:
    """Lift a conflict that is not, or no longer, so. Never one of your own."""
    return _shown(service.lift(unit.session(), current_actor(), conflict_id, reason=body["reason"]))


def _shown(row: ConflictOfInterest) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "firm_name": row.firm_name,
        "officer": row.officer_name,
        "officer_known": row.user_id is not None,
        "relation": row.relation,
        "relation_words": RELATION_WORDS[row.relation_now],
        "named_by": row.named_by,
        "note": row.note,
        "state": row.state,
        "declared_at": row.created_at,
        "lifted_at": row.lifted_at,
        "lift_reason": row.lift_reason,
    }
