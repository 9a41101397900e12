"""The lender's pages of alerts: the list, one alert, what an alert does; and what the line page shows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rights import CREDIT_OFFICERS
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.store import unit
from matching.monitoring import alerts
from matching.monitoring.alerts import Shown
from matching.monitoring.rules import (
    ALERT_TONES,
    ALERT_WORDS,
    BLOCKING_WORDS,
    SEVERITY_TONES,
    SEVERITY_WORDS,
    AlertState,
    say_finding,
)
from matching.monitoring.schemas import HandleForm, PolicyForm

if TYPE_CHECKING:
    from matching.lines.model import CreditLine

blueprint = Blueprint("lender_alerts", __name__, template_folder="templates")

KEPT_AWAY = Words(
    "您与该企业存在利益关系，须回避，内容不显示。",
    "You have an interest in this firm, so this is not shown to you.",
)
CLOSED = Words("授权已失效，内容不再显示。", "The consent is over, so this is not shown any more.")


@blueprint.app_template_global("line_alerts")
def line_alerts(line: CreditLine) -> list[dict[str, Any]]:
    """The alerts about a line's firm, for those on the lender's page of the line who may read alerts."""
    actor = current_actor()
    if not actor.has_role(*CREDIT_OFFICERS):
        return []
    return [_entry(shown) for shown in alerts.alerts_of_line(unit.session(), actor, line)]


@blueprint.get("/lender/alerts")
def index() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    state = _asked_state()
    rows, cursor = alerts.alerts_of(session, actor, state=state, cursor=asked_position())
    blocking = alerts.blocking_of(session, actor)
    tabs = [(_("全部"), url_for("lender_alerts.index"), state is None)]
    tabs += [
        (say(words), url_for("lender_alerts.index", state=each.value), each is state)
        for each, words in ALERT_WORDS.items()
    ]
    return render_template(
        "monitoring/alerts.html",
        table=_table(rows, cursor),
        tabs=tabs,
        blocking=BLOCKING_WORDS[blocking],
        form=Form(PolicyForm, {"blocking": blocking}),
        may_choose=actor.has_role(Role.LENDER_APPROVER),
    )


@blueprint.post("/lender/alerts/policy")
def policy() -> ResponseReturnValue:
    form = Form.from_request(PolicyForm)
    if form.validate():
        alerts.choose_blocking(unit.session(), current_actor(), form.data["blocking"])
        flash(_("预警策略已保存。"), "success")
    else:
        flash(_("请选择一项预警策略。"), "danger")
    return redirect(url_for("lender_alerts.index"))


@blueprint.get("/lender/alerts/<alert_id>")
def show(alert_id: str) -> ResponseReturnValue:
    return _page(alert_id, Form(HandleForm))


@blueprint.post("/lender/alerts/<alert_id>/handle")
def handle(alert_id: str) -> ResponseReturnValue:
    form = Form.from_request(HandleForm)
    alerts.alert_of(unit.session(), current_actor(), alert_id)
    if form.validate():
        try:
            alerts.handle(unit.session(), current_actor(), alert_id, **form.data)
        except InvalidInput as error:
            form.add_error(error)
        else:
            flash(_("预警已处理。"), "success")
            return redirect(url_for("lender_alerts.show", alert_id=alert_id))
    return _page(alert_id, form)


def _page(alert_id: str, form: Form) -> ResponseReturnValue:
    actor = current_actor()
    shown = alerts.alert_of(unit.session(), actor, alert_id)
    is_new = shown.alert.state_now is AlertState.NEW
    page = render_template(
        "monitoring/alert.html",
        raised=shown.alert,
        entry=_entry(shown),
        lines=shown.lines,
        form=form,
        may_handle=is_new and actor.has_role(*alerts.HANDLERS),
        may_allow=actor.has_role(Role.LENDER_APPROVER) and any(line.drawing_blocked for line in shown.lines),
    )
    return page, form.status


def _entry(shown: Shown) -> dict[str, Any]:
    alert = shown.alert
    return {
        "url": url_for("lender_alerts.show", alert_id=alert.public_id),
        "firm": alert.firm_name,
        "at": alert.created_at,
        "severity": SEVERITY_WORDS[alert.severity_now],
        "severity_tone": SEVERITY_TONES[alert.severity_now],
        "state": ALERT_WORDS[alert.state_now],
        "state_tone": ALERT_TONES[alert.state_now],
        "blocked": alert.blocked,
        "findings": [KEPT_AWAY if shown.kept_away else CLOSED]
        if shown.findings is None
        else [say_finding(finding) for finding in shown.findings],
    }


def _asked_state() -> AlertState | None:
    wish = request.args.get("state", "")
    return AlertState(wish) if wish in list(AlertState) else None


def _table(rows: Any, cursor: int | None) -> Table:
    entries = [_entry(row) for row in rows]
    return Table(
        columns=[
            Column("firm", _("企业名称"), href=lambda row: row["url"]),
            Column("at", _("时间"), kind="moment"),
            Column("severity", _("程度"), kind="state", tone=lambda row: row["severity_tone"]),
            Column(
                "findings", _("情况"), value=lambda row: "；".join(say(words) for words in row["findings"])
            ),
            Column("blocked", _("提款"), value=lambda row: _("已暂停新的提款") if row["blocked"] else None),
            Column("state", _("状态"), kind="state", tone=lambda row: row["state_tone"]),
        ],
        rows=entries,
        caption=_("贷后预警"),
        empty=Empty(
            _("没有贷后预警"),
            _("企业签署贷后管理授权后，信用等级下降或新增严重标签、名单时会在这里提醒。"),
        ),
        next_cursor=str(cursor) if cursor else None,
    )
