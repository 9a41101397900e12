"""The gallery of components: each one once, with invented content, for review."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import render_template, request

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.charts import Bar, BarChart, Funnel, LineChart, ShareBar
from creditbridge.pages.fields import (
    Amount,
    Choice,
    Flag,
    LegalDate,
    ListOf,
    Nested,
    Phone,
    Rate,
    Text,
    Whole,
)
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.radar import Axis, RadarChart
from creditbridge.pages.schemas import Schema
from creditbridge.pages.tables import Column, Empty, Table

FEN_PER_WAN = 1_000_000


class Repayment(StrEnum):
    EQUAL_INSTALMENT = "equal_instalment"
    BULLET = "bullet"
    REVOLVING = "revolving"


REPAYMENT_WORDS = {
    Repayment.EQUAL_INSTALMENT: Words("等额本息", "Equal instalments"),
    Repayment.BULLET: Words("到期一次性还本付息", "Bullet"),
    Repayment.REVOLVING: Words("随借随还", "Revolving"),
}


class FeeSchema(Schema):
    name = Text(max=40, required=True)
    rate = Rate(max=50_000)


class GallerySchema(Schema):
    firm = Text(max=80, required=True)
    amount = Amount(min=FEN_PER_WAN, max=300 * FEN_PER_WAN, required=True)
    rate = Rate(max=240_000)
    months = Whole(min=1, max=360, required=True)
    needed_on = LegalDate(not_before=clock.today)
    repayment = Choice(Repayment, REPAYMENT_WORDS, required=True)
    accepted = ListOf(Choice(Repayment, REPAYMENT_WORDS), load_default=list)
    phone = Phone(required=True)
    purpose = Text(max=500, lines=True)
    fees = Nested(FeeSchema, many=True, max=5)
    agreed = Flag(agreed=True)


def show() -> tuple[str, int]:
    """The gallery; a POST shows the form with what was typed and what is wrong with it."""
    form = Form.from_request(GallerySchema) if request.method == "POST" else Form(GallerySchema, _example())
    if request.method == "POST":
        form.validate()
    page = render_template(
        "pages/styleguide.html",
        form=form, table=_table(), queue=_queue(), empty=_empty_table(), charts=_charts(), events=_events(),
        figures=_figures(),
    )  # fmt: skip
    return page, form.status


def _example() -> dict[str, Any]:
    return {
        "firm": Words("江南织造有限公司", "Jiangnan Weaving Co., Ltd.").zh,
        "amount": 125 * FEN_PER_WAN,
        "rate": 38_500,
        "months": 12,
        "repayment": Repayment.EQUAL_INSTALMENT,
        "accepted": [Repayment.EQUAL_INSTALMENT, Repayment.REVOLVING],
        "fees": [{"name": _("担保费"), "rate": 5_000}],
    }


def _rows() -> list[dict[str, Any]]:
    first = clock.today()
    return [
        {"name": _("织造贷"), "lender": _("江湾银行"), "amount": 300 * FEN_PER_WAN, "rate": 38_500, "granted": 128,
         "share": 412_000, "on": first, "state": Words("受理中", "Open"), "tone": "success"},
        {"name": _("税信快贷"), "lender": _("运河农商银行"), "amount": 125 * FEN_PER_WAN, "rate": 43_500, "granted": 64,
         "share": 206_000, "on": first - timedelta(days=31), "state": Words("暂停受理", "Suspended"), "tone": "warning"},
        {"name": _("园区设备更新专项贷款"), "lender": _("新城商业银行"), "amount": 40_300 * FEN_PER_WAN, "rate": None,
         "granted": 7, "share": 22_500, "on": first - timedelta(days=400), "state": Words("已下架", "Retired"), "tone": "neutral"},
    ]  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column(
            "name", _("产品"), sort=True, href=lambda _row: "#tables", note=lambda row: str(row["lender"])
        ),
        Column("state", _("状态"), kind="state", tone=lambda row: str(row["tone"])),
        Column("amount", _("最高额度"), kind="amount", sort=True, total=40_725 * FEN_PER_WAN),
        Column("rate", _("年化利率"), kind="rate", sort=True),
        Column("granted", _("授信户数"), kind="number", sort=True, total=199),
        Column("share", _("占比"), kind="percent"),
        Column("on", _("发布日期"), kind="day", sort=True),
    ]


def _table() -> Table:
    return Table(_columns(), _rows(), _("信贷产品"), next_cursor="next", export_url="#tables", id="products")


def _queue() -> Table:
    return Table(_columns()[:4], _rows(), _("我的待办"), queue=True, id="queue")


def _empty_table() -> Table:
    empty = Empty(
        _("还没有贷款申请"), _("选好产品后提交申请，进度会显示在这里。"), _("查看可申请的产品"), "#tables"
    )
    return Table(_columns(), [], _("贷款申请"), empty=empty)


def _figures() -> list[dict[str, Any]]:
    return [
        {"label": _("授信企业"), "value": "1,079", "hint": _("其中首贷户 312 家"), "href": "#charts"},
        {"label": _("授信金额"), "value": _("4.03 亿元"), "change": _("比上月增加 2,150 万元")},
        {"label": _("加权平均利率"), "value": "3.85%"},
        {
            "label": _("决定时长中位数"),
            "value": _("6 个工作日"),
            "hint": _("自受理起，扣除企业补充材料的时间"),
        },
    ]


def _events() -> list[dict[str, Any]]:
    now = clock.now()
    return [
        {"at": now - timedelta(hours=2), "title": _("银行请企业补充材料"), "text": _("请补充近三个月的水电费缴纳凭证。"),
         "who": _("江湾银行 城东支行"), "tone": "warning"},
        {"at": now - timedelta(days=3), "title": _("银行已受理"), "who": _("江湾银行 城东支行"), "tone": "info"},
        {"at": now - timedelta(days=4), "title": _("企业提交申请"), "text": _("申请金额 125 万元，期限 12 个月。"), "tone": "success"},
    ]  # fmt: skip


def _charts() -> dict[str, Any]:
    lenders = [
        (_("江湾银行"), 18_250),
        (_("运河农商银行"), 12_030),
        (_("新城商业银行"), 6_400),
        (_("湖东村镇银行"), 480),
    ]
    grades = [("A", 412), ("B", 508), ("C", 131), ("D", 28)]
    steps = [
        (_("提交申请"), 2_410),
        (_("银行受理"), 1_986),
        (_("授信方案"), 1_240),
        (_("企业接受"), 1_133),
        (_("授信"), 1_079),
    ]
    months = [1_200, 1_850, 1_600, 2_400, 2_150, 2_900, None, 3_300, 3_150, 3_900, 4_300]
    return {
        "lenders": BarChart(
            _("各机构授信金额"), [Bar(name, wan * FEN_PER_WAN, "#tables") for name, wan in lenders], "amount"
        ),
        "grades": ShareBar(_("授信企业的信用等级"), [Bar(name, count, "#tables") for name, count in grades]),
        "funnel": Funnel(_("从申请到授信"), [Bar(name, count, "#tables") for name, count in steps]),
        "months": LineChart(
            _("每月授信金额"),
            [
                (f"2026-{month:02d}", None if wan is None else wan * FEN_PER_WAN)
                for month, wan in enumerate(months, 1)
            ],
            "amount",
        ),
        "sides": RadarChart(
            _("五个维度"),
            [
                Axis(Words("守法履约", "Good conduct"), 860, 780),
                Axis(Words("财务纳税", "Finance, tax"), 640, 610),
                Axis(Words("经营活力", "Vitality"), 520, 590),
                Axis(Words("用工责任", "Employment"), None, 640),
                Axis(Words("基础素质", "Foundations"), 710, 700),
            ],
            value_heading=_("本企业"),
            usual_heading=_("中位数"),
        ),
    }
