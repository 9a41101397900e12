"""How values, tables and charts are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages import filters
from creditbridge.pages.charts import Bar, BarChart, Funnel, LineChart, ShareBar, _nice_top
from creditbridge.pages.tables import Column, Empty, Table

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", [name for name in filters.FORMATS if name != "say"])
def test_what_is_not_known_is_a_dash(app: Flask, name: str) -> None:
    with app.test_request_context():
        assert filters.FORMATS[name](None) == "—"


def test_amounts_follow_the_language(app: Flask) -> None:
    with app.test_request_context("/?lang=zh"):
        assert filters.amount(125_000_000) == "125 万元"
    with app.test_request_context("/?lang=en"):
        assert filters.amount(125_000_000) == "¥1.25 million"


def test_an_instant_is_shown_in_shanghai(app: Flask) -> None:
    with app.test_request_context():
        assert filters.moment(datetime(2026, 11, 22, 18, 5, tzinfo=UTC)) == "2026-11-23 02:05"
        assert filters.day(datetime(2026, 11, 22, 18, 5, tzinfo=UTC)) == "2026-11-23"


@pytest.mark.parametrize(("before", "zh", "en"), [
    (timedelta(seconds=5), "刚刚", "just now"),
    (timedelta(minutes=59), "59 分钟前", "59 min ago"),
    (timedelta(hours=2), "2 小时前", "2 h ago"),
    (timedelta(days=3), "3 天前", "3 days ago"),
    (-timedelta(days=3), "3 天后", "in 3 days"),
    (-timedelta(hours=3), "3 小时后", "in 3 h"),
])  # fmt: skip
def test_how_long_ago(app: Flask, before: timedelta, zh: str, en: str) -> None:
    with clock.at(NOON):
        with app.test_request_context("/?lang=zh"):
            assert filters.ago(NOON - before) == zh
        with app.test_request_context("/?lang=en"):
            assert filters.ago(NOON - before) == en


def test_a_date_is_counted_in_days(app: Flask) -> None:
    with clock.at(NOON), app.test_request_context():
        assert filters.ago(date(2026, 11, 23)) == "今天"
        assert filters.ago(date(2026, 11, 20)) == "3 天前"


def test_numbers_are_grouped() -> None:
    assert filters.number(1_234_567) == "1,234,567"
    assert filters.number(1234.56) == "1,234.6"


def table(
    app: Flask, address: str = "/products", rows: list[dict[str, Any]] | None = None, **options: Any
) -> str:
    columns = [
        Column("name", "产品", sort=True),
        Column("amount", "额度", kind="amount", sort=True, total=300_000_000),
    ]
    held = [{"name": "织造贷", "amount": 300_000_000}] if rows is None else rows
    source = '{% from "pages/components/tables.html" import data_table %}{{ data_table(table) }}'
    with app.test_request_context(address):
        return render_template_string(source, table=Table(columns, held, "产品", **options))


def test_a_table_shows_its_figures_and_totals(app: Flask) -> None:
    page = table(app)
    assert page.count("300 万元") == 2
    assert "合计" in page


def test_figures_sort_from_the_largest_first(app: Flask) -> None:
    assert "sort=-amount" in table(app)


def test_a_sorted_column_turns_round(app: Flask) -> None:
    page = table(app, "/products?sort=-amount&grade=A")
    assert 'aria-sort="descending"' in page
    assert 'href="/products?grade=A&amp;sort=amount"' in page


def test_sorting_begins_at_the_first_page(app: Flask) -> None:
    assert "cursor=" not in table(app, "/products?cursor=abc")


def test_the_next_page_keeps_the_filters(app: Flask) -> None:
    assert "grade=A&amp;cursor=next" in table(app, "/products?grade=A", next_cursor="next")


def test_an_empty_table_says_what_to_do(app: Flask) -> None:
    page = table(app, rows=[], empty=Empty("还没有", "先选产品", "去选", "/products"))
    assert "去选" in page
    assert "<table" not in page


def test_cells_are_escaped(app: Flask) -> None:
    assert "<b>" not in table(app, rows=[{"name": "<b>", "amount": None}])


def test_a_column_gives_its_value_typed() -> None:
    assert Column("name", "名", value=lambda row: row["a"] * 2).of({"a": 2}) == 4


def test_bars_are_measured_from_one_zero(app: Flask) -> None:
    with app.test_request_context():
        drawn = BarChart("x", [Bar("a", 200), Bar("b", 100), Bar("c", 0), Bar("d", None)]).drawn
    assert [bar.length for bar in drawn] == [1000, 500, 0, 0]
    assert drawn[3].shown == "—"


def test_something_small_is_still_seen(app: Flask) -> None:
    with app.test_request_context():
        assert BarChart("x", [Bar("a", 1_000_000), Bar("b", 1)]).drawn[1].length > 0


def test_parts_make_the_whole(app: Flask) -> None:
    with app.test_request_context():
        drawn = ShareBar("x", [Bar("a", 1), Bar("b", 1), Bar("c", 2)]).drawn
    assert [bar.share for bar in drawn] == ["25.0%", "25.0%", "50.0%"]
    assert drawn[2].start + drawn[2].length == 1000


def test_a_step_is_compared_with_the_one_before(app: Flask) -> None:
    with app.test_request_context():
        assert [bar.share for bar in Funnel("x", [Bar("a", 200), Bar("b", 100), Bar("c", 50)]).drawn] == [
            "",
            "50.0%",
            "50.0%",
        ]


def test_a_missing_month_breaks_the_line(app: Flask) -> None:
    with app.test_request_context():
        chart = LineChart("x", [("1", 1), ("2", 2), ("3", None), ("4", 4)])
        assert len(chart.segments) == 1


@pytest.mark.parametrize(
    "chart",
    [BarChart("x", []), ShareBar("x", []), Funnel("x", []), LineChart("x", []), LineChart("x", [("1", 0)])],
)
def test_charts_without_figures_are_drawn_too(app: Flask, chart: Any) -> None:
    with app.test_request_context():
        assert len(chart.drawn) <= 1


@given(st.integers(min_value=0, max_value=10**15))
def test_an_axis_reaches_over_its_figures(most: int) -> None:
    top = _nice_top(most)
    assert top >= most
    assert top % 2 == 0


def test_bars_lead_to_their_rows(app: Flask) -> None:
    source = '{% from "pages/components/charts.html" import bar_chart %}{{ bar_chart(chart) }}'
    with app.test_request_context():
        page = render_template_string(source, chart=BarChart("图", [Bar(Words("甲", "A"), 3, "/rows")]))
    assert 'href="/rows"' in page
    assert '<th scope="row">甲</th>' in page


@pytest.mark.parametrize(
    ("verdict", "word"), [("eligible", "符合"), ("tentative", "待补充信息"), ("not_eligible", "不符合")]
)
def test_a_verdict_is_a_word_an_icon_and_a_colour(app: Flask, verdict: str, word: str) -> None:
    source = '{% from "pages/components/status.html" import verdict_badge %}{{ verdict_badge(verdict) }}'
    with app.test_request_context():
        page = render_template_string(source, verdict=verdict)
    assert word in page
    assert "<svg" in page
    assert "tone-" in page


@pytest.mark.parametrize(
    ("kind", "value", "setting"),
    [
        ("amount", 125_000_000, "num"),
        ("day", date(2026, 11, 23), "nowrap"),
        ("text", "新增", "nowrap"),
        ("text", "DEMO-YUC-2026-0262", "nowrap"),
        ("text", "演示市瑞彤橡塑有限公司", "phrase"),
        ("text", "Review before a loan", "phrase"),
        ("text", "9" * 64, "phrase"),
        (
            "text",
            "登记信息、经营与财务、纳税、用工与社保、科技与知识产权、信用评价、守法情况、负债与信贷、名单",
            "long",
        ),
        (
            "text",
            "Registration, Business and finance, Tax, Staff and social insurance, Credit evaluation",
            "long",
        ),
    ],
)
def test_short_words_and_codes_stay_on_one_line(app: Flask, kind: str, value: Any, setting: str) -> None:
    with app.test_request_context():
        assert Column("it", "它", kind=kind).setting(value) == setting
