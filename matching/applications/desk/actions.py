"""The steps a lender's officers take from the review desk. Each is refused by rule when it is not legal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import DuplicateRequest, InvalidInput, RuleRefused
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from lenders.pricing.apr import TrueCost
from matching.applications import (
    checking,
    conflicting,
    deciding,
    granting,
    lookup,
    offering,
    reviewing,
    supplementing,
)
from matching.applications.desk import steps, tables
from matching.applications.desk.schemas import ConflictForm, FactRefusalForm, NoteForm, items_of, terms_from

blueprint = Blueprint("lender_decisions", __name__, template_folder="templates")

PREVIEW = "preview"
UseCase = Callable[[dict[str, Any]], object]


@blueprint.post("/lender/applications/<submission_id>/accept")
def accept(submission_id: str) -> ResponseReturnValue:
    reviewing.accept(unit.session(), current_actor(), submission_id)
    return _done(submission_id, _("已受理。"))


@blueprint.post("/lender/applications/<submission_id>/start-review")
def start_review(submission_id: str) -> ResponseReturnValue:
    reviewing.start_review(unit.session(), current_actor(), submission_id)
    return _done(submission_id, _("已开始审核。"))


@blueprint.post("/lender/applications/<submission_id>/approve-terms")
def approve_terms(submission_id: str) -> ResponseReturnValue:
    offering.approve_terms(unit.session(), current_actor(), submission_id)
    return _done(submission_id, _("方案已审批通过，企业已收到通知。"))


@blueprint.post("/lender/applications/<submission_id>/close")
def close(submission_id: str) -> ResponseReturnValue:
    granting.close(unit.session(), current_actor(), submission_id)
    return _done(submission_id, _("已办结。"))


@blueprint.post("/lender/applications/<submission_id>/not-accept")
def not_accept(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        session, actor = unit.session(), current_actor()
        return deciding.not_accept(session, actor, submission_id, codes=data["reasons"], text=data["text"])

    return _with_form("not_accept", submission_id, take, _("已告知企业不予受理。"))


@blueprint.post("/lender/applications/<submission_id>/request-supplement")
def request_supplement(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        return supplementing.request_supplement(
            unit.session(),
            current_actor(),
            submission_id,
            items=items_of(data["items"]),
            deadline=data["deadline"],
            note=data["note"],
        )

    return _with_form("request_supplement", submission_id, take, _("已通知企业补充材料，办理时限暂停计算。"))


@blueprint.post("/lender/applications/<submission_id>/propose-terms")
def propose_terms(submission_id: str) -> ResponseReturnValue:
    """Submit the terms for approval; with the other button only show what they cost the firm."""
    form = Form.from_request(steps.FORMS["propose_terms"].schema)
    if form.action == PREVIEW:
        return _preview(submission_id, form)

    def take(data: dict[str, Any]) -> object:
        return offering.propose_terms(unit.session(), current_actor(), submission_id, terms_from(data))

    return _with_form("propose_terms", submission_id, take, _("方案已提交审批。"))


@blueprint.post("/lender/applications/<submission_id>/reject")
def reject(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        session, actor = unit.session(), current_actor()
        return deciding.reject(session, actor, submission_id, codes=data["reasons"], text=data["text"])

    return _with_form("reject", submission_id, take, _("已告知企业未通过及原因。"))


@blueprint.post("/lender/applications/<submission_id>/return-terms")
def return_terms(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        return offering.return_terms(unit.session(), current_actor(), submission_id, reason=data["reason"])

    return _with_form("return_terms", submission_id, take, _("已退回审核员。"))


@blueprint.post("/lender/applications/<submission_id>/reopen")
def reopen(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        return deciding.reopen(unit.session(), current_actor(), submission_id, reason=data["reason"])

    return _with_form("reopen", submission_id, take, _("已重新进入审核。"))


@blueprint.post("/lender/applications/<submission_id>/assign")
def assign(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        return reviewing.assign(unit.session(), current_actor(), submission_id, data["officer"])

    return _with_form("assign", submission_id, take, _("已分配。"))


@blueprint.post("/lender/applications/<submission_id>/transfer")
def transfer(submission_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        session, actor = unit.session(), current_actor()
        return reviewing.transfer(session, actor, submission_id, data["branch"], data["reason"])

    return _with_form("transfer", submission_id, take, _("已转办。"))


@blueprint.post("/lender/applications/<submission_id>/notes")
def add_note(submission_id: str) -> ResponseReturnValue:
    lookup.submission_of_lender(unit.session(), current_actor(), submission_id)
    form = Form.from_request(NoteForm)
    if not form.validate():
        flash(_("备注未保存：请填写 1 至 2000 字。"), "danger")
        return redirect(steps.back_to(submission_id), 303)
    reviewing.add_note(unit.session(), current_actor(), submission_id, form.data["note"])
    return _done(submission_id, _("备注已保存。"))


@blueprint.post("/lender/applications/<submission_id>/reported-facts/<report_id>/confirm")
def confirm_fact(submission_id: str, report_id: str) -> ResponseReturnValue:
    checking.confirm_fact(unit.session(), current_actor(), submission_id, report_id)
    return _done(submission_id, _("已核实，企业已收到通知。"))


@blueprint.post("/lender/applications/<submission_id>/reported-facts/<report_id>/refuse")
def refuse_fact(submission_id: str, report_id: str) -> ResponseReturnValue:
    checking.report_of(unit.session(), current_actor(), submission_id, report_id)
    form = Form.from_request(FactRefusalForm)
    if not form.validate():
        flash(_("没有保存：请用 1 至 200 个字写明不符的原因。"), "danger")
        return redirect(steps.back_to(submission_id), 303)
    checking.refuse_fact(
        unit.session(), current_actor(), submission_id, report_id, reason=form.data["reason"]
    )
    return _done(submission_id, _("已标为不符，企业已收到通知。"))


@blueprint.post("/lender/applications/<submission_id>/conflict")
def declare_conflict(submission_id: str) -> ResponseReturnValue:
    """Declare an interest in the firm: one's own, or as approver a colleague's."""
    lookup.submission_of_lender(unit.session(), current_actor(), submission_id)
    form = Form.from_request(ConflictForm)
    if form.validate():
        try:
            conflicting.declare(
                unit.session(),
                current_actor(),
                submission_id,
                relation=form.data["relation"],
                note=form.data["note"],
                officer_id=form.data["officer"],
            )
        except (InvalidInput, RuleRefused, DuplicateRequest) as error:
            form.add_error(error)
        else:
            return _done(submission_id, _("回避已登记，该人员不能再办理这家企业的业务。"))
    unit.abandon()
    submission = lookup.submission_of_lender(unit.session(), current_actor(), submission_id)
    page = render_template(
        "lender_applications/conflict.html",
        submission=submission,
        kept=tables.kept_filters(),
        back_url=steps.back_to(submission_id),
        **steps.conflict_part(current_actor(), submission, form),
    )
    return page, form.status


def _with_form(step: str, submission_id: str, take: UseCase, done: str) -> ResponseReturnValue:
    """Check the form and take the step; what is wrong is said at the form, with everything typed kept."""
    form = Form.from_request(steps.FORMS[step].schema)
    if form.validate():
        try:
            take(form.data)
        except (InvalidInput, RuleRefused) as error:
            form.add_error(error)
        else:
            return _done(submission_id, done)
    unit.abandon()
    return _step_page(step, submission_id, form), form.status


def _preview(submission_id: str, form: Form) -> ResponseReturnValue:
    """The true cost of terms that are not submitted yet."""
    session, actor = unit.session(), current_actor()
    submission = lookup.submission_of_lender(session, actor, submission_id)
    cost = None
    if form.validate():
        try:
            terms, product = terms_from(form.data), offering.product_of(session, submission)
            offering.check_terms(terms, submission, product.terms)
            cost = offering.cost_of(terms, product)
        except InvalidInput as error:
            form.add_error(error)
    return _step_page("propose_terms", submission_id, form, cost), form.status


def _step_page(step: str, submission_id: str, form: Form, cost: TrueCost | None = None) -> str:
    """The form alone: the firm's data is not looked at again for a form that has to be corrected."""
    actor = current_actor()
    submission = lookup.submission_of_lender(unit.session(), actor, submission_id)
    shown = steps.panel(actor, submission, step)
    if not shown["step"]:
        shown |= {"step": step, **steps.choices(actor, submission, shown["product"], step)}
    shown["form"] = form
    return render_template(
        "lender_applications/step.html",
        **shown,
        cost=cost,
        back_url=steps.back_to(submission_id),
        step_form=steps.FORMS[step],
    )


def _done(submission_id: str, message: str) -> ResponseReturnValue:
    flash(message, "success")
    return redirect(steps.back_to(submission_id), 303)
