"""Lines as a table on the page and as a file, and the filters over them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from flask import request, url_for

from creditbridge.access.rules import Actor
from creditbridge.facts.catalogue import scales
from creditbridge.facts.values import spaced
from creditbridge.kernel import clock
from creditbridge.kernel.money import FEN_PER_YUAN, PPM_PER_PERCENT
from creditbridge.kernel.words import Words
from creditbridge.pages import filters
from creditbridge.pages.downloads import limit_note
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.registry import industries, sizes
from creditbridge.registry.sizes import Size
from creditbridge.sheets.writing import Cell, write_xlsx
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from matching.lines import selecting
from matching.lines.dimensions import Selection, read_selection
from matching.lines.freezing import GRADE
from matching.lines.lookup import MOST_EXPORTED, NEWEST, SORTS
from matching.lines.rules import (
    LINE_KIND_WORDS,
    LINE_SOURCE_WORDS,
    LINE_STATE_TONES,
    LINE_STATE_WORDS,
    LineKind,
    LineSource,
)

if TYPE_CHECKING:
    from matching.lines.model import CreditLine

MAX_CURSOR = 1_000_000

Link = Callable[["CreditLine"], str]


def asked_selection() -> Selection:
    """The selection of this address."""
    return read_selection(request.args)


def asked_sort() -> str:
    sort = request.args.get("sort", "")
    return sort if sort.removeprefix("-") in SORTS else NEWEST


def _overdue(line: CreditLine) -> str | None:
    """What stands under the balance of a line that is overdue."""
    if not line.overdue_fen:
        return None
    return _("逾期 %(amount)s，%(n)s 天", amount=filters.amount(line.overdue_fen), n=line.overdue_days)


def lines_table(
    actor: Actor,
    rows: Sequence[CreditLine],
    *,
    href: Link,
    export_url: str,
    next_start: int | None,
    empty: Empty,
) -> Table:
    """The lines as a lender or the platform sees them."""
    return Table(
        columns=_columns(actor, href),
        rows=rows,
        caption=_("授信列表"),
        next_cursor=str(next_start) if next_start else None,
        empty=empty,
        export_url=export_url,
    )


def _columns(actor: Actor, href: Link) -> list[Column]:
    lender = [] if actor.is_lender else [Column("lender", _("金融机构"), value=lambda row: row.lender)]
    return [
        Column("contract_number", _("合同编号"), href=href),
        Column("firm_name", _("企业名称")),
        *lender,
        Column("product", _("产品"), value=lambda row: row.product or _("平台外产品")),
        Column("granted_on", _("授信日期"), kind="day", sort=True),
        Column("amount_fen", _("授信金额"), kind="amount", sort=True),
        Column("annual_rate_ppm", _("年利率"), kind="rate", sort=True),
        Column("disbursed_fen", _("累计放款"), kind="amount", sort=True),
        Column("balance_fen", _("贷款余额"), kind="amount", sort=True, note=_overdue),
        Column("kind", _("类型"), value=lambda row: LINE_KIND_WORDS[LineKind(row.kind)]),
        state_column(),
    ]


def state_column() -> Column:
    return Column(
        "state",
        _("状态"),
        kind="state",
        value=lambda row: LINE_STATE_WORDS[row.state_now],
        tone=lambda row: LINE_STATE_TONES[row.state_now],
    )


def firm_table(rows: Sequence[CreditLine]) -> Table:
    """A firm's own lines."""
    return Table(
        columns=[
            Column(
                "contract_number",
                _("合同编号"),
                href=lambda row: url_for("firm_lines.show", line_id=row.public_id),
            ),
            Column("lender", _("金融机构"), value=lambda row: row.lender),
            Column("product", _("产品"), value=lambda row: row.product or _("平台外产品")),
            Column("amount_fen", _("授信金额"), kind="amount"),
            Column("annual_rate_ppm", _("年利率"), kind="rate"),
            Column("granted_on", _("授信日期"), kind="day"),
            Column("maturity_on", _("到期日"), kind="day"),
            Column("balance_fen", _("贷款余额"), kind="amount"),
            state_column(),
        ],
        rows=rows,
        caption=_("我的授信"),
        empty=Empty(
            _("还没有授信"),
            _("金融机构登记授信后会显示在这里。可以先看看哪些产品符合条件。"),
            _("查看匹配结果"),
            url_for("firm_workspace.matches"),
        ),
    )


def workbook(actor: Actor, rows: Sequence[CreditLine]) -> bytes:
    """The lines as a file: the officer and the time stand in its last rows."""
    columns = _file_columns(actor)
    lines = [*_lines(actor, rows, columns), *limit_note(rows, MOST_EXPORTED)]
    return write_xlsx([say(name) for name, _value in columns], lines, _("授信列表"))


FileColumn = tuple[Words, Callable[["CreditLine"], Cell]]


def _lines(actor: Actor, rows: Sequence[CreditLine], columns: Sequence[FileColumn]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [value(row) for _name, value in columns]
    yield []
    yield [watermark(actor)]


def watermark(actor: Actor) -> str:
    """Who took a file out, and when."""
    moment = clock.now().astimezone(clock.LEGAL_ZONE).strftime("%Y-%m-%d %H:%M")
    return _(
        "导出人：%(name)s（%(organisation)s），%(moment)s",
        name=actor.name,
        organisation=actor.organisation_name,
        moment=moment,
    )


def _file_columns(actor: Actor) -> list[FileColumn]:
    return [
        (Words("合同编号", "Contract number"), lambda row: row.contract_number),
        (Words("企业名称", "Firm"), lambda row: row.firm_name),
        (Words("统一社会信用代码", "Unified social credit code"), lambda row: row.firm_uscc),
        (Words("金融机构", "Lender"), lambda row: say(row.lender)),
        (Words("网点", "Branch"), lambda row: said(row.branch)),
        (Words("产品", "Product"), lambda row: said(row.product)),
        (Words("来源", "Source"), lambda row: say(LINE_SOURCE_WORDS[LineSource(row.source)])),
        (Words("授信日期", "Date of grant"), lambda row: row.granted_on),
        (Words("授信金额（元）", "Amount granted (yuan)"), lambda row: yuan(row.amount_fen)),
        (Words("年利率（%）", "Annual rate (%)"), lambda row: row.annual_rate_ppm / PPM_PER_PERCENT),
        (Words("期限（月）", "Term (months)"), lambda row: row.term_months),
        (Words("到期日", "Maturity"), lambda row: row.maturity_on),
        (Words("还款方式", "Repayment"), lambda row: say(REPAYMENT_METHOD_WORDS[RepaymentMethod(row.repayment_method)])),
        (Words("担保方式", "Guarantee"), lambda row: say(GUARANTEE_TYPE_WORDS[GuaranteeType(row.guarantee_type)])),
        (Words("授信类型", "Kind of grant"), lambda row: say(LINE_KIND_WORDS[LineKind(row.kind)])),
        (Words("首贷户", "First-time borrower"), lambda row: _yes(row.first_time_borrower)),
        (Words("信用贷款", "Unsecured"), lambda row: _yes(row.unsecured)),
        (Words("普惠小微", "Inclusive, small and micro"), lambda row: _yes(row.inclusive_msme)),
        (Words("授信时信用等级", "Grade at the grant"), lambda row: said(grade_words(selecting.shown_grade(actor, row)))),
        (Words("授信时企业规模", "Size at the grant"), lambda row: said(size_words(row.firm_size))),
        (Words("授信时行业", "Industry at the grant"), lambda row: said(industry_words(row))),
        (Words("授信时所在区镇", "Town at the grant"), lambda row: said(town_words(row.region_code))),
        (Words("累计放款（元）", "Disbursed (yuan)"), lambda row: yuan(row.disbursed_fen)),
        (Words("贷款余额（元）", "Balance (yuan)"), lambda row: yuan(row.balance_fen)),
        (Words("余额日期", "Balance as of"), lambda row: row.balance_on),
        (Words("状态", "State"), lambda row: say(LINE_STATE_WORDS[row.state_now])),
    ]  # fmt: skip


def yuan(fen: int) -> float:
    """An amount for a spreadsheet cell, in yuan to the fen."""
    return fen / FEN_PER_YUAN


def said(words: Words | None) -> str:
    return say(words) if words is not None else ""


def _yes(value: bool) -> str:
    return _("是") if value else _("否")


def grade_scale_words(line: CreditLine) -> Words | None:
    """Which scale, in which version, the grade at the grant is of."""
    if line.grade_scale is None or line.grade_scale not in scales():
        return None
    pattern = Words("{scale}，第 {version} 版", "{scale}, version {version}")
    return pattern.fill(scale=scales()[line.grade_scale].name, version=str(line.grade_scale_version))


def grade_words(grade: str | None) -> Words | None:
    if grade is None:
        return None
    return spaced(scales()[GRADE].grades.get(grade, Words(grade, grade)))


def size_words(size: str | None) -> Words | None:
    return sizes.SIZE_WORDS[Size(size)] if size else None


def industry_words(row: CreditLine) -> Words | None:
    code = row.division or row.section
    return industries.industry_name(code) if code else None


def town_words(code: str | None) -> Words | None:
    return selecting.town(code).words if code else None


def shown_figures(line: CreditLine) -> dict[str, str]:
    """The figures of a line as people read them."""
    return {
        "amount": filters.amount(line.amount_fen),
        "exact": filters.exact(line.amount_fen),
        "rate": filters.rate(line.annual_rate_ppm),
        "period": f"{line.granted_on.isoformat()} – {line.maturity_on.isoformat()}",
        "disbursed": filters.amount(line.disbursed_fen if line.balance_on else None),
        "balance": filters.amount(line.balance_fen if line.balance_on else None),
    }


def line_facts(line: CreditLine) -> list[tuple[Any, ...]]:
    """The terms of a grant as a page lists them."""
    return [
        (_("合同编号"), line.contract_number),
        (_("产品"), said(line.product) or _("平台外产品")),
        (_("办理网点"), said(line.branch)),
        (_("经办人"), line.officer_name),
        (_("来源"), say(LINE_SOURCE_WORDS[LineSource(line.source)])),
        (_("授信类型"), say(LINE_KIND_WORDS[LineKind(line.kind)])),
        (_("还款方式"), say(REPAYMENT_METHOD_WORDS[RepaymentMethod(line.repayment_method)])),
        (_("担保方式"), say(GUARANTEE_TYPE_WORDS[GuaranteeType(line.guarantee_type)])),
        (_("首贷户"), _yes(line.first_time_borrower)),
        (_("普惠小微"), _yes(line.inclusive_msme)),
    ]


def firm_facts(actor: Actor, line: CreditLine) -> list[tuple[Any, ...]]:
    """What was known of the firm at the grant, as this actor may see it."""
    return [
        (_("企业名称"), line.firm_name),
        (_("统一社会信用代码"), line.firm_uscc),
        (_("信用等级"), said(grade_words(selecting.shown_grade(actor, line)))),
        (_("企业规模"), said(size_words(line.firm_size))),
        (_("行业"), said(industry_words(line))),
        (_("所在区镇"), said(town_words(line.region_code))),
    ]
