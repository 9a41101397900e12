"""The platform's queue of disputes: take one up with the department, and decide it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.disputes import rules, service, showing
from borrowers.disputes.rules import STATE_WORDS, Correction, DisputeState, Outcome, ValueProblem
from borrowers.disputes.schemas import DecisionSchema
from borrowers.documents import service as documents
from borrowers.documents import serving
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, InvalidInput, NotFound
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.records.catalogue import ValueKind, items
from creditbridge.store import unit

blueprint = Blueprint("dispute_desk", __name__, template_folder="templates")


@blueprint.get("/platform/disputes")
def queue() -> ResponseReturnValue:
    """Disputes by state; open ones by the day they are due."""
    state, today = _state(), clock.today()
    counted = service.counts(unit.session())
    tabs = [
        (STATE_WORDS[each], url_for("dispute_desk.queue", state=each.value), each is state, counted[each])
        for each in DisputeState
    ]
    page = service.queue(unit.session(), state, asked_position())
    table = Table(
        columns=[
            Column(
                "record",
                _("记录"),
                value=lambda row: showing.record_name(row.dispute),
                href=lambda row: url_for("dispute_desk.show", public_id=row.dispute.public_id),
            ),
            Column("firm", _("企业名称"), value=lambda row: row.firm.name),
            Column("department", _("来源部门"), value=lambda row: showing.department_name(row.dispute)),
            Column("created_at", _("提出时间"), kind="moment", value=lambda row: row.dispute.created_at),
            Column(
                "due_on",
                _("办理期限"),
                kind="day",
                value=lambda row: row.dispute.due_on,
                note=lambda row: showing.overdue(row.dispute, today),
            ),
        ],
        rows=page.rows,
        caption=_("信用记录异议"),
        next_cursor=page.next_cursor,
        queue=True,
        empty=Empty(_("没有这一状态的异议"), _("企业对信用记录提出异议后会出现在“待核查”中。")),
    )
    return render_template("disputes/queue.html", table=table, tabs=tabs)


@blueprint.get("/platform/disputes/<public_id>")
def show(public_id: str) -> ResponseReturnValue:
    return _page(public_id, Form(DecisionSchema))


@blueprint.get("/platform/disputes/<public_id>/evidence")
def evidence(public_id: str) -> ResponseReturnValue:
    """What the firm gave as evidence for this dispute, in the browser."""
    kept = service.file_of(unit.session(), public_id).document
    if kept is None:
        raise NotFound(documents.DOCUMENT)
    content = documents.content(unit.session(), unit.files(), kept)
    return serving.preview(content, kept.media_type, kept.file_name)


@blueprint.post("/platform/disputes/<public_id>/check")
def check(public_id: str) -> ResponseReturnValue:
    service.check(unit.session(), current_actor(), public_id)
    flash(_("已开始核查，并告知企业。"), "success")
    return redirect(url_for("dispute_desk.show", public_id=public_id))


@blueprint.post("/platform/disputes/<public_id>/decide")
def decide(public_id: str) -> ResponseReturnValue:
    typed = Form.from_request(DecisionSchema)
    if typed.validate():
        try:
            _decide(public_id, typed)
        except NotFound:
            raise
        except DomainError as error:
            unit.abandon()
            typed.add_error(error)
        else:
            flash(_("核查结果已告知企业，评分随下一次评价更新。"), "success")
            return redirect(url_for("dispute_desk.queue"))
    return _page(public_id, typed)


def _decide(public_id: str, typed: Form) -> None:
    session, actor, data = unit.session(), current_actor(), typed.data
    if data["outcome"] is Outcome.REJECT:
        service.reject(session, actor, public_id, data["answer"])
        return
    correction = None
    if data["outcome"] is Outcome.CORRECT:
        item = items()[service.file_of(session, public_id).dispute.item]
        try:
            value = rules.value_of(item, data["value"]) if data["value"] else None
        except ValueProblem as problem:
            raise InvalidInput({"value": [problem.words]}) from problem
        correction = Correction(data["occurred_on"], data["ends_on"], value)
    service.uphold(session, actor, public_id, data["answer"], correction=correction)


def _state() -> DisputeState:
    typed = request.args.get("state", "")
    return DisputeState(typed) if typed in list(DisputeState) else DisputeState.RAISED


def _page(public_id: str, typed: Form) -> ResponseReturnValue:
    held = service.file_of(unit.session(), public_id)
    page = render_template(
        "disputes/decide.html",
        page=showing.file_page(held, clock.today()),
        form=typed,
        has_value=items()[held.dispute.item].value is not ValueKind.NONE,
        may_decide=current_actor().has_role(Role.PLATFORM_ADMINISTRATOR),
        max_text=rules.MOST_TEXT,
    )
    return page, typed.status
