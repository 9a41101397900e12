"""The audit trail as the platform's auditors and administrators read it: who did what to which thing, and when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access import searching
from creditbridge.access.guard import current_actor
from creditbridge.access.searching import TrailRow, Wanted
from creditbridge.app.workspaces.platform.audit_changes import Change, changes_of, summary_of_many
from creditbridge.app.workspaces.platform.audit_words import AREAS, VIA, action_words, reason_words
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.downloads import download, limit_note
from creditbridge.pages.filters import moment
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES, Cell, write_xlsx
from creditbridge.store import unit
from creditbridge.store.audit import digest

blueprint = Blueprint("audit_trail", __name__, template_folder="templates")

MAX_TEXT: Final = 80
SHOWN_FIELDS: Final = 3
FILTERS: Final = ("who", "action", "subject", "since", "until")
_PAGES_OF: Final = {
    "firm": ("registry.firm", "public_id"),
    "lender": ("platform_lenders.lender", "public_id"),
    "product": ("lender_products.product", "public_id"),
    "scheme": ("schemes.scheme", "public_id"),
    "scorecard": ("scorecards.version", "version_id"),
    "claim": ("claim_desk.detail", "public_id"),
    "dispute": ("dispute_desk.show", "public_id"),
    "credit_line": ("platform_lines.show", "line_id"),
}
"""Where the platform has a page of the thing an entry is about."""


@blueprint.get("/platform/audit")
def index() -> ResponseReturnValue:
    wanted = _asked()
    rows, following = searching.page_of(unit.session(), current_actor(), wanted, before=asked_position())
    table = Table(
        columns=[
            Column(
                "number",
                _("编号"),
                value=lambda row: str(row.entry.id),
                href=_entry_page,
                note=lambda row: row.entry.hash[:12],
            ),
            Column("at", _("时间"), kind="moment", value=lambda row: row.entry.at),
            Column("who", _("人员"), value=_who, note=lambda row: row.organisation_name),
            Column("action", _("事项"), value=_action, note=lambda row: row.entry.action),
            Column(
                "subject",
                _("对象编号"),
                value=lambda row: row.entry.subject_id,
                href=_subject_page,
                note=lambda row: row.entry.subject_kind,
            ),
            Column("reason", _("原因"), value=lambda row: say(reason_words(row.entry.reason))),
            Column("changes", _("变更内容"), value=_summary),
            Column("via", _("方式"), value=_via),
        ],
        rows=rows,
        caption=_("操作记录"),
        next_cursor=str(following) if following else None,
        export_url=url_for("audit_trail.export", **_kept()),
        empty=Empty(_("没有符合条件的操作记录"), _("可以放宽或清除筛选条件。")),
    )
    return render_template("platform_workspace/audit.html", table=table, areas=list(AREAS.items()))


@blueprint.get("/platform/audit/<int:number>")
def entry(number: int) -> ResponseReturnValue:
    """One entry: who, when, why, and of every field what it was before and after."""
    row = searching.entry_of(unit.session(), current_actor(), number)
    found = row.entry
    table = Table(
        columns=[
            Column("thing", _("对象"), value=lambda change: change.thing, note=lambda change: change.key),
            Column("field", _("字段"), value=lambda change: change.field, note=lambda change: change.column),
            Column("before", _("变更前"), value=lambda change: change.before),
            Column("after", _("变更后"), value=lambda change: change.after),
        ],
        rows=changes_of(found.changes),
        caption=_("变更前后"),
        empty=Empty(_("没有字段变更"), _("这项操作没有改动数据，或改动记在同一次办理的其他记录里。")),
    )
    return render_template(
        "platform_workspace/audit_entry.html",
        entry=found,
        who=_who(row),
        login_name=row.login_name,
        organisation=row.organisation_name,
        action=_action(row),
        via=_via(row),
        subject_url=_subject_page(row),
        details=sorted((found.details or {}).items()),
        table=table,
        many=summary_of_many(found.changes),
        is_whole=found.hash == digest(found),
    )


@blueprint.get("/platform/audit.xlsx")
def export() -> ResponseReturnValue:
    """What the page shows under these filters, all pages of it, with each entry's details and whole hash."""
    rows = searching.all_of(unit.session(), current_actor(), _asked())
    header = [
        _("编号"),
        _("时间"),
        _("人员"),
        _("账号名"),
        _("机构"),
        _("事项"),
        _("事项代码"),
        _("对象类型"),
        _("对象编号"),
        _("原因"),
        _("方式"),
        _("详情"),
        _("变更前后"),
        _("校验值"),
    ]
    content = write_xlsx(header, [*_lines(rows), *limit_note(rows, searching.MOST_EXPORTED)], _("操作记录"))
    return download(content, MEDIA_TYPES[Format.XLSX], f"audit-{clock.today().isoformat()}.xlsx")


def _asked() -> Wanted:
    """The filters of this address; what cannot be read counts as not set."""
    text = {name: request.args.get(name, "").strip()[:MAX_TEXT] for name in FILTERS}
    return Wanted(text["who"], text["action"], text["subject"], _day(text["since"]), _day(text["until"]))


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2999 else None


def _kept() -> dict[str, Any]:
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}


def _who(row: TrailRow) -> Words | str:
    return row.user_name or Words("系统", "System")


def _action(row: TrailRow) -> Words:
    return action_words(row.entry.action)


def _via(row: TrailRow) -> Words | str:
    return VIA.get(row.entry.via, row.entry.via)


def _entry_page(row: TrailRow) -> str:
    return url_for("audit_trail.entry", number=row.entry.id)


def _summary(row: TrailRow) -> str | None:
    """The first fields that changed, for the list."""
    found = changes_of(row.entry.changes)
    if not found:
        return None
    names = list(dict.fromkeys(say(change.field) for change in found))
    more = _("等 %(n)s 项", n=len(found)) if len(names) > SHOWN_FIELDS else ""
    return _("、").join(names[:SHOWN_FIELDS]) + more


def _in_words(change: Change) -> str:
    return f"{say(change.thing)} {change.key} {say(change.field)}: {say(change.before)} → {say(change.after)}"


def _subject_page(row: TrailRow) -> str | None:
    page = _PAGES_OF.get(row.entry.subject_kind)
    if page is None:
        return None
    names: dict[str, Any] = {page[1]: row.entry.subject_id}
    return url_for(page[0], **names)


def _lines(rows: Sequence[TrailRow]) -> Iterator[list[Cell]]:
    for row in rows:
        entry = row.entry
        yield [
            entry.id,
            moment(entry.at),
            say(_who(row)),
            row.login_name or "",
            row.organisation_name or "",
            say(_action(row)),
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.reason,
            say(_via(row)),
            json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else "",
            "\n".join(_in_words(change) for change in changes_of(entry.changes)),
            entry.hash,
        ]
