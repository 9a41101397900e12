from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.registry.capital import MAX_MINOR, parse_capital

YUAN = 100
READ = [
    ("3,900(万元人民币)", 3900_0000 * YUAN, "CNY"),
    ("3,900（万元人民币）", 3900_0000 * YUAN, "CNY"),
    ("0(万元人民币)", 0, "CNY"),
    ("512.6万人民币", 512_6000 * YUAN, "CNY"),
    ("512.6 万人民币", 512_6000 * YUAN, "CNY"),
    ("50万人民币元", 50_0000 * YUAN, "CNY"),
    ("500万", 500_0000 * YUAN, "CNY"),
    ("500万元", 500_0000 * YUAN, "CNY"),
    ("500.0000万元", 500_0000 * YUAN, "CNY"),
    ("500.000000万元人民币", 500_0000 * YUAN, "CNY"),
    ("500万元整", 500_0000 * YUAN, "CNY"),
    ("500万圆", 500_0000 * YUAN, "CNY"),
    ("人民币500万元", 500_0000 * YUAN, "CNY"),
    ("人民币 500 万元整", 500_0000 * YUAN, "CNY"),
    ("人民币：500万元", 500_0000 * YUAN, "CNY"),
    ("RMB 500万", 500_0000 * YUAN, "CNY"),
    ("rmb5,000,000.00", 500_0000 * YUAN, "CNY"),
    ("CNY 5,000,000.00", 500_0000 * YUAN, "CNY"),
    ("¥5,000,000", 500_0000 * YUAN, "CNY"),
    ("￥500万", 500_0000 * YUAN, "CNY"),
    ("5000000元", 500_0000 * YUAN, "CNY"),
    ("5000000人民币", 500_0000 * YUAN, "CNY"),
    ("５００万元", 500_0000 * YUAN, "CNY"),
    ("５，０００万元", 5000_0000 * YUAN, "CNY"),
    ("500万元（认缴）", 500_0000 * YUAN, "CNY"),
    ("注册资本：500万元", 500_0000 * YUAN, "CNY"),
    ("500萬元", 500_0000 * YUAN, "CNY"),
    ("5百万元", 500_0000 * YUAN, "CNY"),
    ("3千万", 3000_0000 * YUAN, "CNY"),
    ("1.2亿元", 12000_0000 * YUAN, "CNY"),
    ("1亿2000万元", 12000_0000 * YUAN, "CNY"),
    ("伍佰万元整", 500_0000 * YUAN, "CNY"),
    ("人民币叁仟玖佰万元整", 3900_0000 * YUAN, "CNY"),
    ("五百万元", 500_0000 * YUAN, "CNY"),
    ("壹佰零伍万元", 105_0000 * YUAN, "CNY"),
    ("十万元", 10_0000 * YUAN, "CNY"),
    ("拾伍万元", 15_0000 * YUAN, "CNY"),
    ("1,2345万元", 12345_0000 * YUAN, "CNY"),
    ("0", 0, "CNY"),
    ("33.3333333万元", 333333_33, "CNY"),
    ("100万美元", 100_0000 * 100, "USD"),
    ("100(万美元)", 100_0000 * 100, "USD"),
    ("100万元美元", 100_0000 * 100, "USD"),
    ("美元100万元", 100_0000 * 100, "USD"),
    ("USD 1,000,000", 100_0000 * 100, "USD"),
    ("US$100万", 100_0000 * 100, "USD"),
    ("HK$1,000,000.00", 100_0000 * 100, "HKD"),
    ("100万港元", 100_0000 * 100, "HKD"),
    ("100万港币", 100_0000 * 100, "HKD"),
    ("100(万港元)", 100_0000 * 100, "HKD"),
    ("3000万日元", 3000_0000, "JPY"),
    ("3,000(万日元)", 3000_0000, "JPY"),
    ("10亿韩元", 10_0000_0000, "KRW"),
    ("20万欧元", 20_0000 * 100, "EUR"),
    ("€200,000", 20_0000 * 100, "EUR"),
    ("20万英镑", 20_0000 * 100, "GBP"),
    ("￡20万", 20_0000 * 100, "GBP"),
    ("50万新加坡元", 50_0000 * 100, "SGD"),
    ("50万澳大利亚元", 50_0000 * 100, "AUD"),
    ("50万加拿大元", 50_0000 * 100, "CAD"),
    ("50万瑞士法郎", 50_0000 * 100, "CHF"),
    ("50万澳门元", 50_0000 * 100, "MOP"),
    ("500万新台币", 500_0000 * 100, "TWD"),
    ("50万德国马克", 50_0000 * 100, "DEM"),
]


@pytest.mark.parametrize(("text", "minor", "currency"), READ)
def test_a_capital_is_read_with_its_currency(text: str, minor: int, currency: str):
    capital = parse_capital(text)
    assert (capital.amount_minor, capital.currency, capital.problem) == (minor, currency, None)
    assert capital.raw == text


@pytest.mark.parametrize(
    "text", ["", " ", "N/A", "n/a", "-", "—", "无", "null", "None", "未公示", "企业选择不公示"]
)
def test_what_is_not_stated_is_missing_without_a_problem(text: str):
    capital = parse_capital(text)
    assert (capital.amount_minor, capital.currency, capital.problem) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("500", "单位"),
        ("1000.00", "单位"),
        ("$100万", "$"),
        ("100万美元人民币", "不止一个"),
        ("100万元200万元", "不止一个"),
        ("4三万", "不止一个"),
        ("99999999999999999亿", "合理范围"),
        ("100万美元(折合人民币650万元)", "无法识别"),
        ("1,23万", "无法识别"),
        ("-5万", "无法识别"),
        ("1e9元", "无法识别"),
        ("10²万", "无法识别"),
        ("万人民币", "无法识别"),
        ("千万", "无法识别"),
        ("一百五万", "无法识别"),
        ("二〇五万", "无法识别"),
        ("五十百万", "无法识别"),
        ("百万万元", "无法识别"),
        ("实缴100万元", "无法识别"),
        ("约500万元", "无法识别"),
        ("5" * 61, "无法识别"),
    ],
)
def test_what_cannot_be_read_says_why_and_is_kept(text: str, says: str):
    capital = parse_capital(text)
    assert (capital.amount_minor, capital.currency, capital.raw) == (None, None, text)
    assert capital.problem is not None
    assert says in capital.problem.zh


def test_the_unit_of_the_heading_counts_bare_numbers():
    assert parse_capital("500", "万元").amount_minor == 500_0000 * YUAN
    assert parse_capital("500", "元").amount_minor == 500 * YUAN


def test_the_unit_of_the_heading_never_counts_twice():
    assert parse_capital("500万", "万元").amount_minor == 500_0000 * YUAN
    assert parse_capital("500元", "万元").amount_minor == 500 * YUAN


def test_a_currency_column_speaks_for_a_capital_that_names_none():
    assert parse_capital("500万", currency="美元").currency == "USD"
    assert parse_capital("500万", currency="156").currency == "CNY"


def test_a_currency_column_does_not_supply_the_unit():
    assert parse_capital("500", currency="人民币").problem is not None


@pytest.mark.parametrize("column", ["人民币", "人民币美元", "贝壳"])
def test_a_currency_column_that_contradicts_or_cannot_be_read_is_a_problem(column: str):
    assert parse_capital("500万美元", currency=column).problem is not None


@given(st.text(max_size=80), st.sampled_from([None, "元", "万元"]), st.none() | st.text(max_size=10))
def test_any_text_is_read_or_has_a_problem_or_states_nothing(
    text: str, unit: str | None, currency: str | None
):
    capital = parse_capital(text, unit, currency)
    assert (capital.amount_minor is None) == (capital.currency is None)
    assert capital.amount_minor is None or 0 <= capital.amount_minor <= MAX_MINOR


@given(st.text("0123456789.,万亿元人民币美港(（整一二三十百千佰$¥ ", max_size=14))
def test_likely_text_is_read_or_has_a_problem(text: str):
    capital = parse_capital(text)
    assert capital.problem is None or capital.amount_minor is None


@given(
    st.decimals(0, 10**9, places=2), st.sampled_from(["{}元", "人民币{}元", "{}元人民币", "￥{}", "RMB{}"])
)
def test_an_amount_in_yuan_is_read_to_the_fen(amount: object, form: str):
    assert parse_capital(form.format(amount)).amount_minor == int(str(amount).replace(".", ""))
