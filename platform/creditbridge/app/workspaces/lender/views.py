"""The lender workspace: the desk, a page that combines what waits in every room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Actor, Role
from creditbridge.notices import service as notices
from creditbridge.notices.service import Show
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Empty, Table
from creditbridge.store import unit
from matching.applications import queue
from matching.applications.desk import tables
from matching.applications.queue import Alert, QueueRow, Whose
from matching.applications.rules import SUBMISSION_STATE_WORDS, SubmissionState
from matching.monitoring import alerts as alerts_after_grant

blueprint = Blueprint("lender_workspace", __name__, template_folder="templates")

OFFICERS = (Role.LENDER_REVIEWER, Role.LENDER_APPROVER, Role.LENDER_VIEWER)
SHOWN_STATES = (
    SubmissionState.SUBMITTED,
    SubmissionState.UNDER_REVIEW,
    SubmissionState.PENDING_APPROVAL,
    SubmissionState.OFFERED,
    SubmissionState.OFFER_ACCEPTED,
)


@blueprint.get("/lender")
def desk() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    todos = notices.todos_for(session, actor)
    shown: dict[str, Any] = {"todos": todos, "todo_count": notices.count_for(session, actor, Show.TODO)}
    if actor.has_role(*OFFICERS):
        shown |= _applications(actor)
    return render_template("lender_workspace/desk.html", **shown)


def _applications(actor: Actor) -> dict[str, Any]:
    """The part of the desk for those who review: figures, alerts, one's own queue and the team's."""
    session = unit.session()
    counts = queue.count_by_state(session, actor, Whose.TEAM)
    return {
        "figures": [
            {
                "label": SUBMISSION_STATE_WORDS[state],
                "value": counts.get(state, 0),
                "href": url_for("lender_applications.queue", whose=Whose.TEAM.value, state=state.value),
            }
            for state in SHOWN_STATES
        ],
        "open_alerts": alerts_after_grant.open_count(session, actor),
        "alerts": [(alert, _alert_url(alert)) for alert in queue.alerts(session, actor)],
        "mine": _table(
            queue.for_desk(session, actor, Whose.MINE), _("我的待办申请"), _mine_empty(actor), "mine"
        ),
        "team": _table(
            queue.for_desk(session, actor, Whose.TEAM),
            _("本网点待办申请"),
            Empty(_("本网点没有等待办理的申请")),
            "team",
        ),
        "works": not actor.has_role(Role.LENDER_VIEWER),
        "mine_url": url_for("lender_applications.queue", whose=Whose.MINE.value),
        "team_url": url_for("lender_applications.queue", whose=Whose.TEAM.value),
    }


def _table(rows: Sequence[QueueRow], caption: str, empty: Empty, name: str) -> Table:
    columns = [column for column in tables.queue_columns({"whose": name}) if column.key in _DESK_COLUMNS]
    return Table(
        columns=columns, rows=rows, caption=caption, empty=empty, queue=name == "mine", id=f"queue-{name}"
    )


_DESK_COLUMNS = ("firm_name", "product", "applied_fen", "state", "service", "officer")


def _mine_empty(actor: Actor) -> Empty:
    if actor.has_role(Role.LENDER_APPROVER):
        return Empty(_("没有等待审批的方案"))
    return Empty(_("没有分配给您的申请"), _("可以从本网点的申请中受理一笔。"))


def _alert_url(alert: Alert) -> str:
    return url_for("lender_applications.queue", whose=Whose.TEAM.value, **alert.filters)
