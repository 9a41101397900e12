"""A firm's pages of drawing on its lines."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput, RuleRefused
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from matching.drawdowns import amending, carrying, lookup, requesting, showing
from matching.drawdowns.rules import DrawdownState, Request
from matching.drawdowns.schemas import CarrySchema, ReasonSchema, RequestSchema
from matching.lines import lookup as lines
from matching.lines.rules import LineState

blueprint = Blueprint("firm_drawdowns", __name__, template_folder="templates")


@blueprint.get("/firm/lines/<line_id>/drawdowns")
def of_line(line_id: str) -> ResponseReturnValue:
    """What is available on a line, drawing on it, and what was drawn."""
    return _line_page(line_id, Form(RequestSchema))


def _line_page(line_id: str, form: Form, renewing: Form | None = None) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lines.line_of_firm(session, actor, line_id)
    owner = actor.has_role(Role.FIRM_OWNER)
    renewing = renewing or Form(CarrySchema)
    page = render_template(
        "drawdowns/firm_of_line.html",
        carriable=carrying.carriable(session, line) if owner else (),
        renewing=renewing,
        line=line,
        figures=showing.line_figures(session, line),
        form=form,
        may_draw=owner and line.state_now is LineState.ACTIVE and not line.drawing_blocked,
        may_answer=owner,
        amendments=[row for row in showing.amendments_shown(session, line) if not row["proposed"]],
        table=showing.drawdowns_table(
            lookup.of_line(session, line.id),
            lambda row: url_for("firm_drawdowns.show", drawdown_id=row.public_id),
            with_firm=False,
        ),
    )
    return page, max(form.status, renewing.status)


@blueprint.post("/firm/lines/<line_id>/renewals")
def carry(line_id: str) -> ResponseReturnValue:
    """Ask that a loan of the renewed line goes on under this one, without being repaid."""
    form = Form.from_request(CarrySchema)
    if form.validate():
        try:
            made = carrying.request(
                unit.session(),
                current_actor(),
                line_id,
                form.data["drawdown_id"],
                term_months=form.data["term_months"],
            )
        except (InvalidInput, RuleRefused) as error:
            unit.session().rollback()
            form.add_error(error)
        else:
            flash(_("已申请无还本续贷，原贷款不必先还本金。"), "success")
            return redirect(url_for("firm_drawdowns.show", drawdown_id=made.public_id))
    return _line_page(line_id, Form(RequestSchema), form)


@blueprint.post("/firm/lines/<line_id>/drawdowns")
def request(line_id: str) -> ResponseReturnValue:
    form = Form.from_request(RequestSchema)
    if form.validate():
        try:
            made = requesting.request(unit.session(), current_actor(), line_id, Request(**form.data))
        except (InvalidInput, RuleRefused) as error:
            unit.session().rollback()
            form.add_error(error)
        else:
            flash(_("提款申请已提交，额度已为您占用。"), "success")
            return redirect(url_for("firm_drawdowns.show", drawdown_id=made.public_id))
    return _line_page(line_id, form)


@blueprint.get("/firm/drawdowns/<drawdown_id>")
def show(drawdown_id: str) -> ResponseReturnValue:
    return _page(drawdown_id, Form(ReasonSchema))


@blueprint.post("/firm/drawdowns/<drawdown_id>/cancel")
def cancel(drawdown_id: str) -> ResponseReturnValue:
    form = Form.from_request(ReasonSchema)
    if not form.validate():
        return _page(drawdown_id, form)
    requesting.cancel(unit.session(), current_actor(), drawdown_id, reason=form.data["reason"])
    flash(_("提款已取消，占用的额度已释放。"), "success")
    return redirect(url_for("firm_drawdowns.show", drawdown_id=drawdown_id))


@blueprint.post("/firm/amendments/<amendment_id>/<step>")
def answer(amendment_id: str, step: str) -> ResponseReturnValue:
    """Agree to a change of contract, or not."""
    if step not in ("accept", "decline"):
        abort(404)
    session, actor = unit.session(), current_actor()
    amendment = amending.answer(session, actor, amendment_id, step)
    flash(_("已同意，变更已生效。") if step == "accept" else _("已回复不同意，合同不变。"), "success")
    return redirect(url_for("firm_drawdowns.of_line", line_id=amendment.line.public_id))


def _page(drawdown_id: str, form: Form) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    drawdown = lookup.drawdown_of_firm(session, actor, drawdown_id)
    page: dict[str, Any] = showing.drawdown_page(session, drawdown)
    may_cancel = drawdown.state_now is DrawdownState.APPROVED and actor.has_role(Role.FIRM_OWNER)
    return render_template(
        "drawdowns/firm_drawdown.html", form=form, may_cancel=may_cancel, **page
    ), form.status
