from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.registry import industries, sizes
from creditbridge.registry.sizes import Size, classify

WAN = 1_000_000
EVERY_CLASS = [size_class for standard in sizes._standards() for size_class in standard.classes]


@pytest.mark.parametrize(
    ("revenue", "employees", "size"),
    [
        (40_000, 1000, Size.LARGE),
        (39_999, 1000, Size.MEDIUM),
        (40_000, 999, Size.MEDIUM),
        (2_000, 300, Size.MEDIUM),
        (1_999, 300, Size.SMALL),
        (2_000, 299, Size.SMALL),
        (300, 20, Size.SMALL),
        (299, 20, Size.MICRO),
        (300, 19, Size.MICRO),
        (0, 0, Size.MICRO),
    ],
)
def test_industry_is_sized_by_revenue_and_staff(revenue: int, employees: int, size: Size):
    assert classify("C17", revenue * WAN, employees, None).size is size


def test_one_fen_below_the_bound_is_below_it():
    assert classify("17", 2_000 * WAN - 1, 300, None).size is Size.SMALL


@pytest.mark.parametrize("size_class", EVERY_CLASS, ids=lambda each: each.name.zh)
@pytest.mark.parametrize("size", [Size.LARGE, Size.MEDIUM, Size.SMALL])
def test_every_class_holds_its_bounds_and_falls_below_each(size_class: sizes._SizeClass, size: Size):
    bounds = size_class.bounds[size]
    at_bounds = {metric: bounds.get(metric, sizes._UNBOUNDED) for metric in size_class.metrics()}
    assert size_class.size(at_bounds) is size
    for metric, bound in bounds.items():
        assert size_class.size({**at_bounds, metric: bound - 1}) is not size


def test_there_are_16_classes():
    assert [each.code for each in EVERY_CLASS] == [f"{n:02d}" for n in range(1, 17)]


def test_every_division_has_a_class_or_is_declared_to_have_none():
    standard = sizes._standards()[0]
    scopes = [scope for each in standard.classes for scope in each.industries] + list(standard.not_covered)
    for division in industries.divisions():
        assert any(
            industries.is_within(division.code, s) or industries.is_within(s, division.code) for s in scopes
        )


@pytest.mark.parametrize(
    ("industry", "code"),
    [
        ("A", "01"),
        ("4710", "03"),
        ("51", "04"),
        ("5212", "05"),
        ("591", "06"),
        ("5941", "07"),
        ("7010", "13"),
        ("7020", "14"),
        ("72", "15"),
        ("85", "16"),
    ],
)
def test_an_industry_falls_in_its_class(industry: str, code: str):
    assert classify(industry, 0, 0, 0).size_class == code


def test_a_missing_figure_that_could_change_the_size_leaves_it_open():
    verdict = classify("17", 5_000 * WAN, None, None)
    assert (verdict.size, verdict.missing) == (None, ("employees",))
    assert verdict.basis.zh == "缺少从业人员，暂不能划型。"


def test_a_missing_figure_that_cannot_change_the_size_does_not_matter():
    assert classify("17", 299 * WAN, None, None).size is Size.MICRO


def test_without_an_industry_there_is_no_size():
    verdict = classify(None, 1, 1, 1)
    assert (verdict.size, verdict.missing) == (None, ("industry",))


@pytest.mark.parametrize("industry", ["66", "J", "53", "83", "84", "704", "S"])
def test_an_industry_outside_the_standard_has_no_size(industry: str):
    verdict = classify(industry, 10 * WAN, 10, 10 * WAN)
    assert verdict.size is None
    assert verdict.missing == ()


def test_a_section_is_sized_when_all_its_classes_agree():
    assert classify("F", 50_000 * WAN, 400, None).size is Size.LARGE


@pytest.mark.parametrize("industry", ["F", "70", "G", "59"])
def test_a_code_too_coarse_for_its_class_asks_for_a_finer_one(industry: str):
    assert "industry" in classify(industry, 2_000 * WAN, 150, 700 * WAN).missing


def test_before_the_standard_there_is_no_size():
    assert classify("17", 1, 1, 1, on=date(2011, 6, 17)).size is None
    assert classify("17", 1, 1, 1, on=date(2011, 6, 18)).size is Size.MICRO


ORDER = [Size.MICRO, Size.SMALL, Size.MEDIUM, Size.LARGE]
FIGURES = st.integers(0, 300_000)


@given(
    st.sampled_from(EVERY_CLASS),
    FIGURES,
    FIGURES,
    FIGURES,
    st.sampled_from(["revenue", "employees", "assets"]),
)
def test_more_of_anything_never_makes_a_firm_smaller(
    size_class: sizes._SizeClass, revenue: int, employees: int, assets: int, grows: str
):
    figures = {"revenue": revenue * WAN, "employees": employees, "assets": assets * WAN}
    larger = {**figures, grows: figures[grows] * 2 + 1}
    assert ORDER.index(size_class.size(larger)) >= ORDER.index(size_class.size(figures))
