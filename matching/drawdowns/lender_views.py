"""A lender's pages of drawdowns: deciding, paying out, taking payments, and amendments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, RuleRefused
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.schemas import Schema
from creditbridge.pages.tables import Empty, asked_position
from creditbridge.store import unit
from matching.drawdowns import amending, deciding, lookup, servicing, showing
from matching.drawdowns.rules import (
    DRAWDOWN,
    DRAWDOWN_STATE_WORDS,
    STEP_WORDS,
    WITH_REASON,
    AmendmentKind,
    AmendmentState,
    DrawdownState,
    may_take,
)
from matching.drawdowns.schemas import (
    ExtensionSchema,
    LimitSchema,
    NewRateSchema,
    PaymentSchema,
    PayOutSchema,
    RateSchema,
    ReasonSchema,
)
from matching.drawdowns.servicing import Payment
from matching.lines import lookup as lines
from matching.lines.rules import LineState

blueprint = Blueprint("lender_drawdowns", __name__, template_folder="templates")
ONE = "/lender/drawdowns/<drawdown_id>"


@blueprint.get("/lender/drawdowns")
def index() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    asked = request.args.get("state", "")
    state = DrawdownState(asked) if asked in list(DrawdownState) else None
    rows, following = lookup.page_of_lender(session, actor, state=state, start=asked_position() or 0)
    table = showing.drawdowns_table(
        rows,
        lambda row: url_for("lender_drawdowns.show", drawdown_id=row.public_id),
        with_firm=True,
        empty=Empty(_("没有符合条件的提款"), _("企业在授信额度内申请提款后会显示在这里。")),
        next_start=following,
    )
    states = [(value.value, words) for value, words in DRAWDOWN_STATE_WORDS.items()]
    return render_template("drawdowns/lender_list.html", table=table, states=states)


@blueprint.get("/lender/lines/<line_id>/drawdowns")
def of_line(line_id: str) -> ResponseReturnValue:
    return _line_page(line_id, Form(LimitSchema))


def _line_page(line_id: str, form: Form) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lines.line_of_lender(session, actor, line_id)
    page = render_template(
        "drawdowns/lender_of_line.html",
        line=line,
        figures=showing.line_figures(session, line),
        form=form,
        may_propose=actor.has_role(Role.LENDER_REVIEWER)
        and line.state_now in (LineState.ACTIVE, LineState.FROZEN),
        may_decide=actor.has_role(Role.LENDER_APPROVER),
        amendments=showing.amendments_shown(session, line),
        table=showing.drawdowns_table(
            lookup.of_line(session, line.id),
            lambda row: url_for("lender_drawdowns.show", drawdown_id=row.public_id),
            with_firm=False,
        ),
    )
    return page, form.status


@blueprint.post("/lender/lines/<line_id>/limit")
def propose_limit(line_id: str) -> ResponseReturnValue:
    """Propose another limit, for a second officer and then the firm."""
    form = Form.from_request(LimitSchema)

    def use(data: dict[str, Any]) -> object:
        return amending.propose_limit(unit.session(), current_actor(), line_id, **data)

    if not _taken(form, use):
        return _line_page(line_id, form)
    flash(_("变更已提交审批，审批通过后由企业确认。"), "success")
    return redirect(url_for("lender_drawdowns.of_line", line_id=line_id))


@blueprint.post("/lender/amendments/<amendment_id>/<step>")
def decide(amendment_id: str, step: str) -> ResponseReturnValue:
    """Approve an amendment as second officer, or return it."""
    if step not in ("approve", "return"):
        abort(404)
    made = amending.decide(unit.session(), current_actor(), amendment_id, step)
    waits = step == "approve" and made.state_now is AmendmentState.PROPOSED
    flash(_("已同意。金额超过双人审批限额，还需另一位审批人同意。") if waits else _("已办理。"), "success")
    return redirect(url_for("lender_drawdowns.of_line", line_id=made.line.public_id))


@blueprint.get(ONE)
def show(drawdown_id: str) -> ResponseReturnValue:
    return _page(drawdown_id)


@blueprint.post(f"{ONE}/steps/<step>")
def step(drawdown_id: str, step: str) -> ResponseReturnValue:
    """Approve, reject, cancel, or record what became of an overdue loan."""
    if step not in STEP_WORDS:
        abort(404)
    session, actor = unit.session(), current_actor()
    lookup.drawdown_of_lender(session, actor, drawdown_id)
    if not may_take(actor.role, step):
        raise NotAllowed
    if step == "approve":
        deciding.approve(session, actor, drawdown_id)
        return _done(drawdown_id)
    form = Form.from_request(ReasonSchema)
    uses: dict[str, Callable[[str], object]] = {
        "reject": lambda reason: deciding.reject(session, actor, drawdown_id, reason=reason),
        "cancel": lambda reason: deciding.cancel(session, actor, drawdown_id, reason=reason),
    }
    use = uses.get(step) or (
        lambda reason: servicing.end_badly(session, actor, drawdown_id, step, reason=reason)
    )
    if not _taken(form, lambda data: use(data["reason"])):
        return _page(drawdown_id, reason=form)
    return _done(drawdown_id)


@blueprint.post(f"{ONE}/pay-out")
def pay_out(drawdown_id: str) -> ResponseReturnValue:
    form = Form.from_request(PayOutSchema)

    def use(data: dict[str, Any]) -> object:
        return deciding.disburse(unit.session(), current_actor(), drawdown_id, on=data["on"])

    return _done(drawdown_id) if _taken(form, use) else _page(drawdown_id, pay_out=form)


@blueprint.post(f"{ONE}/payments")
def pay(drawdown_id: str) -> ResponseReturnValue:
    """Record a payment of the firm."""
    form = Form.from_request(PaymentSchema)

    def use(data: dict[str, Any]) -> object:
        return servicing.repay(unit.session(), current_actor(), drawdown_id, Payment(**data))

    return _done(drawdown_id) if _taken(form, use) else _page(drawdown_id, payment=form)


@blueprint.post(f"{ONE}/rate")
def set_rate(drawdown_id: str) -> ResponseReturnValue:
    """Set a floating rate anew."""
    form = Form.from_request(RateSchema)

    def use(data: dict[str, Any]) -> object:
        return servicing.set_rate(unit.session(), current_actor(), drawdown_id, **data)

    return _done(drawdown_id) if _taken(form, use) else _page(drawdown_id, rate=form)


@blueprint.post(f"{ONE}/extension")
def propose_extension(drawdown_id: str) -> ResponseReturnValue:
    return _propose(drawdown_id, ExtensionSchema, AmendmentKind.EXTENSION, "months", "extension")


@blueprint.post(f"{ONE}/new-rate")
def propose_rate(drawdown_id: str) -> ResponseReturnValue:
    return _propose(drawdown_id, NewRateSchema, AmendmentKind.RATE, "rate_ppm", "new_rate")


def _propose(
    drawdown_id: str, schema: type[Schema], kind: AmendmentKind, name: str, form_name: str
) -> ResponseReturnValue:
    form = Form.from_request(schema)

    def use(data: dict[str, Any]) -> object:
        return amending.propose_for_drawdown(
            unit.session(), current_actor(), drawdown_id, kind, value=data[name], reason=data["reason"]
        )

    if not _taken(form, use):
        return _page(drawdown_id, **{form_name: form})
    flash(_("变更已提交审批，审批通过后由企业确认。"), "success")
    return redirect(url_for("lender_drawdowns.show", drawdown_id=drawdown_id))


def _page(drawdown_id: str, **sent: Form) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    drawdown = lookup.drawdown_of_lender(session, actor, drawdown_id)
    state = drawdown.state_now
    legal = [name for name in DRAWDOWN.legal_steps(state) if may_take(actor.role, name)]
    running = state in (DrawdownState.PERFORMING, DrawdownState.OVERDUE)
    reviewer, approver = actor.has_role(Role.LENDER_REVIEWER), actor.has_role(Role.LENDER_APPROVER)
    today = {"on": clock.today()}
    page = render_template(
        "drawdowns/lender_drawdown.html",
        **showing.drawdown_page(session, drawdown),
        steps=[(name, STEP_WORDS[name]) for name in legal if name in WITH_REASON],
        may_approve="approve" in legal,
        may_pay_out="disburse" in legal,
        may_take_payment=running and reviewer,
        may_amend=state is DrawdownState.PERFORMING and reviewer,
        may_set_rate=running and approver and servicing.is_floating(session, drawdown),
        forms={
            "reason": sent.get("reason") or Form(ReasonSchema),
            "pay_out": sent.get("pay_out") or Form(PayOutSchema, today),
            "payment": sent.get("payment") or Form(PaymentSchema, today),
            "rate": sent.get("rate") or Form(RateSchema, today),
            "extension": sent.get("extension") or Form(ExtensionSchema),
            "new_rate": sent.get("new_rate") or Form(NewRateSchema),
        },
    )
    return page, max((form.status for form in sent.values()), default=200)


def _done(drawdown_id: str) -> ResponseReturnValue:
    flash(_("已办理，企业已收到通知。"), "success")
    return redirect(url_for("lender_drawdowns.show", drawdown_id=drawdown_id))


def _taken(form: Form, use: Callable[[dict[str, Any]], object]) -> bool:
    """Whether the form was right and the use case took it; otherwise the form says why not."""
    if not form.validate():
        return False
    try:
        use(dict(form.data))
    except (InvalidInput, RuleRefused) as error:
        unit.session().rollback()
        form.add_error(error)
        return False
    return True
