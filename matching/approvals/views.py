"""The lender's page of its limit for two-person approval, which itself changes by two people."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from matching.approvals import service
from matching.approvals.rules import CHANGE, CHANGE_STATE_TONES, CHANGE_STATE_WORDS, ChangeState
from matching.approvals.schemas import LimitForm

blueprint = Blueprint("approval_limits", __name__, template_folder="templates")


@blueprint.get("/lender/approval-limit")
def index() -> ResponseReturnValue:
    limit = service.limit_of(unit.session(), current_actor().organisation_id)
    return _page(Form(LimitForm, {"second_above_fen": limit}))


@blueprint.post("/lender/approval-limit")
def propose() -> ResponseReturnValue:
    form = Form.from_request(LimitForm)
    if form.validate():
        try:
            service.propose(unit.session(), current_actor(), **form.data)
        except (InvalidInput, DuplicateRequest) as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("限额变更已提交，另一位审批人同意后生效。"), "success")
            return redirect(url_for("approval_limits.index"))
    return _page(form)


@blueprint.post("/lender/approval-limit/<change_id>/<step>")
def decide(change_id: str, step: str) -> ResponseReturnValue:
    """Confirm, refuse or withdraw a change."""
    if step not in CHANGE.steps:
        abort(404)
    service.decide(unit.session(), current_actor(), change_id, step)
    said = {
        "confirm": _("新的限额已生效。"),
        "refuse": _("已退回，限额不变。"),
        "withdraw": _("已撤回，限额不变。"),
    }
    flash(said[step], "success")
    return redirect(url_for("approval_limits.index"))


def _page(form: Form) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    changes = service.changes_of(session, actor)
    waiting = next((row for row in changes if row.state_now is ChangeState.PROPOSED), None)
    own = waiting is not None and service.is_own(session, actor, waiting)
    page = render_template(
        "approvals/limit.html",
        limit=service.limit_of(session, actor.organisation_id),
        form=form,
        changes=changes,
        waiting=waiting,
        words=CHANGE_STATE_WORDS,
        tones=CHANGE_STATE_TONES,
        may_propose=waiting is None and actor.has_role(*service.PROPOSERS),
        may_decide=waiting is not None and not own and actor.has_role(Role.LENDER_APPROVER),
        may_withdraw=waiting is not None and waiting.proposed_by_id == actor.user_id,
        own=own,
    )
    return page, form.status
