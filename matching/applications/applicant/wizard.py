"""The application form in three steps, saved at every step: the need, the products, then materials and sending."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from borrowers.documents import media
from borrowers.documents import service as documents
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.disclosure import texts
from creditbridge.disclosure.rules import Purpose as ConsentPurpose
from creditbridge.disclosure.scopes import scope_catalogue
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from matching.applications import drafting, submitting
from matching.applications.applicant import choosing
from matching.applications.applicant.schemas import DocumentForm, NeedForm, ProductsForm, SendForm
from matching.applications.drafting import Chosen, Need
from matching.applications.lookup import application_of
from matching.applications.model import Application
from matching.applications.rules import MAX_PRODUCTS, PURPOSE_WORDS, ApplicationState
from matching.applications.standing import standings

blueprint = Blueprint("firm_applications", __name__, template_folder="templates")

CONSENT_DAYS = 180
"""The last day proposed for a consent; half a year covers a review with supplements."""


@blueprint.route("/firm/applications/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """The first step of a new application; the draft begins to exist when it is saved."""
    session, actor = unit.session(), current_actor()
    firm = claims.firm_of(session, actor)
    if request.method == "GET":
        return render_template(
            "firm_applications/need.html",
            form=Form(NeedForm, {"contact_name": actor.name}),
            firm=firm,
            draft=None,
        )
    form = Form.from_request(NeedForm)
    if form.validate():
        try:
            draft = drafting.start_draft(session, actor, product_id=request.args.get("product") or None)
            drafting.save_need(session, actor, draft.public_id, Need(**form.data))
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            return redirect(url_for("firm_applications.products", application_id=draft.public_id))
    return render_template("firm_applications/need.html", form=form, firm=firm, draft=None), form.status


@blueprint.route("/firm/applications/<application_id>/need", methods=["GET", "POST"])
def need(application_id: str) -> ResponseReturnValue:
    """The first step of a draft."""
    session, actor = unit.session(), current_actor()
    draft = application_of(session, actor, application_id)
    if draft.state != ApplicationState.DRAFT:
        return redirect(url_for("firm_applications.application", application_id=application_id))
    form = Form(NeedForm, _typed_need(draft)) if request.method == "GET" else Form.from_request(NeedForm)
    if request.method == "POST" and form.validate():
        drafting.save_need(session, actor, application_id, Need(**form.data))
        return redirect(url_for("firm_applications.products", application_id=application_id))
    firm = claims.firm_of(session, actor)
    return render_template("firm_applications/need.html", form=form, firm=firm, draft=draft), form.status


@blueprint.route("/firm/applications/<application_id>/products", methods=["GET", "POST"])
def products(application_id: str) -> ResponseReturnValue:
    """The second step: which products, through which branches."""
    session, actor = unit.session(), current_actor()
    draft = application_of(session, actor, application_id)
    if draft.state != ApplicationState.DRAFT:
        return redirect(url_for("firm_applications.application", application_id=application_id))
    if drafting.need_of(draft) is None:
        return redirect(url_for("firm_applications.need", application_id=application_id))
    form = Form(ProductsForm) if request.method == "GET" else Form.from_request(ProductsForm)
    if request.method == "POST" and form.validate():
        chosen = [
            Chosen(row["product_id"], row["branch_id"]) for row in form.data["choices"] if row["chosen"]
        ]
        try:
            drafting.choose_products(session, actor, application_id, chosen)
        except DomainError as error:
            form.add_error(error)
        else:
            return redirect(url_for("firm_applications.check", application_id=application_id))
    rows = choosing.choosable(session, claims.firm_of(session, actor), draft)
    return (
        render_template(
            "firm_applications/products.html", form=form, draft=draft, rows=rows, most=MAX_PRODUCTS
        ),
        form.status,
    )


@blueprint.route("/firm/applications/<application_id>/check", methods=["GET", "POST"])
def check(application_id: str) -> ResponseReturnValue:
    """The third step: materials, consents, and sending."""
    session, actor = unit.session(), current_actor()
    draft = application_of(session, actor, application_id)
    if draft.state != ApplicationState.DRAFT:
        return redirect(url_for("firm_applications.application", application_id=application_id))
    if drafting.need_of(draft) is None:
        return redirect(url_for("firm_applications.need", application_id=application_id))
    if not draft.choices:
        return redirect(url_for("firm_applications.products", application_id=application_id))
    if request.method == "POST":
        return _send(application_id)
    return _check_page(draft, None)


def _send(application_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    form = Form.from_request(SendForm)
    if form.validate():
        try:
            sent = submitting.submit(session, actor, application_id, **form.data)
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("申请已提交，共 %(n)s 家机构。有进展时会给您发消息。", n=len(sent)), "success")
            return redirect(url_for("firm_applications.application", application_id=application_id))
    return _check_page(application_of(unit.session(), actor, application_id), form)


def _check_page(draft: Application, form: Form | None) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    firm = claims.firm_of(session, actor)
    rows = standings(session, firm, draft)
    last_day = clock.today() + timedelta(days=CONSENT_DAYS)
    needed = choosing.scopes_needed(rows)
    shown = form or Form(SendForm, {"scope": needed, "consent_expires_on": last_day})
    held = documents.documents_of(session, firm.id)
    by_id = {document.id: document for document in held}
    text = texts.text_in_force(ConsentPurpose.PRE_LOAN, clock.today())
    page = render_template(
        "firm_applications/check.html",
        form=shown,
        draft=draft,
        need=drafting.need_of(draft),
        purpose_words=PURPOSE_WORDS,
        firm=firm,
        rows=rows,
        materials=choosing.materials_of(rows),
        documents=held,
        attached=[(row, by_id[row.document_id]) for row in draft.documents if row.document_id in by_id],
        document_form=Form(DocumentForm),
        accept=media.ACCEPT,
        max_mb=media.MAX_BYTES // media.MIB,
        scopes=scope_catalogue(),
        needed=needed,
        lenders={row.product.lender.public_id: row.product.lender for row in rows},
        consent_text=lambda lender: texts.filled(
            text,
            firm=firm.name,
            lender=lender.name.zh,
            scope=[scope.value for scope in needed],
            expires_on=last_day,
        ),
        is_owner=actor.has_role(Role.FIRM_OWNER),
        stopped=any(row.obstacles for row in rows),
    )
    return page, shown.status


@blueprint.post("/firm/applications/<application_id>/documents")
def attach(application_id: str) -> ResponseReturnValue:
    """Add a document to the draft: a new file, or one the firm keeps already."""
    session, actor = unit.session(), current_actor()
    draft = application_of(session, actor, application_id)
    form = Form.from_request(DocumentForm)
    if form.validate():
        try:
            document_id = form.data["document_id"] or _kept(draft, form)
            drafting.attach_document(session, actor, application_id, document_id, form.data["material_code"])
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("材料已添加。"), "success")
            return redirect(
                url_for("firm_applications.check", application_id=application_id, _anchor="materials")
            )
    flash(" ".join(message for path in form.errors for message in form.error_list(path)), "danger")
    return redirect(url_for("firm_applications.check", application_id=application_id, _anchor="materials"))


def _kept(draft: Application, form: Form) -> str:
    sent = form.file("file")
    if sent is None:
        raise InvalidInput({"file": [Words("请选择要上传的文件。", "Choose a file to upload.")]})
    document = documents.keep(
        unit.session(),
        unit.files(),
        current_actor(),
        draft.firm_id,
        kind=form.data["material_code"] or "other",
        filename=sent.filename or "",
        stream=sent.stream,
    )
    return document.public_id


@blueprint.post("/firm/applications/<application_id>/documents/<document_id>/remove")
def detach(application_id: str, document_id: str) -> ResponseReturnValue:
    drafting.detach_document(unit.session(), current_actor(), application_id, document_id)
    flash(_("材料已移除，文件仍保留在企业材料中。"), "success")
    return redirect(url_for("firm_applications.check", application_id=application_id, _anchor="materials"))


@blueprint.post("/firm/applications/<application_id>/discard")
def discard(application_id: str) -> ResponseReturnValue:
    drafting.discard(unit.session(), current_actor(), application_id)
    flash(_("草稿已放弃。"), "success")
    return redirect(url_for("firm_applications.index"))


def _typed_need(draft: Application) -> dict[str, object]:
    kept = {
        "amount_fen": draft.amount_fen,
        "term_months": draft.term_months,
        "purpose": draft.purpose,
        "purpose_note": draft.purpose_note,
        "contact_name": draft.contact_name,
        "contact_phone": draft.contact_phone,
    }
    return {name: value for name, value in kept.items() if value}
