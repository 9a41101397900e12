"""Reading facts from the cells of a file."""

from datetime import date

import pytest

from creditbridge.facts.catalogue import catalogue
from creditbridge.facts.typed import value_from_text
from creditbridge.facts.values import ValueProblem


@pytest.mark.parametrize(
    ("code", "text", "value"),
    [
        ("platform_score", "712", 712),
        ("platform_score", "1,712", 1712),
        ("platform_grade", "a", "A"),
        ("annual_revenue", "1250000", 1_250_000_00),
        ("annual_revenue", "125万元", 1_250_000_00),
        ("net_profit", "-3000", -3000_00),
        ("debt_asset_ratio", "37.5%", 375_000),
        ("revenue_growth", "-5", -50_000),
        ("overdue_now", "否", False),
        ("overdue_now", "TRUE", True),
        ("established_on", "2015年3月1日", date(2015, 3, 1)),
        ("tech_certifications", "无", frozenset()),
        ("industry", "C", "C"),
    ],
)
def test_a_cell_is_read_by_the_type_of_its_fact(code, text, value):
    assert value_from_text(catalogue()[code], text) == value


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("platform_score", "七百"),
        ("platform_score", "7e2"),
        ("platform_score", "9" * 40),
        ("platform_grade", "A+"),
        ("annual_revenue", "很多"),
        ("overdue_now", "也许"),
        ("established_on", "2015-13-01"),
        ("industry", "不存在的行业"),
        ("registered_region", "鼓楼区"),
        ("tech_certifications", "不存在"),
    ],
)
def test_a_cell_that_states_no_such_value_is_a_problem(code, text):
    with pytest.raises(ValueProblem):
        value_from_text(catalogue()[code], text)
