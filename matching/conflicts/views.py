"""The lender's page of conflicts of interest: who keeps away from which firm, and lifting what is not so."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.store import unit
from matching.conflicts import service
from matching.conflicts.rules import (
    CONFLICT_STATE_TONES,
    CONFLICT_STATE_WORDS,
    NAMED_WORDS,
    RELATION_WORDS,
    ConflictState,
)
from matching.conflicts.schemas import LiftForm

blueprint = Blueprint("lender_conflicts", __name__, template_folder="templates")


@blueprint.get("/lender/conflicts")
def index() -> ResponseReturnValue:
    """An approver sees all of the lender's, others their own."""
    session, actor = unit.session(), current_actor()
    approver = actor.has_role(Role.LENDER_APPROVER)
    rows, following = service.page_of(session, actor, before=asked_position())
    return render_template(
        "conflicts/index.html",
        table=Table(
            columns=[
                Column(
                    "firm_name",
                    _("企业名称"),
                    href=(lambda row: url_for("lender_conflicts.show", conflict_id=row.public_id))
                    if approver
                    else None,
                ),
                Column("officer_name", _("须回避的人员")),
                Column("relation", _("与该企业的关系"), value=lambda row: RELATION_WORDS[row.relation_now]),
                Column("named_by", _("来源"), value=lambda row: NAMED_WORDS[row.named]),
                Column("created_at", _("登记时间"), kind="moment"),
                Column(
                    "state",
                    _("状态"),
                    kind="state",
                    value=lambda row: CONFLICT_STATE_WORDS[row.state_now],
                    tone=lambda row: CONFLICT_STATE_TONES[row.state_now],
                ),
            ],
            rows=rows,
            caption=_("利益关系与回避"),
            next_cursor=str(following) if following else None,
            empty=Empty(_("没有登记的回避"), _("在贷款申请页可以登记本人或同事与企业的利益关系。")),
        ),
        sees_all=approver,
    )


@blueprint.get("/lender/conflicts/<conflict_id>")
def show(conflict_id: str) -> ResponseReturnValue:
    return _page(conflict_id, Form(LiftForm))


@blueprint.post("/lender/conflicts/<conflict_id>/lift")
def lift(conflict_id: str) -> ResponseReturnValue:
    form = Form.from_request(LiftForm)
    service.conflict_of(unit.session(), current_actor(), conflict_id)
    if form.validate():
        try:
            service.lift(unit.session(), current_actor(), conflict_id, reason=form.data["reason"])
        except (InvalidInput, RuleRefused) as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("回避已解除。"), "success")
            return redirect(url_for("lender_conflicts.show", conflict_id=conflict_id))
    return _page(conflict_id, form)


def _page(conflict_id: str, form: Form) -> ResponseReturnValue:
    row = service.conflict_of(unit.session(), current_actor(), conflict_id)
    page = render_template(
        "conflicts/conflict.html",
        row=row,
        relation=RELATION_WORDS[row.relation_now],
        named=NAMED_WORDS[row.named],
        state=CONFLICT_STATE_WORDS[row.state_now],
        tone=CONFLICT_STATE_TONES[row.state_now],
        form=form,
        may_lift=row.state_now is ConflictState.STANDING,
    )
    return page, form.status
