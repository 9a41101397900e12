"""Alerts as JSON."""

from __future__ import annotations

from typing import Any

from creditbridge.access.guard import current_actor
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, encode_cursor, number_after
from creditbridge.store import unit
from matching.monitoring import alerts
from matching.monitoring.alerts import Shown
from matching.monitoring.api_schemas import AlertAnswer, AlertQuery
from matching.monitoring.rules import say_finding

blueprint = Blueprint("api_alerts", __name__, description="贷后预警 Alerts after the grant")


@blueprint.reading("/lender/alerts", asks=AlertQuery, answers=page_schema(AlertAnswer))
def alerts_of_lender(asked: dict[str, Any]) -> dict[str, Any]:
    """List alerts about firms that have a line with your lender, the newest first."""
    rows, after = alerts.alerts_of(
        unit.session(),
        current_actor(),
        state=asked["state"],
        cursor=number_after(asked["cursor"]),
        limit=asked["limit"],
    )
    return {"items": [_shown(row) for row in rows], "next_cursor": encode_cursor(after)}


@blueprint.reading("/lender/alerts/<public_id:alert_id>", answers=AlertAnswer)
def alert(alert_id: str) -> dict[str, Any]:
    """Show one alert."""
    return _shown(alerts.alert_of(unit.session(), current_actor(), alert_id))


def _shown(shown: Shown) -> dict[str, Any]:
    row = shown.alert
    return {
        "id": row.public_id,
        "firm_name": row.firm_name,
        "severity": row.severity_now,
        "state": row.state_now,
        "at": row.created_at,
        "drawing_blocked": row.blocked,
        "findings": None
        if shown.findings is None
        else [{**finding.as_json(), "words": say_finding(finding)} for finding in shown.findings],
        "lines": [{"id": line.public_id, "contract_number": line.contract_number} for line in shown.lines],
    }
