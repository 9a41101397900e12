"""What the pages of statistics show: the overview and one report, the same for the platform and a lender."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.dates import add_months
from creditbridge.pages import filters
from creditbridge.pages.charts import BarChart, LineChart
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Table
from matching.lines import showing as line_pages
from matching.lines.dimensions import Dimension, Mark, Selection, read_selection
from matching.tracking import applying, service, tables
from matching.tracking.figures import Clocks, Figures

PLATFORM_DIMENSIONS = tuple(Dimension)
LENDER_DIMENSIONS = tuple(dimension for dimension in Dimension if dimension is not Dimension.LENDER)
OVERVIEW = (
    Dimension.LENDER,
    Dimension.PRODUCT,
    Dimension.GRADE,
    Dimension.SECTION,
    Dimension.SIZE,
    Dimension.TOWN,
)


def dimensions_of(actor: Actor) -> tuple[Dimension, ...]:
    return PLATFORM_DIMENSIONS if actor.is_platform else LENDER_DIMENSIONS


def overview(session: Session, actor: Actor) -> dict[str, Any]:
    """Key figures, months, bars that lead to their rows, the funnel, clocks and what is overdue."""
    wanted = read_selection(request.args)
    total = service.totals(session, actor, wanted)
    funnel = applying.funnel(session, actor, wanted)
    clocks = applying.clocks(session, actor, wanted)
    months = service.report(session, actor, Dimension.MONTH, wanted, total=total)
    shown = [dimension for dimension in OVERVIEW if dimension in dimensions_of(actor)]
    shown = shown if actor.is_platform else [Dimension.BRANCH, *shown]
    return {
        "wanted": wanted,
        "figures": key_figures(actor, total, wanted),
        "shares": share_figures(actor, total, wanted),
        "months": tables.report_chart(actor, months, wanted),
        "months_url": tables.report_url(actor, Dimension.MONTH, wanted),
        "kinds": tables.kind_shares(actor, total, wanted),
        "panels": [_panel(session, actor, dimension, wanted, total) for dimension in shown],
        "funnel": tables.funnel_chart(funnel),
        "clock_figures": _clock_figures(clocks),
        "overdue": _overdue_table(session, actor, wanted),
        "periods": _periods(wanted),
        "filters": line_pages.filter_choices(session, actor),
        "chips": line_pages.chips(session, actor, wanted),
        "reset_url": url_for(request.endpoint or ""),
        "narrowed": not wanted.is_empty,
        "is_empty": total.grants == 0,
    }


def report_page(session: Session, actor: Actor, dimension: Dimension) -> dict[str, Any]:
    """One report: totals, chart, table."""
    wanted = read_selection(request.args)
    report = service.report(session, actor, dimension, wanted)
    export = "platform_reports.export" if actor.is_platform else "lender_reports.export"
    export_url = url_for(export, dimension=dimension.value, **wanted.as_query())
    chart = tables.report_chart(actor, report, wanted)
    return {
        "title": _("按%(dimension)s统计", dimension=tables.within_a_heading(dimension)),
        "tabs": tables.dimension_tabs(actor, dimensions_of(actor), dimension, wanted),
        "figures": key_figures(actor, report.total, wanted),
        "shares": share_figures(actor, report.total, wanted),
        "chart": chart if isinstance(chart, BarChart) else None,
        "line": chart if isinstance(chart, LineChart) else None,
        "table": tables.report_table(actor, report, wanted, export_url=export_url),
        "filters": line_pages.filter_choices(session, actor),
        "chips": line_pages.chips(session, actor, wanted),
        "periods": _periods(wanted),
        "reset_url": tables.report_url(actor, dimension, Selection()),
        "narrowed": not wanted.is_empty,
        "more_bars": max(0, len(report.rows) - tables.MOST_BARS) if isinstance(chart, BarChart) else 0,
    }


def report_file(session: Session, actor: Actor, dimension: Dimension) -> bytes:
    """The report's table as a file."""
    wanted = read_selection(request.args)
    report = service.report(session, actor, dimension, wanted)
    table = tables.report_table(actor, report, wanted, export_url=None)
    return tables.workbook(table, say(table.caption), _("合计"))


def key_figures(actor: Actor, total: Figures, wanted: Selection) -> list[dict[str, Any]]:
    """The figures everybody asks first, each leading to its rows."""
    rows = tables.lines_url(actor, wanted)
    return [
        {"label": _("获授信企业"), "value": _("%(n)s 家企业", n=filters.number(total.firms)), "href": rows},
        {"label": _("授信笔数"), "value": _("%(n)s 笔授信", n=filters.number(total.grants)), "href": rows},
        {"label": _("授信金额"), "value": filters.amount(total.amount_fen), "href": rows},
        {"label": _("累计放款"), "value": filters.amount(total.disbursed_fen), "href": rows},
        {"label": _("贷款余额"), "value": filters.amount(total.balance_fen), "href": rows},
    ]


def share_figures(actor: Actor, total: Figures, wanted: Selection) -> list[dict[str, Any]]:
    """Shares, the weighted rate and the average a firm, each leading to its rows."""
    rows = tables.lines_url(actor, wanted)
    marks = (
        (Mark.FIRST_TIME, _("首贷占比"), total.first_time_ppm, _("按笔数")),
        (Mark.UNSECURED, _("信用贷款占比"), total.unsecured_ppm, _("按金额")),
        (Mark.INCLUSIVE, _("普惠小微占比"), total.inclusive_ppm, _("按金额")),
    )
    shares = [
        {
            "label": label,
            "value": filters.percent(ppm),
            "hint": basis,
            "href": tables.lines_url(actor, wanted.mark(mark)),
        }
        for mark, label, ppm, basis in marks
    ]
    return [
        *shares,
        {
            "label": _("加权平均利率"),
            "value": filters.rate(total.weighted_rate_ppm),
            "hint": _("按授信金额加权"),
            "href": rows,
        },
        {"label": _("户均授信"), "value": filters.amount(total.average_fen), "href": rows},
    ]


def _panel(
    session: Session, actor: Actor, dimension: Dimension, wanted: Selection, total: Figures
) -> dict[str, Any]:
    report = service.report(session, actor, dimension, wanted, total=total)
    return {
        "title": _("按%(dimension)s", dimension=tables.within_a_heading(dimension)),
        "chart": tables.report_chart(actor, report, wanted, most=tables.OVERVIEW_BARS),
        "url": tables.report_url(actor, dimension, wanted),
        "rows": len(report.rows),
    }


def _clock_figures(clocks: Clocks) -> list[dict[str, Any]]:
    return [
        {
            "label": _("首次决定用时中位数"),
            "value": _("%(n)s 天", n=filters.number(clocks.median_days))
            if clocks.decided
            else filters.NOTHING,
            "hint": _("自提交起算，等待企业补充材料的时间不计"),
        },
        {"label": _("已作出决定"), "value": _("%(n)s 笔", n=filters.number(clocks.decided))},
        {"label": _("办理中"), "value": _("%(n)s 笔", n=filters.number(clocks.open))},
        {"label": _("超出办理时限"), "value": _("%(n)s 笔", n=filters.number(clocks.overdue))},
    ]


def _overdue_table(session: Session, actor: Actor, wanted: Selection) -> Table | None:
    if not actor.is_platform:
        return None
    rows = applying.overdue(session, actor, wanted)
    return Table(
        columns=[
            Column("lender", _("金融机构")),
            Column("open", _("办理中"), kind="number", total=sum(row.open for row in rows)),
            Column("overdue", _("超出时限"), kind="number", total=sum(row.overdue for row in rows)),
        ],
        rows=rows,
        caption=_("超出办理时限的申请"),
        id="overdue",
    )


def _periods(wanted: Selection) -> list[tuple[str, str, bool, None]]:
    """Quick choices of the period; everything else of the selection stays."""
    today = clock.today()
    choices: list[tuple[str, date | None]] = [
        (_("全部时间"), None),
        (_("本年"), today.replace(month=1, day=1)),
        (_("近 12 个月"), add_months(today.replace(day=1), -11)),
        (_("本月"), today.replace(day=1)),
    ]
    kept = {name: value for name, value in wanted.as_query().items() if name not in ("from", "to")}
    arguments: dict[str, Any] = {**(request.view_args or {}), **kept}
    found = []
    for label, first in choices:
        period: dict[str, Any] = {"from": first.isoformat()} if first else {}
        url = url_for(request.endpoint or "", **arguments, **period)
        found.append((label, url, wanted.granted_from == first and wanted.granted_to is None, None))
    return found
