from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.values import (
    ALL,
    ANY,
    ValueProblem,
    age_in_years,
    join_words,
    say_codes,
    say_exact_amount,
    say_value,
    spaced,
    value_from_json,
    value_to_json,
)
from creditbridge.kernel.words import Words
from tests.fact_strategies import every_fact, stored_value

ON = date(2026, 3, 1)


@given(st.data())
def test_every_value_of_every_fact_survives_the_round_trip(data):
    fact = catalogue()[data.draw(st.sampled_from(every_fact()))]
    value = data.draw(stored_value(fact))
    assert value_from_json(fact, value_to_json(value)) == value


@given(st.data())
def test_every_value_can_be_said(data):
    fact = catalogue()[data.draw(st.sampled_from(every_fact()))]
    said = say_value(fact, data.draw(stored_value(fact)), ON)
    assert said.zh
    assert said.en


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("annual_revenue", "100"),
        ("annual_revenue", True),
        ("annual_revenue", 1.0),
        ("annual_revenue", 10**14),
        ("employees", -1),
        ("owns_ip", 1),
        ("owns_ip", None),
        ("established_on", "2026-13-01"),
        ("established_on", 2026),
        ("firm_size", "tiny"),
        ("firm_size", ["small"]),
        ("platform_grade", "F"),
        ("tech_certifications", "gazelle"),
        ("tech_certifications", ["gazelle", "gazelle"]),
        ("tech_certifications", ["nonsense"]),
        ("tech_certifications", [1]),
        ("labels", ["Not A Code"]),
        ("registered_region", "000000"),
        ("registered_region", 320581),
        ("industry", "Z9"),
    ],
)
def test_a_value_of_another_type_is_refused(code, wrong):
    with pytest.raises(ValueProblem) as refused:
        value_from_json(catalogue()[code], wrong)
    assert refused.value.words.zh


def test_codes_of_regions_and_industries_are_stored_in_one_form():
    assert value_from_json(catalogue()["registered_region"], "32") == "320000"
    assert value_from_json(catalogue()["industry"], "C1711") == "1711"


@pytest.mark.parametrize(
    ("since", "on", "years"),
    [
        (date(2024, 1, 1), date(2026, 1, 1), 2),
        (date(2024, 1, 2), date(2026, 1, 1), 1),
        (date(2024, 2, 29), date(2025, 2, 28), 0),
        (date(2024, 2, 29), date(2025, 3, 1), 1),
        (date(2024, 2, 29), date(2028, 2, 29), 4),
        (date(2026, 1, 1), date(2026, 1, 1), 0),
    ],
)
def test_an_age_counts_completed_years(since, on, years):
    assert age_in_years(since, on) == years


@pytest.mark.parametrize(
    ("code", "value", "zh", "en"),
    [
        ("annual_revenue", 125_000_000, "125 万元", "¥1.25 million"),
        ("annual_revenue", 40_300_000_000, "4.03 亿元", "¥403 million"),
        ("annual_revenue", 123_456_789_01, "¥123,456,789.01", "¥123,456,789.01"),
        ("net_profit", -125_000_000, "-125 万元", "-¥1.25 million"),
        ("new_hire_ratio", 150_000, "15%", "15%"),
        ("revenue_growth", -12_345, "-1.2345%", "-1.2345%"),
        ("employees", 100, "100 人", "100 people"),
        ("established_on", date(2020, 3, 2), "5 年", "5 years"),
        ("owner_age", date(1980, 3, 1), "46 周岁", "46"),
        ("platform_grade", "B", "B 级", "B"),
        ("firm_size", "small", "小型企业", "small"),
        ("owns_ip", True, "拥有自主知识产权", "The firm owns intellectual property"),
        ("owns_ip", False, "没有自主知识产权", "The firm owns no intellectual property"),
        ("registered_region", "320581", "常熟市", "Changshu"),
        ("ip_kinds", frozenset({"patent", "trademark"}), "专利和商标", "patent and trademark"),
        ("ip_kinds", frozenset(), "无", "none"),
        ("labels", frozenset({"old_brand"}), "old_brand", "old_brand"),
    ],
)
def test_values_are_said_as_people_read_them(code, value, zh, en):
    assert say_value(catalogue()[code], value, ON) == Words(zh, en)


def test_a_date_of_birth_is_never_told():
    assert "1980" not in say_value(catalogue()["owner_age"], date(1980, 3, 1), ON).zh


def test_a_rounded_amount_is_said_to_the_fen():
    assert say_exact_amount(124_999_999).zh == "¥1,249,999.99"


def test_a_named_set_of_industries_is_said_by_its_name():
    assert say_codes(catalogue()["industry"], ["C"], ANY) == Words("制造业", "“Manufacturing”")


def test_a_long_list_ends_with_its_count():
    codes = ["17", "18", "19", "20", "21", "22", "23"]
    assert spaced(say_codes(catalogue()["industry"], codes, ANY)).zh.endswith("等 7 项")


def test_parts_are_joined_as_the_language_does():
    parts = [Words("甲", "A"), Words("乙", "B"), Words("丙", "C")]
    assert join_words(parts, ANY) == Words("甲、乙或丙", "A, B or C")
    assert join_words(parts, ALL) == Words("甲、乙和丙", "A, B and C")
    assert join_words(parts[:1], ALL) == parts[0]


def test_chinese_is_spaced_around_letters_and_digits():
    assert spaced(Words("满2年且A级，15%的", "x")).zh == "满 2 年且 A 级，15% 的"
