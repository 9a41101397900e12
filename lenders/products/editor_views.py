"""Pages of the product editor: a new product, a draft, and the live sentences of its conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, DomainError, InvalidInput
from creditbridge.pages.forms import ACTION_PARAMETER, KEY_PARAMETER, Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.store import unit
from lenders.institutions import service as institutions
from lenders.products import completeness, drafting, editing, editor, lookup
from lenders.products.editing import Reading
from lenders.products.lifecycle import ProductState
from lenders.products.rules import ApplicantKind, Draft, ProductTerms
from lenders.products.schemas import CriterionRow, FormulaForm, ProductForm
from lenders.schemes import service as schemes

if TYPE_CHECKING:
    from lenders.products.model import Product

blueprint = Blueprint("product_editor", __name__, template_folder="templates")

SHOW_AGAIN = ("add", "remove", "refresh")


@blueprint.route("/lender/products/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    actor = current_actor()
    institutions.working_lender_of(unit.session(), actor)
    if request.method == "GET":
        return _page(Form(ProductForm, editing.form_values(Draft("", ProductTerms()))), None)
    form, spare = _sent()
    draft = _read(form)
    if draft is not None:
        try:
            product = drafting.create_product(unit.session(), actor, draft)
        except DomainError as error:
            form.add_error(error)
        else:
            return _saved(form, product)
    return _page(form, None, spare)


@blueprint.route("/lender/products/<public_id>/edit", methods=["GET", "POST"])
def edit(public_id: str) -> ResponseReturnValue:
    actor = current_actor()
    product = lookup.product(unit.session(), actor, public_id)
    version = lookup.version_in_work(product)
    if version is None or version.state != "draft":
        flash(_("当前没有可编辑的草稿。"), "info")
        return redirect(url_for("lender_products.product", public_id=public_id))
    if request.method == "GET":
        values = editing.form_values(drafting.draft_of(product), seen=version.version)
        return _page(Form(ProductForm, values), product)
    form, spare = _sent()
    draft = _read(form)
    if draft is not None:
        try:
            drafting.save_draft(unit.session(), actor, public_id, draft, seen=form.data["seen"])
        except DomainError as error:
            form.add_error(error)
            _take_newer(form, error)
        else:
            return _saved(form, product)
    return _page(form, product, spare)


def _take_newer(form: Form, error: DomainError) -> None:
    """After a colleague saved first: a second press of the button knowingly saves over it."""
    if isinstance(error, Conflict) and "current" in error.details:
        form.values["seen"] = str(error.details["current"])


def _sent() -> tuple[Form, dict[str, int]]:
    return editor.open_form(
        request.form, request.form.get(ACTION_PARAMETER, ""), request.form.get(KEY_PARAMETER, "")
    )


def _read(form: Form) -> Draft | None:
    """The draft to save; None where the button only changes the page, or something is wrong."""
    if form.action.partition(":")[0] in SHOW_AGAIN or not form.validate():
        return None
    try:
        draft = editing.read_draft(form.data)
    except InvalidInput as error:
        form.add_error(error)
        return None
    return None if form.action == "preview" else draft


def _saved(form: Form, product: Product) -> ResponseReturnValue:
    if form.action != "submit":
        flash(_("草稿已保存。"), "success")
        return redirect(url_for("product_editor.edit", public_id=product.public_id))
    try:
        drafting.submit(unit.session(), current_actor(), product.public_id)
    except InvalidInput as error:
        # The draft stays saved; the page says what is missing before it can be handed on.
        flash(_("草稿已保存，但还不能提交复核，请先补齐以下内容。"), "warning")
        for words in (words for several in error.fields.values() for words in several):
            flash(say(words), "warning")
        return redirect(url_for("product_editor.edit", public_id=product.public_id))
    flash(_("已提交本机构审批人复核。"), "success")
    return redirect(url_for("lender_products.product", public_id=product.public_id))


def _page(form: Form, product: Product | None, spare: dict[str, int] | None = None) -> ResponseReturnValue:
    lender = institutions.lender_of(unit.session(), current_actor())
    draft = drafting.draft_of(product) if product else None
    advice = (
        completeness.advice(draft.terms, ApplicantKind(product.applicant_kind), on=clock.today())
        if product and draft
        else []
    )
    page = render_template(
        "lender_products/edit.html",
        form=form,
        product=product,
        version=lookup.version_in_work(product) if product else None,
        can_change_kind=product is None or product.state == ProductState.UNPUBLISHED,
        schemes=[(row.public_id, row.name) for row in schemes.schemes_of_lender(unit.session(), lender.id)],
        page=editor.page_of(form, spare or {}),
        warnings=editing.warnings(draft.admission) if draft else [],
        advice=advice,
    )
    return page, form.status


@blueprint.post("/lender/products/sentence")
def sentence() -> ResponseReturnValue:
    """The live sentence of one condition, as JSON."""
    form = Form.from_request(CriterionRow)
    if not form.validate():
        problems = tuple(words for several in form.errors.values() for words in several)
        return _said(Reading(problems=problems))
    return _said(editing.read_row(form.data))


@blueprint.post("/lender/products/formula-sentence")
def formula_sentence() -> ResponseReturnValue:
    """The live sentence of the amount formula, as JSON."""
    return _said(editor.read_formula_form(Form.from_request(FormulaForm)))


def _said(reading: Reading) -> ResponseReturnValue:
    return jsonify(
        sentences=[say(words) for words in reading.sentences],
        problems=[say(words) for words in reading.problems],
    )
