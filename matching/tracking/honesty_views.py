"""The platform's pages on whether matching is honest and whom it leaves out; each figure leads to its rows."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rights import ADMINISTRATOR
from creditbridge.pages import filters
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit
from lenders.products import service as products
from matching.applications.rules import SUBMISSION_STATE_TONES, SUBMISSION_STATE_WORDS
from matching.eligibility.rules import VERDICT_WORDS
from matching.lines.dimensions import Dimension, Selection
from matching.tracking import demand, honesty, unserved
from matching.tracking.model import ExclusionCount

blueprint = Blueprint("platform_honesty", __name__, template_folder="templates")
MOST_SHOWN = 15


@blueprint.get("/platform/honesty")
def index() -> ResponseReturnValue:
    session = unit.session()
    counted = unserved.latest(session)
    return render_template(
        "tracking/honesty.html",
        products=_products_table(honesty.by_product(session)),
        counted=counted,
        unserved_figures=_unserved_figures(counted) if counted else [],
        criteria=_criteria_table(counted) if counted else None,
        grades=_grades_table(honesty.by_grade(session)),
        demand=_demand_table(demand.by_purpose(session)),
        may_recount=current_actor().role in ADMINISTRATOR,
    )


@blueprint.post("/platform/honesty/recount")
def recount() -> ResponseReturnValue:
    unserved.ask_for_count(unit.session(), current_actor())
    flash(_("已开始重新统计，稍后刷新页面查看。"), "success")
    return redirect(url_for("platform_honesty.index"))


@blueprint.get("/platform/honesty/products/<product_id>")
def product(product_id: str) -> ResponseReturnValue:
    """The applications behind a product's figures."""
    session = unit.session()
    found = products.published_product(session, product_id)
    rows = honesty.judged(session, product_id)
    return render_template(
        "tracking/honesty_rows.html",
        title=_("匹配是否准确：%(product)s", product=say(found.name)),
        lead=_("近两年的申请，按时间倒序，最多列出 200 笔。匹配结果是企业申请时看到的。"),
        table=_judged_table(rows),
    )


@blueprint.get("/platform/honesty/unserved")
def unserved_firms() -> ResponseReturnValue:
    """The firms behind the count of those no product serves, or behind one criterion."""
    asked = request.args.get("criterion", "")
    place = int(asked) if asked.isdigit() and len(asked) < 4 else None
    behind = unserved.firms_of(unit.session(), place)
    row = behind.criterion
    title = _("被“%(sentence)s”挡在门外的企业", sentence=say(row.words)) if row else _("没有符合产品的企业")
    return render_template(
        "tracking/honesty_rows.html",
        title=title,
        lead=_(
            "%(day)s 统计，共 %(n)s 家，这里列出前 %(shown)s 家。",
            day=behind.counted.on_day.isoformat(),
            n=filters.number(behind.total),
            shown=len(behind.firms),
        )
        if behind.counted
        else _("还没有统计"),
        table=Table(
            columns=[
                Column(
                    "name",
                    _("企业名称"),
                    href=lambda firm: url_for("registry.firm", public_id=firm.public_id),
                ),
                Column("uscc", _("统一社会信用代码")),
            ],
            rows=behind.firms,
            caption=title,
        ),
    )


@blueprint.get("/platform/honesty/overdue")
def overdue() -> ResponseReturnValue:
    """The grants behind the overdue figures."""
    grade = request.args.get("grade") or None
    rows = honesty.overdue(unit.session(), grade)
    return render_template(
        "tracking/honesty_rows.html",
        title=_("未按约还清的授信"),
        lead=_(
            "有账务的看每笔贷款：已逾期、已代偿、已核销；没有账务的看已过到期日而余额未还清。最多列出 200 笔。"
        ),
        table=Table(
            columns=[
                Column(
                    "contract_number",
                    _("合同编号"),
                    href=lambda row: url_for("platform_lines.show", line_id=row.public_id),
                ),
                Column("firm", _("企业名称")),
                Column("lender", _("金融机构")),
                Column("grade", _("授信时等级")),
                Column("maturity_on", _("到期日"), kind="day"),
                Column("how", _("情况")),
                Column("overdue_fen", _("未还本金"), kind="amount"),
            ],
            rows=rows,
            caption=_("未按约还清的授信"),
            empty=Empty(_("没有未按约还清的授信")),
        ),
    )


@blueprint.get("/platform/honesty/demand")
def unmet() -> ResponseReturnValue:
    """Needs and searches that no product answered; ``purpose`` in the address narrows them."""
    rows = demand.unmet(unit.session(), request.args.get("purpose"))
    return render_template(
        "tracking/honesty_rows.html",
        title=_("没有产品满足的需求"),
        lead=_("近一年发布后没有合适产品的需求，以及没有结果的搜索，不含企业名称。"),
        table=Table(
            columns=[
                Column("kind", _("来源")),
                Column("on", _("日期"), kind="day"),
                Column("amount_fen", _("金额"), kind="amount"),
                Column("term_months", _("期限（月）"), kind="number"),
                Column("purpose_words", _("用途")),
                Column("grade", _("信用等级")),
                Column("size", _("企业规模")),
                Column("section", _("行业门类")),
                Column("town", _("所在区镇")),
            ],
            rows=rows,
            caption=_("没有产品满足的需求"),
            empty=Empty(_("没有未满足的需求")),
        ),
    )


def _products_table(rows: list[honesty.ProductHonesty]) -> Table:
    def href(row: honesty.ProductHonesty) -> str | None:
        return url_for("platform_honesty.product", product_id=row.product_id) if row.product_id else None

    return Table(
        columns=[
            Column("product", _("产品"), href=href, note=lambda row: row.lender),
            Column("applied", _("申请笔数"), kind="number", total=sum(row.applied for row in rows)),
            Column("eligible", _("显示符合"), kind="number", total=sum(row.eligible for row in rows)),
            Column("eligible_decided", _("其中已决定"), kind="number"),
            Column("offer_ppm", _("给出方案率"), kind="percent"),
            Column("grant_ppm", _("授信率"), kind="percent"),
            Column("overridden", _("审核推翻"), kind="number", total=sum(row.overridden for row in rows)),
            Column("override_ppm", _("推翻率"), kind="percent"),
            Column("tentative_ppm", _("待补充的给出方案率"), kind="percent"),
            Column("facts_refused", _("自报不实"), kind="number"),
            Column("median_days", _("决定用时（天）"), kind="number"),
        ],
        rows=rows,
        caption=_("各产品的匹配是否准确"),
        empty=Empty(_("还没有申请"), _("有申请办结后，这里显示匹配结果与审核结果是否一致。")),
        id="products",
    )


def _unserved_figures(counted: ExclusionCount) -> list[dict[str, Any]]:
    rows = url_for("platform_honesty.unserved_firms")
    return [
        {"label": _("统计企业"), "value": filters.number(counted.firms), "hint": counted.on_day.isoformat()},
        {"label": _("没有符合产品的企业"), "value": filters.number(counted.unserved), "href": rows},
        {"label": _("其中连可申请的也没有"), "value": filters.number(counted.closed_out)},
    ]


def _criteria_table(counted: ExclusionCount) -> Table:
    return Table(
        columns=[
            Column(
                "words",
                _("条件"),
                href=lambda row: url_for("platform_honesty.unserved_firms", criterion=row.place),
            ),
            Column("products", _("产品数"), kind="number"),
            Column("shut_out", _("挡住的企业"), kind="number"),
            Column("alone", _("仅差这一项的企业"), kind="number"),
            Column("missing", _("缺这项信息的企业"), kind="number"),
        ],
        rows=counted.criteria[:MOST_SHOWN],
        caption=_("把没有符合产品的企业挡在门外的条件"),
        empty=Empty(_("没有企业被挡在门外")),
        id="criteria",
    )


def _grades_table(rows: list[honesty.GradeRow]) -> Table:
    def lines(row: honesty.GradeRow) -> str:
        return url_for("platform_lines.index", **Selection().pick(Dimension.GRADE, row.key).as_query())

    return Table(
        columns=[
            Column("words", _("授信时等级"), href=lines),
            Column("grants", _("授信笔数"), kind="number", total=sum(row.grants for row in rows)),
            Column("amount_fen", _("授信金额"), kind="amount", total=sum(row.amount_fen for row in rows)),
            Column("known", _("已见结果"), kind="number", total=sum(row.known for row in rows)),
            Column(
                "overdue",
                _("未按约还清"),
                kind="number",
                href=lambda row: url_for("platform_honesty.overdue", grade=row.key),
                total=sum(row.overdue for row in rows),
            ),
            Column("overdue_ppm", _("未还清率"), kind="percent"),
            Column("overdue_fen", _("未还本金"), kind="amount", total=sum(row.overdue_fen for row in rows)),
        ],
        rows=rows,
        caption=_("信用等级回测"),
        empty=Empty(_("还没有授信")),
        id="grades",
    )


def _demand_table(rows: list[demand.DemandRow]) -> Table:
    return Table(
        columns=[
            Column(
                "words",
                _("用途"),
                href=lambda row: url_for("platform_honesty.unmet", purpose=row.purpose),
            ),
            Column("needs", _("发布的需求"), kind="number", total=sum(row.needs for row in rows)),
            Column("searches", _("没有结果的搜索"), kind="number", total=sum(row.searches for row in rows)),
            Column("amount_fen", _("需求金额"), kind="amount", total=sum(row.amount_fen for row in rows)),
        ],
        rows=rows,
        caption=_("没有产品满足的需求"),
        empty=Empty(_("没有未满足的需求"), _("企业发布需求或搜索后没有合适的产品时，会记在这里。")),
        id="demand",
    )


def _judged_table(rows: Any) -> Table:
    return Table(
        columns=[
            Column(
                "firm",
                _("企业名称"),
                href=lambda row: url_for("firm_portraits.portrait", public_id=row.firm_id),
            ),
            Column("applied_on", _("申请日期"), kind="day"),
            Column("verdict", _("匹配结果"), value=lambda row: VERDICT_WORDS[row.verdict]),
            Column(
                "state",
                _("办理结果"),
                kind="state",
                value=lambda row: SUBMISSION_STATE_WORDS[row.state],
                tone=lambda row: SUBMISSION_STATE_TONES[row.state],
            ),
            Column("applied_fen", _("申请金额"), kind="amount"),
            Column("days", _("决定用时（天）"), kind="number"),
            Column("overridden", _("审核推翻"), value=lambda row: _("是") if row.overridden else None),
            Column("reasons", _("原因"), value=lambda row: _("、").join(say(one) for one in row.reasons)),
        ],
        rows=rows,
        caption=_("申请明细"),
        empty=Empty(_("近两年没有申请")),
    )
