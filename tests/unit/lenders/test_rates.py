from __future__ import annotations

import json
from datetime import date
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.pricing.rates import (
    LPR_TERM_WORDS,
    RATE_KIND_WORDS,
    UNPUBLISHED,
    LprTerm,
    RateBounds,
    RateKind,
    RateStructure,
    lpr_checked_through,
    lpr_on,
)

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("on", "one_year", "five_year"),
    [
        (date(2019, 8, 20), 42_500, 48_500),
        (date(2024, 2, 19), 34_500, 42_000),
        (date(2024, 2, 20), 34_500, 39_500),
        (date(2024, 7, 22), 33_500, 38_500),
        (date(2025, 5, 19), 31_000, 36_000),
        (date(2025, 5, 20), 30_000, 35_000),
        (TODAY, 30_000, 35_000),
    ],
)
def test_lpr_holds_from_its_publication(on, one_year, five_year):
    assert lpr_on(LprTerm.ONE_YEAR, on).ppm == one_year
    assert lpr_on(LprTerm.FIVE_YEAR, on).ppm == five_year


def test_lpr_tells_when_it_was_published():
    assert lpr_on(LprTerm.ONE_YEAR, date(2025, 1, 1)).published_on == date(2024, 10, 21)


def test_there_is_no_lpr_before_its_reform():
    with pytest.raises(LookupError):
        lpr_on(LprTerm.ONE_YEAR, date(2019, 8, 19))


def test_the_table_tells_how_far_it_was_checked():
    assert lpr_checked_through() >= lpr_on(LprTerm.ONE_YEAR, TODAY).published_on


def test_lpr_rows_are_in_order_and_each_a_change():
    values = json.loads((files("lenders.pricing") / "data" / "lpr.json").read_text(encoding="utf-8"))[
        "values"
    ]
    for before, after in pairwise(values):
        assert before["from"] < after["from"]
        assert (before["one_year"], before["five_year"]) != (after["one_year"], after["five_year"])


@pytest.mark.parametrize(
    ("rate", "low", "high", "zh", "en"),
    [
        (RateStructure.fixed(38_500), 38_500, 38_500, "3.85%", "3.85%"),
        (RateStructure.between(34_500, 43_500), 34_500, 43_500, "3.45%–4.35%", "3.45%–4.35%"),
        (RateStructure.between(34_500, None), 34_500, None, "3.45% 起", "from 3.45%"),
        (RateStructure.between(None, 43_500), None, 43_500, "不超过 4.35%", "up to 4.35%"),
        (RateStructure.between(0, None), 0, None, "0.00% 起", "from 0.00%"),
        (RateStructure.unpublished(), None, None, "以银行审批为准", "As approved by the bank"),
        (
            RateStructure.over_lpr(LprTerm.ONE_YEAR, 35, 35),
            33_500,
            33_500,
            "1 年期 LPR +35 个基点（目前：3.35%）",
            "1-year LPR +35 bp (now 3.35%)",
        ),
        (
            RateStructure.over_lpr(LprTerm.FIVE_YEAR, -20, 50),
            33_000,
            40_000,
            "5 年期以上 LPR -20 至 +50 个基点（目前：3.30%–4.00%）",
            "over-5-year LPR -20 to +50 bp (now 3.30%–4.00%)",
        ),
        (
            RateStructure.over_lpr(LprTerm.ONE_YEAR, 20, None),
            32_000,
            None,
            "不低于 1 年期 LPR +20 个基点（目前：3.20% 起）",
            "at least 1-year LPR +20 bp (now from 3.20%)",
        ),
        (
            RateStructure.over_lpr(LprTerm.ONE_YEAR, None, 150),
            None,
            45_000,
            "不高于 1 年期 LPR +150 个基点（目前：不超过 4.50%）",
            "at most 1-year LPR +150 bp (now up to 4.50%)",
        ),
        (
            RateStructure.over_lpr(LprTerm.ONE_YEAR, -400, 0),
            0,
            30_000,
            "1 年期 LPR -400 至 +0 个基点（目前：0.00%–3.00%）",
            "1-year LPR -400 to +0 bp (now 0.00%–3.00%)",
        ),
    ],
)
def test_each_structure_has_bounds_and_reads_in_one_phrase(rate, low, high, zh, en):
    assert rate.bounds(TODAY) == RateBounds(low, high)
    assert rate.describe(TODAY) == Words(zh, en)
    assert RateStructure.from_json(json.loads(json.dumps(rate.as_json()))) == rate


@pytest.mark.parametrize(
    ("parts", "fields"),
    [
        ({"kind": RateKind.FIXED}, {"min_ppm"}),
        ({"kind": RateKind.FIXED, "min_ppm": 1, "max_ppm": 2}, {"max_ppm"}),
        ({"kind": RateKind.FIXED, "min_ppm": 1}, {"max_ppm"}),
        ({"kind": RateKind.FIXED, "min_ppm": -1, "max_ppm": -1}, {"min_ppm", "max_ppm"}),
        ({"kind": RateKind.RANGE}, {"min_ppm"}),
        ({"kind": RateKind.RANGE, "min_ppm": 2, "max_ppm": 1}, {"min_ppm"}),
        ({"kind": RateKind.RANGE, "max_ppm": 1_000_001}, {"max_ppm"}),
        ({"kind": RateKind.RANGE, "min_ppm": 1, "min_spread_bp": 3}, {"min_spread_bp"}),
        ({"kind": RateKind.LPR_SPREAD, "min_spread_bp": 3}, {"lpr_term"}),
        ({"kind": RateKind.LPR_SPREAD, "lpr_term": LprTerm.ONE_YEAR}, {"min_spread_bp"}),
        (
            {"kind": RateKind.LPR_SPREAD, "lpr_term": LprTerm.ONE_YEAR, "min_spread_bp": -10_001},
            {"min_spread_bp"},
        ),
        ({"kind": RateKind.UNPUBLISHED, "lpr_term": LprTerm.ONE_YEAR, "max_ppm": 1}, {"lpr_term", "max_ppm"}),
    ],
)
def test_parts_that_do_not_fit_name_their_fields(parts, fields):
    with pytest.raises(InvalidInput) as caught:
        RateStructure(**parts)
    assert set(caught.value.fields) == fields


@given(
    st.integers(-10_000, 10_000), st.integers(-10_000, 10_000), st.dates(date(2019, 8, 20), date(2040, 1, 1))
)
def test_a_higher_spread_is_never_a_lower_rate(one, other, on):
    bounds = RateStructure.over_lpr(LprTerm.ONE_YEAR, min(one, other), max(one, other)).bounds(on)
    assert 0 <= bounds.low_ppm <= bounds.high_ppm


def test_every_kind_and_term_has_words():
    assert set(RATE_KIND_WORDS) == set(RateKind)
    assert set(LPR_TERM_WORDS) == set(LprTerm)
    assert UNPUBLISHED.zh == "以银行审批为准"
