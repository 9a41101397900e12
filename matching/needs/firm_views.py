"""The firm's pages of its needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from lenders.browsing.schemas import purposes
from matching.needs import lookup, posting, revealing
from matching.needs.model import FinancingNeed
from matching.needs.rules import NeedState, PartState
from matching.needs.schemas import MatchForm, NeedForm, RevealForm, details_of
from matching.needs.showing import WORDS, firm_lines, purpose_words

blueprint = Blueprint("firm_needs", __name__, template_folder="templates")
FIELDS = ("amount_fen", "term_months", "purpose", "note", "contact_name", "contact_phone")


@blueprint.get("/firm/needs")
def index() -> ResponseReturnValue:
    rows = lookup.needs_of_firm(unit.session(), current_actor())
    return render_template("needs/firm_list.html", rows=rows, purpose_of=purpose_words, **WORDS)


@blueprint.route("/firm/needs/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """What the firm needs; it is kept as a draft first."""
    form = Form(NeedForm) if request.method == "GET" else Form.from_request(NeedForm)
    if request.method == "POST" and form.validate():
        try:
            need = posting.write(unit.session(), current_actor(), details_of(form.data))
        except DomainError as error:
            form.add_error(error)
        else:
            return redirect(url_for("firm_needs.show", need_id=need.public_id))
    return _form_page(form, None)


@blueprint.route("/firm/needs/<need_id>/edit", methods=["GET", "POST"])
def edit(need_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    need = lookup.need_of_firm(session, actor, need_id)
    if need.state_now is not NeedState.DRAFT:
        return redirect(url_for("firm_needs.show", need_id=need_id))
    held = {name: getattr(need, name) for name in FIELDS}
    form = Form(NeedForm, held) if request.method == "GET" else Form.from_request(NeedForm)
    if request.method == "POST" and form.validate():
        try:
            posting.rewrite(session, actor, need_id, details_of(form.data))
        except DomainError as error:
            form.add_error(error)
        else:
            return redirect(url_for("firm_needs.show", need_id=need_id))
    return _form_page(form, need)


@blueprint.get("/firm/needs/<need_id>")
def show(need_id: str) -> ResponseReturnValue:
    return _page(need_id)


@blueprint.post("/firm/needs/<need_id>/post")
def post(need_id: str) -> ResponseReturnValue:
    need = posting.post(unit.session(), current_actor(), need_id)
    found = len(need.parts)
    flash(_("需求已发布，%(n)s 家机构可以看到，不含企业名称。", n=found), "success")
    return redirect(url_for("firm_needs.show", need_id=need_id))


@blueprint.post("/firm/needs/<need_id>/withdraw")
def withdraw(need_id: str) -> ResponseReturnValue:
    posting.withdraw(unit.session(), current_actor(), need_id)
    flash(_("需求已撤回。"), "success")
    return redirect(url_for("firm_needs.show", need_id=need_id))


@blueprint.post("/firm/needs/<need_id>/reveal")
def reveal(need_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        return revealing.reveal(unit.session(), current_actor(), need_id, data["lenders"])

    return _step(need_id, Form.from_request(RevealForm), take, _("已向所选机构公开身份，它们会与您联系。"))


@blueprint.post("/firm/needs/<need_id>/match")
def match(need_id: str) -> ResponseReturnValue:
    def take(data: dict[str, Any]) -> object:
        return revealing.match(unit.session(), current_actor(), need_id, data["lender"])

    return _step(need_id, Form.from_request(MatchForm), take, _("已选定机构，请继续提交贷款申请。"))


def _step(
    need_id: str, form: Form, take: Callable[[dict[str, Any]], object], told: str
) -> ResponseReturnValue:
    lookup.need_of_firm(unit.session(), current_actor(), need_id)
    if form.validate():
        try:
            take(form.data)
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(told, "success")
            return redirect(url_for("firm_needs.show", need_id=need_id))
    return _page(need_id, form)


def _page(need_id: str, form: Form | None = None) -> ResponseReturnValue:
    need = lookup.need_of_firm(unit.session(), current_actor(), need_id)
    groups = {state: [part for part in need.parts if part.state_now is state] for state in PartState}
    suggested = [part for part in need.parts if part.suggested and part.state_now is not PartState.CLOSED]
    body = render_template(
        "needs/firm_need.html",
        need=need,
        groups=groups,
        interested=groups[PartState.INTERESTED],
        revealed=groups[PartState.REVEALED],
        suggested=suggested,
        lines=firm_lines(need),
        purpose=purpose_words(need.purpose),
        scopes=revealing.SCOPES,
        form=form or Form(RevealForm),
        **WORDS,
    )
    return body, form.status if form else 200


def _form_page(form: Form, need: FinancingNeed | None) -> ResponseReturnValue:
    return render_template("needs/firm_form.html", form=form, need=need, purposes=purposes()), form.status
