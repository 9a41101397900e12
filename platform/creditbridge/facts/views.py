"""The platform's page for importing scores, grades and other facts from a file."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.facts.catalogue import named_lists
from creditbridge.facts.imports import FactsImportReport, import_facts, importable
from creditbridge.facts.schemas import FactsFileSchema
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.sheets.limits import MIB, UPLOAD
from creditbridge.store import unit

blueprint = Blueprint("facts", __name__, template_folder="templates")

SHOWN_REFUSALS = 200
_CHOOSE = Words("请选择要导入的文件。", "Choose a file to import.")


@blueprint.get("/platform/facts/import")
def import_page() -> ResponseReturnValue:
    return _page(Form(FactsFileSchema))


@blueprint.post("/platform/facts/import")
def import_file() -> ResponseReturnValue:
    form = Form.from_request(FactsFileSchema)
    if form.validate():
        try:
            return _page(Form(FactsFileSchema), _import(dry_run=form.data["dry_run"]))
        except DomainError as error:
            unit.abandon()
            form.add_error(error)
    return _page(form)


def _import(*, dry_run: bool) -> FactsImportReport:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput({"file": [_CHOOSE]})
    content = sent.stream.read(UPLOAD.file_bytes + 1)
    return import_facts(unit.session(), current_actor(), content, sent.filename, dry_run=dry_run)


def _page(form: Form, report: FactsImportReport | None = None) -> ResponseReturnValue:
    page = render_template(
        "facts/import.html",
        form=form,
        report=report,
        shown=SHOWN_REFUSALS,
        importable=importable(),
        lists=named_lists().values(),
        max_mb=UPLOAD.file_bytes // MIB,
    )
    return page, form.status
