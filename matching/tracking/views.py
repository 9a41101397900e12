"""Statistics for anybody, small cells hidden."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.kernel.suppressing import THRESHOLD
from creditbridge.pages import filters
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit
from matching.lines.dimensions import DIMENSION_WORDS, Dimension
from matching.tracking import public

blueprint = Blueprint("statistics", __name__, template_folder="templates")


@blueprint.get("/statistics")
def overview() -> ResponseReturnValue:
    session = unit.session()
    asked = request.args.get("by", "")
    dimension = Dimension(asked) if asked in public.PUBLIC_DIMENSIONS else public.PUBLIC_DIMENSIONS[0]
    report = public.public_report(session, dimension)
    told = public.public_figures(session)
    return render_template(
        "tracking/public.html",
        figures=[
            {"label": _("入驻金融机构"), "value": _("%(n)s 家机构", n=filters.number(told.lenders))},
            {"label": _("在线产品"), "value": _("%(n)s 个产品", n=filters.number(told.products))},
            {"label": _("获授信企业"), "value": _firms(told.firms)},
            {"label": _("授信金额"), "value": filters.amount(told.amount_fen)},
        ],
        tabs=[
            (
                say(DIMENSION_WORDS[each]),
                url_for("statistics.overview", by=each.value),
                each is dimension,
                None,
            )
            for each in public.PUBLIC_DIMENSIONS
        ],
        table=_table(report),
        hides=report.hides,
        least=THRESHOLD,
        as_of=report.as_of,
    )


def _firms(count: int | None) -> str:
    return filters.NOTHING if count is None else _("%(n)s 家企业", n=filters.number(count))


def _table(report: public.PublicReport) -> Table:
    def column(name: str, label: str, kind: str) -> Column:
        return Column(
            name,
            label,
            kind=kind,
            value=lambda row: getattr(row.figures, name) if row.figures else None,
            total=getattr(report.total, name) if report.total else None,
        )

    return Table(
        columns=[
            Column("words", say(DIMENSION_WORDS[report.dimension])),
            column("firms", _("企业数"), "number"),
            column("grants", _("授信笔数"), "number"),
            column("amount_fen", _("授信金额"), "amount"),
            column("weighted_rate_ppm", _("加权平均利率"), "rate"),
        ],
        rows=list(report.rows),
        caption=_("按%(dimension)s统计", dimension=say(DIMENSION_WORDS[report.dimension])),
        empty=Empty(_("还没有可公布的统计"), _("授信登记后，从次月起在这里公布。")),
    )
