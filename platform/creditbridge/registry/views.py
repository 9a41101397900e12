"""Pages of the registry for those who run the platform: firms, and importing them from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import DomainError, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import current_locale, say
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.registry import industries, regions, service
from creditbridge.registry.columns import ImportMap
from creditbridge.registry.importing import ImportReport
from creditbridge.registry.readings import (
    ENTITY_KIND_WORDS,
    FIRM_STATUS_WORDS,
    IDENTITY_WORDS,
    EntityKind,
    FirmStatus,
    IdentityStatus,
)
from creditbridge.registry.returning import joined
from creditbridge.registry.rules import OUTCOME_WORDS, Outcome
from creditbridge.registry.schemas import CheckDigitSchema, UploadSchema
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.registry.model import Firm

blueprint = Blueprint("registry", __name__, template_folder="templates")

CHECK_ONLY = "check"
_TONES = {Outcome.ACCEPTED: "success", Outcome.WARNED: "warning", Outcome.REFUSED: "danger"}
_PREVIEWED = 200


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A refused or warned row as the report's table shows it."""

    line: int
    outcome: Outcome
    code: str
    name: str
    reasons: Words


@blueprint.get("/platform/firms")
def firms() -> ResponseReturnValue:
    """The register, searched by name, code or old number."""
    status = request.args.get("status", "")
    page = service.search_firms(
        unit.session(),
        request.args.get("q", ""),
        request.args.get("cursor"),
        region=request.args.get("region") or None,
        status=status if status in FIRM_STATUS_WORDS else None,
    )
    table = Table(
        columns=[
            Column("name", _("企业名称"), href=lambda row: url_for("registry.firm", public_id=row.public_id)),
            Column("uscc", _("统一社会信用代码"), value=lambda row: row.uscc or row.old_number),
            Column("status", _("登记状态"), value=lambda row: FIRM_STATUS_WORDS[FirmStatus(row.status)]),
            Column("established_on", _("成立日期"), kind="day"),
            Column("region", _("地区"), value=lambda row: _named(regions.region_name, row.region_code)),
            Column(
                "industry", _("行业"), value=lambda row: _named(industries.industry_name, row.industry_code)
            ),
        ],
        rows=page.firms,
        caption=_("企业列表"),
        next_cursor=page.next_cursor,
        empty=Empty(
            _("没有符合条件的企业"),
            _("可以换个条件再查，或导入企业登记信息。"),
            _("导入企业"),
            url_for("registry.imports"),
        ),
    )
    statuses = [(status.value, words) for status, words in FIRM_STATUS_WORDS.items()]
    return render_template("registry/firms.html", table=table, statuses=statuses, may_import=_may_import())


@blueprint.get("/platform/firms/<public_id>")
def firm(public_id: str) -> ResponseReturnValue:
    """What is registered of one firm."""
    return _firm_page(service.firm(unit.session(), public_id), Form(CheckDigitSchema))


@blueprint.post("/platform/firms/<public_id>/check-digit")
def accept_check_digit(public_id: str) -> ResponseReturnValue:
    """Accept a code whose check digit does not compute, with a reason."""
    form = Form.from_request(CheckDigitSchema)
    if form.validate():
        try:
            service.accept_check_digit(unit.session(), current_actor(), public_id, form.data["reason"])
            return redirect(url_for("registry.firm", public_id=public_id))
        except InvalidInput as error:
            form.add_error(error)
    return _firm_page(service.firm(unit.session(), public_id), form)


def _firm_page(found: Firm, form: Form) -> ResponseReturnValue:
    waiting = found.identity_status == IdentityStatus.UNCONFIRMED and _may_import()
    page = render_template(
        "registry/firm.html",
        firm=found,
        form=form,
        waiting=waiting,
        status=FIRM_STATUS_WORDS[FirmStatus(found.status)],
        kind=ENTITY_KIND_WORDS[EntityKind(found.entity_kind)],
        identity=IDENTITY_WORDS[IdentityStatus(found.identity_status)],
        region=_named(regions.region_name, found.region_code),
        industry=_named(industries.industry_name, found.industry_code),
    )
    return page, form.status


@blueprint.get("/platform/firms/import")
def imports() -> ResponseReturnValue:
    """The form to import a file, and what was imported before."""
    return _imports_page(Form(UploadSchema))


@blueprint.post("/platform/firms/import")
def upload() -> ResponseReturnValue:
    """Import a file, or only check it."""
    form = Form.from_request(UploadSchema)
    if form.validate():
        try:
            report = _import(form)
        except DomainError as error:
            form.add_error(error)
        else:
            if report.import_id is None:
                return _preview(report)
            return redirect(url_for("registry.import_report", public_id=report.import_id))
    return _imports_page(form)


def _import(form: Form) -> ImportReport:
    sent = form.file("file")
    if sent is None:
        raise InvalidInput({"file": [Words("请选择要导入的文件。", "Choose the file to import.")]})
    own_map = form.data.get("column_map")
    return service.import_firms(
        unit.session(),
        current_actor(),
        sent.stream.read(),
        sent.filename or "",
        ImportMap.from_json(own_map) if own_map else None,
        dry_run=form.action == CHECK_ONLY,
        check_digit_reason=form.data.get("check_digit_reason") or None,
    )


def _imports_page(form: Form) -> ResponseReturnValue:
    page = service.imports(unit.session(), current_actor(), request.args.get("cursor"))
    table = Table(
        columns=[
            Column(
                "file_name",
                _("文件"),
                href=lambda row: url_for("registry.import_report", public_id=row.public_id),
            ),
            Column("created_at", _("导入时间"), kind="moment"),
            Column("user_name", _("导入人"), value=lambda row: row.user_name or _("命令行")),
            *(Column(name, label, kind="number") for name, label in _count_labels().items()),
        ],
        rows=page.imports,
        caption=_("导入记录"),
        next_cursor=page.next_cursor,
        empty=Empty(_("还没有导入过企业"), _("在上面选择文件即可开始。")),
    )
    return render_template(
        "registry/imports.html", form=form, table=table, may_import=_may_import()
    ), form.status


@blueprint.get("/platform/firms/imports/<public_id>")
def import_report(public_id: str) -> ResponseReturnValue:
    """What an import did with every row."""
    batch = service.firm_import(unit.session(), current_actor(), public_id)
    outcome = _outcome(request.args.get("outcome", ""))
    page = service.noted_rows(unit.session(), batch, outcome, asked_position() or 0)
    rows = [
        ShownRow(
            row.line,
            Outcome(row.outcome),
            row.code,
            row.name,
            joined(Words.from_json(finding) for finding in row.findings),
        )
        for row in page.rows
    ]
    counts = {name: getattr(batch, name) for name in _count_labels()}
    return render_template(
        "registry/import_report.html",
        batch=batch,
        figures=_figures(counts),
        notes=[Words.from_json(note) for note in batch.notes],
        unread_columns=batch.unread_columns,
        table=_rows_table(rows, page.next_cursor),
        tabs=_tabs(public_id, counts, outcome),
        may_download=_may_import() and batch.refused > 0,
    )


@blueprint.get("/platform/firms/imports/<public_id>/refused")
def refused_rows(public_id: str) -> ResponseReturnValue:
    """The refused rows as a file like the one that was sent."""
    batch = service.firm_import(unit.session(), current_actor(), public_id)
    content = service.refused_rows_of_import(unit.session(), batch, current_locale())
    form = Format(batch.format)
    return download(content, MEDIA_TYPES[form], f"refused-{batch.public_id}.{form.value}")


def _preview(report: ImportReport) -> ResponseReturnValue:
    rows = [
        ShownRow(row.line, row.outcome, row.code, row.name, joined(finding.words for finding in row.findings))
        for row in report.noted[:_PREVIEWED]
    ]
    return render_template(
        "registry/import_preview.html",
        figures=_figures(report.counts()),
        notes=report.notes,
        unread_columns=report.unread_columns,
        table=_rows_table(rows, None),
        more=max(report.warned + report.refused - len(rows), 0),
    )


def _rows_table(rows: Iterable[ShownRow], next_cursor: str | None) -> Table:
    return Table(
        columns=[
            Column("line", _("行号"), value=lambda row: str(row.line)),
            Column(
                "outcome",
                _("结果"),
                kind="state",
                value=lambda row: OUTCOME_WORDS[row.outcome],
                tone=lambda row: _TONES[row.outcome],
            ),
            Column("name", _("企业名称")),
            Column("code", _("代码")),
            Column("reasons", _("原因")),
        ],
        rows=list(rows),
        caption=_("未接收和有提示的行"),
        next_cursor=next_cursor,
        empty=Empty(_("没有需要处理的行"), _("所有行均已接收，没有提示。")),
    )


def _count_labels() -> dict[str, str]:
    return {
        "rows": _("总行数"),
        "accepted": _("已接收"),
        "warned": _("有提示"),
        "refused": _("未接收"),
        "created": _("新增企业"),
        "updated": _("更新企业"),
        "unchanged": _("未变企业"),
    }


def _figures(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"label": label, "value": f"{counts[name]:,}"} for name, label in _count_labels().items()]


def _tabs(public_id: str, counts: Mapping[str, int], outcome: Outcome | None) -> list[tuple[Any, ...]]:
    def tab(label: str, value: Outcome | None, count: int) -> tuple[Any, ...]:
        address = url_for("registry.import_report", public_id=public_id, outcome=value and value.value)
        return label, address, outcome is value, count

    return [
        tab(_("全部"), None, counts["refused"] + counts["warned"]),
        tab(_("未接收"), Outcome.REFUSED, counts["refused"]),
        tab(_("有提示"), Outcome.WARNED, counts["warned"]),
    ]


def _outcome(text: str) -> Outcome | None:
    return Outcome(text) if text in {Outcome.REFUSED.value, Outcome.WARNED.value} else None


def _named(name_of: Any, code: str | None) -> str | None:
    return say(name_of(code)) if code else None


def _may_import() -> bool:
    return current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)
