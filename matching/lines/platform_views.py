"""The platform's pages of all lines."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.pages.downloads import download
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Empty, asked_position
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit
from matching.lines import lookup, showing, tables

blueprint = Blueprint("platform_lines", __name__, template_folder="templates")


@blueprint.get("/platform/lines")
def index() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    wanted = tables.asked_selection()
    rows, following = lookup.page_of(
        session, actor, wanted, sort=tables.asked_sort(), start=asked_position() or 0
    )
    count, amount = lookup.count_of(session, actor, wanted)
    table = tables.lines_table(
        actor,
        rows,
        href=lambda row: url_for("platform_lines.show", line_id=row.public_id),
        export_url=url_for("platform_lines.export", **wanted.as_query()),
        next_start=following,
        empty=Empty(_("没有符合条件的授信"), _("可以放宽或清除筛选条件。")),
    )
    return render_template(
        "lines/platform_list.html",
        table=table,
        count=count,
        amount=amount,
        filters=showing.filter_choices(session, actor),
        chips=showing.chips(session, actor, wanted),
        reset_url=url_for("platform_lines.index"),
    )


@blueprint.get("/platform/lines.xlsx")
def export() -> ResponseReturnValue:
    """Exactly what the list shows under these filters, all pages of it."""
    session, actor = unit.session(), current_actor()
    rows = lookup.all_of(session, actor, tables.asked_selection(), sort=tables.asked_sort())
    return download(
        tables.workbook(actor, rows), MEDIA_TYPES[Format.XLSX], f"lines-{clock.today().isoformat()}.xlsx"
    )


@blueprint.get("/platform/lines/<line_id>")
def show(line_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_platform(session, actor, line_id)
    return render_template(
        "lines/platform_line.html",
        sources=lookup.sources_of(session, line),
        grade_scale=tables.grade_scale_words(line),
        **showing.line_page(session, actor, line),
    )
