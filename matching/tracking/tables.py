"""Reports as tables and charts on pages, and the same tables as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from flask import url_for

from creditbridge.access.rules import Actor
from creditbridge.kernel.money import FEN_PER_YUAN, PPM_PER_PERCENT
from creditbridge.kernel.words import Words
from creditbridge.pages.charts import Bar, BarChart, Funnel, LineChart, ShareBar
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.sheets.writing import Cell, write_xlsx
from matching.lines.dimensions import DIMENSION_WORDS, Dimension, Selection, month_key, month_number
from matching.lines.rules import LINE_KIND_WORDS, LineKind
from matching.tracking.figures import Figures, FunnelCounts
from matching.tracking.service import Report, ReportRow

LINES = {True: "platform_lines.index", False: "lender_lines.index"}
REPORTS = {True: "platform_reports.report", False: "lender_reports.report"}
MOST_BARS = 12
OVERVIEW_BARS = 6
MONTHS = 24


def lines_url(actor: Actor, wanted: Selection) -> str:
    """The list of the lines behind a figure."""
    return url_for(LINES[actor.is_platform], **wanted.as_query())


def within_a_heading(dimension: Dimension) -> str:
    """The name of a dimension inside a heading, where English writes it small."""
    name = say(DIMENSION_WORDS[dimension])
    return name[:1].lower() + name[1:]


def report_url(actor: Actor, dimension: Dimension, wanted: Selection) -> str:
    return url_for(REPORTS[actor.is_platform], dimension=dimension.value, **wanted.as_query())


def report_table(actor: Actor, report: Report, wanted: Selection, *, export_url: str | None) -> Table:
    """A report whole, with its totals; each row leads to its lines."""
    first = Column(
        "words",
        say(DIMENSION_WORDS[report.dimension]),
        href=lambda row: lines_url(actor, wanted.pick(report.dimension, row.key)),
    )
    return Table(
        columns=[first, *figure_columns(report.total, lambda row: row.figures)],
        rows=list(report.rows),
        caption=_("按%(dimension)s统计", dimension=within_a_heading(report.dimension)),
        empty=Empty(_("没有符合条件的授信"), _("可以放宽或清除筛选条件。")),
        export_url=export_url,
    )


def figure_columns(total: Figures | None, of: Callable[[Any], Figures | None]) -> list[Column]:
    """The columns of figures, with totals where they are told. A hidden figure is a dash."""

    def column(name: str, label: str, kind: str) -> Column:
        def value(row: Any) -> Any:
            figures = of(row)
            return None if figures is None else getattr(figures, name)

        return Column(name, label, kind=kind, value=value, total=getattr(total, name) if total else None)

    return [
        column("firms", _("企业数"), "number"),
        column("grants", _("授信笔数"), "number"),
        column("amount_fen", _("授信金额"), "amount"),
        column("disbursed_fen", _("累计放款"), "amount"),
        column("balance_fen", _("贷款余额"), "amount"),
        column("new", say(LINE_KIND_WORDS[LineKind.NEW]), "number"),
        column("increase", say(LINE_KIND_WORDS[LineKind.INCREASE]), "number"),
        column("renewal", say(LINE_KIND_WORDS[LineKind.RENEWAL]), "number"),
        column("first_time_ppm", _("首贷占比"), "percent"),
        column("unsecured_ppm", _("信用占比"), "percent"),
        column("inclusive_ppm", _("普惠占比"), "percent"),
        column("weighted_rate_ppm", _("平均利率"), "rate"),
        column("average_fen", _("户均授信"), "amount"),
    ]


def report_chart(
    actor: Actor, report: Report, wanted: Selection, *, most: int = MOST_BARS
) -> BarChart | LineChart:
    """The amounts of a report: months as a line, everything else as bars that lead to their lines."""
    title = _("授信金额")
    heading = say(DIMENSION_WORDS[report.dimension])
    if report.dimension is Dimension.MONTH:
        return LineChart(title, _months(report), "amount", heading, title)
    bars = [_bar(actor, report, row, wanted) for row in report.rows[:most]]
    return BarChart(title, bars, "amount", heading, title)


def _bar(actor: Actor, report: Report, row: ReportRow, wanted: Selection) -> Bar:
    note = _("%(firms)s 家，%(grants)s 笔", firms=row.figures.firms, grants=row.figures.grants)
    href = lines_url(actor, wanted.pick(report.dimension, row.key))
    return Bar(row.words, row.figures.amount_fen, href, note)


def _months(report: Report) -> list[tuple[str, int]]:
    """Every month from the first to the last one, those without grants as nought; at most the last two years."""
    amounts = {number: row.figures.amount_fen for row in report.rows if (number := month_number(row.key))}
    if not amounts:
        return []
    every = list(_every_month(min(amounts), max(amounts)))[-MONTHS:]
    return [(month_key(number), amounts.get(number, 0)) for number in every]


def _every_month(first: int, last: int) -> Iterator[int]:
    number = first
    while number <= last:
        yield number
        number = number + 89 if number % 100 == 12 else number + 1


def kind_shares(actor: Actor, figures: Figures, wanted: Selection) -> ShareBar:
    """New, increase and renewal as parts of all grants."""
    bars = [
        Bar(words, getattr(figures, kind.value), lines_url(actor, wanted.pick(Dimension.KIND, kind.value)))
        for kind, words in LINE_KIND_WORDS.items()
    ]
    return ShareBar(_("新增、增额与续贷（笔）"), bars, "number")


def funnel_chart(counts: FunnelCounts) -> Funnel:
    labels = (
        ("applied", _("提交申请")),
        ("accepted", _("已受理")),
        ("offered", _("已给出方案")),
        ("offer_accepted", _("企业已接受")),
        ("granted", _("已授信")),
    )
    bars = [Bar(label, getattr(counts, name)) for name, label in labels]
    return Funnel(_("从申请到授信（笔）"), bars, "number", _("环节"), _("笔数"))


UNITS = {
    "amount": Words("{label}（元）", "{label} (yuan)"),
    "exact": Words("{label}（元）", "{label} (yuan)"),
    "rate": Words("{label}（%）", "{label} (%)"),
    "percent": Words("{label}（%）", "{label} (%)"),
}


def workbook(table: Table, title: str, total_label: str) -> bytes:
    """A table as a file: what is shown, cell by cell, totals included; amounts in yuan, shares in per cent."""
    columns = table.columns
    header = [
        say(UNITS[c.kind].fill(label=say(c.label))) if c.kind in UNITS else say(c.label) for c in columns
    ]
    rows: list[list[Cell]] = [
        [_cell(column.kind, column.of(row)) for column in columns] for row in table.rows
    ]
    if table.has_totals:
        rows.append([total_label, *(_cell(column.kind, column.total) for column in columns[1:])])
    return write_xlsx(header, rows, title)


def _cell(kind: str, value: Any) -> Cell:
    if isinstance(value, Words):
        return say(value)
    if value is None or isinstance(value, str | date | datetime):
        return value
    if kind in ("amount", "exact"):
        return float(value) / FEN_PER_YUAN
    return float(value) / PPM_PER_PERCENT if kind in ("rate", "percent") else int(value)


def dimension_tabs(
    actor: Actor, dimensions: Sequence[Dimension], current: Dimension, wanted: Selection
) -> list[tuple[str, str, bool, None]]:
    return [
        (say(DIMENSION_WORDS[each]), report_url(actor, each, wanted), each is current, None)
        for each in dimensions
    ]
