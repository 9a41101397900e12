"""A firm's documents: list, upload, preview, download, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims.service import firm_of
from borrowers.documents import media, service, serving
from borrowers.documents.rules import kind_words
from borrowers.documents.schemas import UploadSchema
from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages import downloads
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.store import unit

if TYPE_CHECKING:
    from borrowers.documents.model import Document

blueprint = Blueprint("documents", __name__, template_folder="templates")

_CHOOSE = Words("请选择要上传的文件。", "Choose a file to upload.")


@blueprint.get("/firm/documents")
def overview() -> ResponseReturnValue:
    return _page(Form(UploadSchema))


@blueprint.post("/firm/documents")
def upload() -> ResponseReturnValue:
    form = Form.from_request(UploadSchema)
    if form.validate():
        try:
            kept = _keep(form)
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
        else:
            flash(_("已上传“%(name)s”。", name=kept.file_name), "success")
            return redirect(url_for("documents.overview"))
    return _page(form)


@blueprint.get("/firm/documents/<public_id>")
def show(public_id: str) -> ResponseReturnValue:
    """The file in the browser, where that is safe."""
    found = _document(public_id)
    return serving.preview(
        service.content(unit.session(), unit.files(), found), found.media_type, found.file_name
    )


@blueprint.get("/firm/documents/<public_id>/file")
def download(public_id: str) -> ResponseReturnValue:
    found = _document(public_id)
    return downloads.download(
        service.content(unit.session(), unit.files(), found), found.media_type, found.file_name
    )


@blueprint.post("/firm/documents/<public_id>/delete")
def delete(public_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    service.delete(session, actor, firm_of(session, actor).id, public_id)
    flash(_("文件已删除。"), "success")
    return redirect(url_for("documents.overview"))


def _keep(form: Form) -> Document:
    session, actor = unit.session(), current_actor()
    firm = firm_of(session, actor)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput({"file": [_CHOOSE]})
    return service.keep(
        session,
        unit.files(),
        actor,
        firm.id,
        kind=form.data["kind"].value,
        filename=sent.filename,
        stream=sent.stream,
    )


def _document(public_id: str) -> Document:
    session = unit.session()
    return service.document(session, firm_of(session, current_actor()).id, public_id)


def _page(form: Form) -> ResponseReturnValue:
    session = unit.session()
    firm = firm_of(session, current_actor())
    documents = service.documents_of(session, firm.id)
    page = render_template(
        "documents/overview.html",
        form=form,
        firm=firm,
        documents=documents,
        kind_of=lambda document: say(kind_words(document.kind)),
        used=service.used_bytes(session, firm.id),
        quota=service.QUOTA_BYTES,
        accept=media.ACCEPT,
        previewable=media.PREVIEWABLE,
        max_mb=media.MAX_BYTES // media.MIB,
    )
    return page, form.status
