"""Drawdowns as JSON: a firm draws on its line; its lender approves, pays out and takes payments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, encode_cursor, number_after
from creditbridge.store import unit
from matching.drawdowns import amending, carrying, deciding, lookup, requesting, servicing
from matching.drawdowns.api_schemas import (
    EXAMPLE_CARRY,
    EXAMPLE_PAY_OUT,
    EXAMPLE_PAYMENT,
    EXAMPLE_REASON,
    EXAMPLE_REQUEST,
    AmendmentAnswer,
    DrawdownAnswer,
    DrawdownBody,
    DrawdownDetailAnswer,
    DrawdownQuery,
    LineLimitBody,
    LineUseAnswer,
    PaymentBody,
    PayOutBody,
    ReasonBody,
)
from matching.drawdowns.position import position
from matching.drawdowns.rules import DRAWDOWN_STATE_WORDS, Request
from matching.drawdowns.schemas import CarrySchema
from matching.drawdowns.servicing import Payment
from matching.lines import booking
from matching.lines import lookup as lines

if TYPE_CHECKING:
    from matching.drawdowns.model import Amendment, Drawdown

blueprint = Blueprint("api_drawdowns", __name__, description="提款 Drawdowns")

FIRM_LINE = "/firm/lines/<public_id:line_id>/drawdowns"
FIRM_ONE = "/firm/drawdowns/<public_id:drawdown_id>"
ONE = "/lender/drawdowns/<public_id:drawdown_id>"


@blueprint.reading(FIRM_LINE, answers=LineUseAnswer)
def firm_line(line_id: str) -> dict[str, Any]:
    """Show what is available on one of your firm's lines, and what was drawn."""
    session, actor = unit.session(), current_actor()
    line = lines.line_of_firm(session, actor, line_id)
    now = booking.counters_of(session, line)
    counted = {
        "limit_fen": now.limit_fen if now else 0,
        "used_fen": now.used_fen if now else 0,
        "held_fen": now.held_fen if now else 0,
        "available_fen": now.available_fen if now else 0,
    }
    drawn = [_shown(row) for row in lookup.of_line(session, line.id)]
    return {"line_id": line.public_id, **counted, "drawdowns": drawn}


@blueprint.changing(
    FIRM_LINE, takes=DrawdownBody, answers=DrawdownDetailAnswer, status=201, example=EXAMPLE_REQUEST
)
def request(body: dict[str, Any], line_id: str) -> Any:
    """Ask for part of a line; it is held for you at once, or refused."""
    made = requesting.request(unit.session(), current_actor(), line_id, Request(**body))
    where = url_for("api_drawdowns.firm_drawdown", drawdown_id=made.public_id)
    return _own(made.public_id), 201, {"Location": where}


@blueprint.changing(
    "/firm/lines/<public_id:line_id>/renewals",
    takes=CarrySchema,
    answers=DrawdownDetailAnswer,
    status=201,
    example=EXAMPLE_CARRY,
)
def carry(body: dict[str, Any], line_id: str) -> Any:
    """Ask that a loan of the line which this one renews goes on under it, without its principal being repaid first."""
    made = carrying.request(
        unit.session(), current_actor(), line_id, body["drawdown_id"], term_months=body["term_months"]
    )
    where = url_for("api_drawdowns.firm_drawdown", drawdown_id=made.public_id)
    return _own(made.public_id), 201, {"Location": where}


@blueprint.reading(FIRM_ONE, answers=DrawdownDetailAnswer)
def firm_drawdown(drawdown_id: str) -> dict[str, Any]:
    """Show one of your firm's drawdowns with its schedule and what is owed."""
    return _own(drawdown_id)


@blueprint.changing(
    f"{FIRM_ONE}/cancel", takes=ReasonBody, answers=DrawdownDetailAnswer, example=EXAMPLE_REASON
)
def firm_cancel(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Take back an approved drawdown before it is paid out."""
    requesting.cancel(unit.session(), current_actor(), drawdown_id, **body)
    return _own(drawdown_id)


@blueprint.changing("/firm/amendments/<public_id:amendment_id>/accept", answers=AmendmentAnswer)
def accept_amendment(amendment_id: str) -> dict[str, Any]:
    """Agree to a change of contract; it takes effect at once."""
    return _amendment(amending.answer(unit.session(), current_actor(), amendment_id, "accept"))


@blueprint.changing("/firm/amendments/<public_id:amendment_id>/decline", answers=AmendmentAnswer)
def decline_amendment(amendment_id: str) -> dict[str, Any]:
    """Decline a change of contract."""
    return _amendment(amending.answer(unit.session(), current_actor(), amendment_id, "decline"))


@blueprint.changing(
    "/lender/lines/<public_id:line_id>/limit",
    takes=LineLimitBody,
    answers=AmendmentAnswer,
    status=201,
    example={"amount_fen": 200_000_000, "reason": "旺季备货"},
)
def propose_limit(body: dict[str, Any], line_id: str) -> Any:
    """Propose another limit of a line, for an approver and then the firm."""
    made = amending.propose_limit(unit.session(), current_actor(), line_id, **body)
    where = url_for("api_lines.lender_line", line_id=line_id)
    return _amendment(made), 201, {"Location": where}


@blueprint.changing("/lender/amendments/<public_id:amendment_id>/approve", answers=AmendmentAnswer)
def approve_amendment(amendment_id: str) -> dict[str, Any]:
    """Approve a change that somebody else proposed; the firm then sees it.

    Where a limit is raised above your lender's limit for two-person approval, the first approval leaves it `proposed`
    and another approver has to agree.
    """
    return _amendment(amending.decide(unit.session(), current_actor(), amendment_id, "approve"))


@blueprint.changing(
    "/lender/amendments/<public_id:amendment_id>/return",
    takes=ReasonBody,
    answers=AmendmentAnswer,
    example=EXAMPLE_REASON,
)
def return_amendment(body: dict[str, Any], amendment_id: str) -> dict[str, Any]:
    """Return a change to whoever proposed it; it ends."""
    made = amending.decide(unit.session(), current_actor(), amendment_id, "return", reason=body["reason"])
    return _amendment(made)


@blueprint.reading("/lender/drawdowns", asks=DrawdownQuery, answers=page_schema(DrawdownAnswer))
def lender_drawdowns(asked: dict[str, Any]) -> dict[str, Any]:
    """List the drawdowns on your lender's lines, the newest first."""
    rows, after = lookup.page_of_lender(
        unit.session(),
        current_actor(),
        state=asked["state"],
        start=number_after(asked["cursor"]) or 0,
        limit=asked["limit"],
    )
    return {"items": [_shown(row) for row in rows], "next_cursor": encode_cursor(after)}


@blueprint.reading(ONE, answers=DrawdownDetailAnswer)
def lender_drawdown(drawdown_id: str) -> dict[str, Any]:
    """Show a drawdown on one of your lender's lines."""
    return _theirs(drawdown_id)


@blueprint.changing(f"{ONE}/approve", answers=DrawdownDetailAnswer)
def approve(drawdown_id: str) -> dict[str, Any]:
    """Approve a drawdown; another officer pays it out."""
    deciding.approve(unit.session(), current_actor(), drawdown_id)
    return _theirs(drawdown_id)


@blueprint.changing(f"{ONE}/reject", takes=ReasonBody, answers=DrawdownDetailAnswer, example=EXAMPLE_REASON)
def reject(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Reject a drawdown; what it held is free again."""
    deciding.reject(unit.session(), current_actor(), drawdown_id, **body)
    return _theirs(drawdown_id)


@blueprint.changing(f"{ONE}/cancel", takes=ReasonBody, answers=DrawdownDetailAnswer, example=EXAMPLE_REASON)
def cancel(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Take back an approval before the money is paid out."""
    deciding.cancel(unit.session(), current_actor(), drawdown_id, **body)
    return _theirs(drawdown_id)


@blueprint.changing(f"{ONE}/pay-out", takes=PayOutBody, answers=DrawdownDetailAnswer, example=EXAMPLE_PAY_OUT)
def pay_out(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Record that the money was paid out."""
    deciding.disburse(unit.session(), current_actor(), drawdown_id, **body)
    return _theirs(drawdown_id)


@blueprint.changing(
    f"{ONE}/payments", takes=PaymentBody, answers=DrawdownDetailAnswer, status=201, example=EXAMPLE_PAYMENT
)
def pay(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Record a payment of the firm."""
    servicing.repay(unit.session(), current_actor(), drawdown_id, Payment(**body))
    return _theirs(drawdown_id)


@blueprint.changing(
    f"{ONE}/compensate", takes=ReasonBody, answers=DrawdownDetailAnswer, example=EXAMPLE_REASON
)
def compensate(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Record that guarantor and risk pool paid an overdue loan."""
    servicing.end_badly(unit.session(), current_actor(), drawdown_id, "compensate", **body)
    return _theirs(drawdown_id)


@blueprint.changing(
    f"{ONE}/write-off", takes=ReasonBody, answers=DrawdownDetailAnswer, example=EXAMPLE_REASON
)
def write_off(body: dict[str, Any], drawdown_id: str) -> dict[str, Any]:
    """Write an overdue loan off."""
    servicing.end_badly(unit.session(), current_actor(), drawdown_id, "write_off", **body)
    return _theirs(drawdown_id)


def _own(drawdown_id: str) -> dict[str, Any]:
    return _detail(lookup.drawdown_of_firm(unit.session(), current_actor(), drawdown_id))


def _theirs(drawdown_id: str) -> dict[str, Any]:
    return _detail(lookup.drawdown_of_lender(unit.session(), current_actor(), drawdown_id))


def _shown(row: Drawdown) -> dict[str, Any]:
    line = row.line
    same = (
        "state",
        "state_reason",
        "amount_fen",
        "rate_ppm",
        "term_months",
        "repayment_method",
        "day_count",
        "purpose",
        "paid_out_on",
    )
    return {
        **{name: getattr(row, name) for name in same},
        "id": row.public_id,
        "line_id": line.public_id,
        "contract_number": line.contract_number,
        "firm_name": line.firm_name,
        "lender": line.lender,
        "state_words": DRAWDOWN_STATE_WORDS[row.state_now],
        "requested_at": row.created_at,
    }


def _detail(row: Drawdown) -> dict[str, Any]:
    now = position(unit.session(), row, clock.today())
    schedule = [
        {
            "number": part.number,
            "kind": part.kind.value,
            "due": part.due,
            "principal_fen": part.principal_fen,
            "interest_fen": part.interest_fen,
            "payment_fen": part.payment_fen,
            "balance_fen": part.balance_fen,
        }
        for part in now.rows
    ]
    owed = {
        "penalty_fen": now.owed.penalty_fen,
        "interest_fen": now.owed.interest_fen,
        "principal_fen": now.owed.principal_fen,
        "total_fen": now.owed.total_fen,
    }
    return {
        **_shown(row),
        "outstanding_fen": now.outstanding_fen,
        "owed": owed,
        "days_late": now.days_late,
        "schedule": schedule,
    }


def _amendment(row: Amendment) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "state": row.state,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
    }
