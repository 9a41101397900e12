"""Statistics of grants as JSON: exact for the platform, its own for a lender."""

from __future__ import annotations

from typing import Any

from creditbridge.access.guard import current_actor
from creditbridge.pages.api import Blueprint
from creditbridge.store import unit
from matching.tracking import applying, service
from matching.tracking.api_schemas import StatisticsAnswer, StatisticsQuery, selection_of

blueprint = Blueprint("api_statistics", __name__, description="统计 Statistics of grants")


@blueprint.reading("/statistics", asks=StatisticsQuery, answers=StatisticsAnswer)
def statistics(asked: dict[str, Any]) -> dict[str, Any]:
    """Count grants by a dimension: everything for the platform, its own for a lender."""
    session, actor, wanted = unit.session(), current_actor(), selection_of(asked)
    report = service.report(session, actor, asked["by"], wanted)
    return {
        "by": report.dimension,
        "rows": report.rows,
        "total": report.total,
        "funnel": applying.funnel(session, actor, wanted),
    }
