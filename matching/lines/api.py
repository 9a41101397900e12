"""Credit lines as JSON: recording grants, made here or elsewhere, reporting balances, reading lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from creditbridge.access.guard import current_actor
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, Paging, encode_cursor, number_after
from creditbridge.store import unit
from matching.lines import balances, holding, lookup, recording, selecting
from matching.lines.api_schemas import (
    EXAMPLE_BALANCE,
    EXAMPLE_GRANT,
    EXAMPLE_OFFLINE,
    BalanceBody,
    GrantBody,
    LineAnswer,
    LineDetailAnswer,
    LineQuery,
    OfflineGrantBody,
    StepBody,
)
from matching.lines.dimensions import Selection
from matching.lines.recording import OfflineGrant, OnlineGrant
from matching.lines.rules import LINE_STATE_WORDS, BalanceReport, GrantTerms

if TYPE_CHECKING:
    from matching.lines.model import CreditLine

blueprint = Blueprint("api_lines", __name__, description="授信 Credit lines")

OWN = "/lender/lines/<public_id:line_id>"


@blueprint.changing(
    "/lender/submissions/<public_id:submission_id>/record-grant",
    takes=GrantBody,
    answers=LineDetailAnswer,
    status=201,
    example=EXAMPLE_GRANT,
)
def record_grant(body: dict[str, Any], submission_id: str) -> Any:
    """Sign and record the grant of an accepted offer; it consumes the consent."""
    made = recording.record_grant(unit.session(), current_actor(), submission_id, OnlineGrant(**body))
    return _made(made.public_id)


@blueprint.reading("/lender/lines", asks=LineQuery, answers=page_schema(LineAnswer))
def lender_lines(asked: dict[str, Any]) -> dict[str, Any]:
    """List your lender's credit lines, the newest grant first."""
    return _page(asked)


@blueprint.reading(OWN, answers=LineDetailAnswer)
def lender_line(line_id: str) -> dict[str, Any]:
    """Show one of your lender's credit lines."""
    return _detail(lookup.line_of_lender(unit.session(), current_actor(), line_id))


@blueprint.changing(
    "/lender/lines", takes=OfflineGrantBody, answers=LineDetailAnswer, status=201, example=EXAMPLE_OFFLINE
)
def record_offline(body: dict[str, Any]) -> Any:
    """Record a grant made without the platform."""
    stated = {name: value for name, value in body.items() if name not in _BESIDE_TERMS}
    grant = OfflineGrant(
        body["firm_uscc"],
        GrantTerms(**stated),
        body["product_id"],
        body["branch_id"],
        revolving=body["revolving"],
    )
    made = recording.record_offline(unit.session(), current_actor(), grant)
    return _made(made.public_id)


@blueprint.changing(
    f"{OWN}/balances", takes=BalanceBody, answers=LineDetailAnswer, status=201, example=EXAMPLE_BALANCE
)
def report_balance(body: dict[str, Any], line_id: str) -> dict[str, Any]:
    """Report what was paid out in all and what is outstanding as of a date."""
    session, actor = unit.session(), current_actor()
    balances.report_balance(session, actor, line_id, BalanceReport(**body))
    return _detail(lookup.line_of_lender(session, actor, line_id))


@blueprint.changing(
    f"{OWN}/steps",
    takes=StepBody,
    answers=LineDetailAnswer,
    example={"step": "sign", "reason": "合同已签订。"},
)
def take_step(body: dict[str, Any], line_id: str) -> dict[str, Any]:
    """Sign, cancel, freeze, unfreeze or terminate a line; never sign what you recorded yourself."""
    session, actor = unit.session(), current_actor()
    holding.take_step(session, actor, line_id, body["step"].value, reason=body["reason"])
    session.flush()
    return _detail(lookup.line_of_lender(session, actor, line_id))


@blueprint.reading("/firm/lines", asks=Paging, answers=page_schema(LineAnswer))
def firm_lines(asked: dict[str, Any]) -> dict[str, Any]:
    """List your firm's credit lines, the newest grant first."""
    found = lookup.lines_of_firm(unit.session(), current_actor())
    start, limit = number_after(asked["cursor"]) or 0, asked["limit"]
    return {
        "items": [_shown(line) for line in found[start : start + limit]],
        "next_cursor": encode_cursor(start + limit if start + limit < len(found) else None),
    }


@blueprint.reading("/platform/lines", asks=LineQuery, answers=page_schema(LineAnswer))
def all_lines(asked: dict[str, Any]) -> dict[str, Any]:
    """List every lender's credit lines, the newest grant first."""
    return _page(asked)


_BESIDE_TERMS = frozenset({"firm_uscc", "product_id", "branch_id", "revolving"})


def _made(line_id: str) -> Any:
    line = lookup.line_of_lender(unit.session(), current_actor(), line_id)
    return _detail(line), 201, {"Location": url_for("api_lines.lender_line", line_id=line_id)}


def _page(asked: dict[str, Any]) -> dict[str, Any]:
    wanted = Selection(
        granted_from=asked["granted_from"],
        granted_to=asked["granted_to"],
        state=asked["state"],
        source=asked["source"],
        text=asked["q"],
    )
    start = number_after(asked["cursor"]) or 0
    rows, after = lookup.page_of(unit.session(), current_actor(), wanted, start=start, limit=asked["limit"])
    return {"items": [_shown(line) for line in rows], "next_cursor": encode_cursor(after)}


def _shown(line: CreditLine) -> dict[str, Any]:
    same = [
        "state",
        "revolving",
        "source",
        "firm_name",
        "firm_uscc",
        "contract_number",
        "granted_on",
        "amount_fen",
        "annual_rate_ppm",
        "term_months",
        "maturity_on",
        "repayment_method",
        "guarantee_type",
        "first_time_borrower",
        "kind",
        "inclusive_msme",
        "disbursed_fen",
        "balance_fen",
        "balance_on",
        "overdue_fen",
        "overdue_days",
        "lender",
        "branch",
        "product",
    ]
    return {
        **{name: getattr(line, name) for name in same},
        "id": line.public_id,
        "state_words": LINE_STATE_WORDS[line.state_now],
        "officer": line.officer_name,
        "grade": selecting.shown_grade(current_actor(), line),
    }


def _detail(line: CreditLine) -> dict[str, Any]:
    reports = [
        {
            "as_of": row.as_of,
            "disbursed_fen": row.disbursed_fen,
            "balance_fen": row.balance_fen,
            "overdue_fen": row.overdue_fen,
            "overdue_days": row.overdue_days,
            "reported_at": row.created_at,
        }
        for row in line.balances
    ]
    return {**_shown(line), "balances": reports}
