from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel import money
from creditbridge.kernel.words import Words


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (1, 2, 1),
        (3, 2, 2),
        (-1, 2, -1),
        (1, -2, -1),
        (-3, -2, 2),
        (49, 100, 0),
        (50, 100, 1),
        (-49, 100, 0),
        (7, 1, 7),
    ],
)
def test_halves_round_away_from_zero(numerator, denominator, expected):
    assert money.divide_half_up(numerator, denominator) == expected


def test_division_by_nought_is_an_error():
    with pytest.raises(ZeroDivisionError):
        money.divide_half_up(1, 0)


@given(st.integers(), st.integers().filter(bool))
def test_rounding_is_never_off_by_more_than_half(numerator, denominator):
    rounded = money.divide_half_up(numerator, denominator)
    assert 2 * abs(numerator - rounded * denominator) <= abs(denominator)


def test_a_rate_of_an_amount():
    assert money.apply_rate(1_000_000, 38_500) == 38_500


def test_a_share_of_nothing_is_unknown():
    assert money.share(3, 8) == 375_000
    assert money.share(0, 0) is None


def test_basis_points_are_a_hundred_ppm_each():
    assert money.basis_points_to_ppm(-35) == -3_500


@pytest.mark.parametrize(
    ("yuan", "chinese", "english"),
    [
        ("0", "0 元", "¥0"),
        ("8500", "8,500 元", "¥8,500"),
        ("8500.5", "8,500.50 元", "¥8,500.50"),
        ("9999.99", "9,999.99 元", "¥9,999.99"),
        ("10000", "1 万元", "¥10,000"),
        ("125000", "12.5 万元", "¥125,000"),
        ("850000", "85 万元", "¥850,000"),
        ("1250000", "125 万元", "¥1.25 million"),
        ("40300000", "4,030 万元", "¥40.3 million"),
        ("99999949.99", "9,999.99 万元", "¥100 million"),
        ("99999950", "1 亿元", "¥100 million"),
        ("403000000", "4.03 亿元", "¥403 million"),
        ("994999999.99", "9.95 亿元", "¥995 million"),
        ("999999999", "10 亿元", "¥1 billion"),
        ("1200000000", "12 亿元", "¥1.2 billion"),
    ],
)
def test_amounts_read_as_people_say_them(yuan, chinese, english):
    fen = money.parse_amount(yuan)
    assert money.format_amount(fen, "zh_CN") == chinese
    assert money.format_amount(fen, "en") == english


def test_a_reversal_carries_its_sign():
    assert money.format_amount(-12_500_000, "zh") == "-12.5 万元"
    assert money.format_amount(-125_000_000, "en") == "-¥1.25 million"
    assert money.format_exact(-5) == "-¥0.05"


def test_contracts_read_to_the_fen():
    assert money.format_exact(125_000_000) == "¥1,250,000.00"


def test_amount_words_carry_both_languages():
    assert money.amount_words(125_000_000) == Words("125 万元", "¥1.25 million")


@given(st.integers(-(10**13), 10**13))
def test_the_yuan_sign_never_meets_wan(fen):
    assert "¥" not in money.format_amount(fen, "zh")
    assert not set("万亿元") & set(money.format_amount(fen, "en"))


@given(st.integers(0, 10**13))
def test_what_is_written_exactly_is_read_back(fen):
    assert money.parse_amount(money.format_exact(fen)) == fen


@given(st.integers(0, 10**13))
def test_the_short_form_reads_back_within_its_rounding(fen):
    for locale in ("zh", "en"):
        assert abs(money.parse_amount(money.format_amount(fen, locale)) - fen) <= fen // 100


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1250000", 125_000_000),
        ("1,250,000.00", 125_000_000),
        ("125万", 125_000_000),
        ("125 万元", 125_000_000),
        ("1.2亿", 12_000_000_000),
        ("１２５万", 125_000_000),
        ("１，２５０，０００．５", 125_000_050),
        ("¥1.25 million", 125_000_000),
        ("￥8,500.50", 850_050),
        ("人民币5千元", 500_000),
        ("RMB 2 Billion", 200_000_000_000),
        ("+3", 300),
        (".5", 50),
        ("5.", 500),
        ("1.2300", 123),
        ("0", 0),
        (" 1000亿\u3000", 10**13),
        ("0.000001万", 1),
    ],
)
def test_amounts_as_people_type_them(text, fen):
    assert money.parse_amount(text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("-5", "negative"),
        ("－5", "negative"),
        ("¥-5", "negative"),
        ("1e5", "exponent"),
        ("1.5E+3万", "exponent"),
        ("NaN", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("一百万", "not_a_number"),
        ("10²", "not_a_number"),
        ("٣", "not_a_number"),
        ("125 美元", "not_a_number"),
        ("1.2.3", "not_a_number"),
        ("1" * 41, "not_a_number"),
        ("1,25", "grouping"),
        ("125,0000", "grouping"),
        (",125", "not_a_number"),
        ("1.234", "too_precise"),
        ("0.0000001万", "too_precise"),
        ("1000.01亿", "too_large"),
    ],
)
def test_refused_amounts_say_which_rule(text, code):
    with pytest.raises(money.AmountError) as caught:
        money.parse_amount(text)
    assert caught.value.code == code
    assert caught.value.words.zh
    assert caught.value.words.en in str(caught.value)


def test_too_large_an_amount_is_told_the_limit():
    with pytest.raises(money.AmountError) as caught:
        money.parse_amount("1001亿")
    assert caught.value.words == Words(
        "金额不能超过 1,000 亿元。请检查单位。", "The amount cannot exceed ¥100 billion. Check the unit."
    )


@given(st.text(max_size=60))
def test_any_text_is_an_amount_or_refused_with_words(text):
    try:
        fen = money.parse_amount(text)
    except money.AmountError:
        return
    assert 0 <= fen <= money.MAX_FEN


@pytest.mark.parametrize(
    ("ppm", "text"),
    [
        (38_500, "3.85%"),
        (30_000, "3.00%"),
        (38_575, "3.8575%"),
        (38_510, "3.851%"),
        (0, "0.00%"),
        (-1_500, "-0.15%"),
    ],
)
def test_rates_read_as_percentages(ppm, text):
    assert money.format_rate(ppm) == text


@pytest.mark.parametrize(
    ("ppm", "text"), [(375_000, "37.5%"), (1_000_000, "100.0%"), (-250_000, "-25.0%"), (-400, "0.0%")]
)
def test_shares_read_with_one_decimal(ppm, text):
    assert money.format_share(ppm) == text


@pytest.mark.parametrize(
    ("text", "ppm"),
    [("3.85%", 38_500), ("3.85", 38_500), ("３．８５％", 38_500), ("0.0385", 385), (" 100 % ", 1_000_000)],
)
def test_rates_as_people_type_them(text, ppm):
    assert money.parse_rate(text) == ppm


@given(st.integers(0, money.MAX_RATE_PPM))
def test_a_written_rate_is_read_back(ppm):
    assert money.parse_rate(money.format_rate(ppm)) == ppm


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("-1%", "negative"),
        ("NaN", "not_a_number"),
        ("3,85", "not_a_number"),
        ("3.85‰", "not_a_number"),
        ("1e1", "not_a_number"),
        ("0" * 41, "not_a_number"),
        ("100.01", "too_large"),
        ("3.85751", "too_precise"),
    ],
)
def test_refused_rates_say_which_rule(text, code):
    with pytest.raises(money.RateError) as caught:
        money.parse_rate(text)
    assert caught.value.code == code
