"""The lender's pages for files of grants and of balances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import DomainError, InvalidInput, NotFound
from creditbridge.kernel.words import Words
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import current_locale
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit
from matching.lines import importing, lookup
from matching.lines.columns import COLUMNS, CONTENT_WORDS, Content
from matching.lines.importing import LIMITS, LineReport, joined
from matching.lines.schemas import UploadSchema

if TYPE_CHECKING:
    from matching.lines.model import LineImport

blueprint = Blueprint("lender_line_imports", __name__, template_folder="templates")

CHECK_ONLY = "check"
_PREVIEWED = 200


@blueprint.get("/lender/lines/import")
def imports() -> ResponseReturnValue:
    """The form to send a file, and what was sent before."""
    return _imports_page(Form(UploadSchema, {"content": Content.GRANTS}))


@blueprint.post("/lender/lines/import")
def upload() -> ResponseReturnValue:
    """Take in a file, or only check it."""
    form = Form.from_request(UploadSchema)
    if form.validate():
        try:
            report = _import(form)
        except DomainError as error:
            unit.session().rollback()
            form.add_error(error)
        else:
            if report.import_id is None:
                return _preview(report)
            return redirect(url_for("lender_line_imports.report", import_id=report.import_id))
    return _imports_page(form)


@blueprint.get("/lender/lines/import/template-<content>.xlsx")
def template(content: str) -> ResponseReturnValue:
    """An empty file with the headings and an example row."""
    if content not in list(Content):
        raise NotFound
    return download(
        importing.template(Content(content), current_locale()), MEDIA_TYPES[Format.XLSX], f"{content}.xlsx"
    )


@blueprint.get("/lender/lines/imports/<import_id>")
def report(import_id: str) -> ResponseReturnValue:
    """What became of every row of a file."""
    batch = lookup.import_of(unit.session(), current_actor(), import_id)
    rows = [
        {"line": row.line, "reasons": joined([Words.from_json(words) for words in row.reasons])}
        for row in batch.refusals
    ]
    return render_template(
        "lines/import_report.html",
        batch=batch,
        content=CONTENT_WORDS[Content(batch.content)],
        figures=_figures(batch),
        table=_refused_table(rows),
    )


@blueprint.get("/lender/lines/imports/<import_id>/refused")
def refused(import_id: str) -> ResponseReturnValue:
    """The refused rows as they were sent, with the reasons."""
    batch = lookup.import_of(unit.session(), current_actor(), import_id)
    form = Format(batch.format)
    content = importing.refused_file(batch, current_locale())
    return download(content, MEDIA_TYPES[form], f"refused-{batch.public_id}.{form.value}")


def _import(form: Form) -> LineReport:
    sent = form.file("file")
    if sent is None:
        raise InvalidInput({"file": [Words("请选择要导入的文件。", "Choose the file to import.")]})
    return importing.import_lines(
        unit.session(),
        current_actor(),
        form.data["content"],
        sent.stream.read(LIMITS.file_bytes + 1),
        sent.filename or "",
        dry_run=form.action == CHECK_ONLY,
    )


def _imports_page(form: Form) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    table = Table(
        columns=[
            Column(
                "file_name",
                _("文件"),
                href=lambda row: url_for("lender_line_imports.report", import_id=row.public_id),
            ),
            Column("content", _("内容"), value=lambda row: CONTENT_WORDS[Content(row.content)]),
            Column("created_at", _("导入时间"), kind="moment"),
            Column("user_name", _("导入人")),
            *(Column(name, label, kind="number") for name, label in _labels().items()),
        ],
        rows=lookup.imports_of(session, actor),
        caption=_("导入记录"),
        empty=Empty(_("还没有导入过文件"), _("下载模板，按表头填写后上传。")),
    )
    page = render_template(
        "lines/imports.html",
        form=form,
        table=table,
        may_import=actor.has_role(Role.LENDER_REVIEWER),
        columns=[
            (CONTENT_WORDS[content], content.value, [column.heading for column in COLUMNS[content]])
            for content in Content
        ],
        most_rows=LIMITS.rows,
    )
    return page, form.status


def _preview(report: LineReport) -> ResponseReturnValue:
    rows = [{"line": row.line, "reasons": joined(list(row.reasons))} for row in report.refusals[:_PREVIEWED]]
    return render_template(
        "lines/import_preview.html",
        figures=_figures(report),
        content=CONTENT_WORDS[report.content],
        notes=report.notes,
        table=_refused_table(rows),
        more=report.refused - len(rows),
    )


def _refused_table(rows: list[dict[str, Any]]) -> Table:
    return Table(
        columns=[Column("line", _("行号"), kind="number"), Column("reasons", _("原因"))],
        rows=rows,
        caption=_("未接收的行"),
        empty=Empty(_("没有未接收的行"), _("所有行均已接收。")),
    )


def _labels() -> dict[str, str]:
    return {
        "rows": _("总行数"),
        "created": _("新登记"),
        "unchanged": _("已有且相同"),
        "refused": _("未接收"),
    }


def _figures(counted: LineReport | LineImport) -> list[dict[str, Any]]:
    return [{"label": label, "value": f"{getattr(counted, name):,}"} for name, label in _labels().items()]
