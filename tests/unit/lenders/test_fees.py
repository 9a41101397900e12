from __future__ import annotations

import json
from datetime import date

import pytest

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.pricing.fees import (
    FEE_KIND_WORDS,
    FEE_PAYER_WORDS,
    FEE_TIMING_WORDS,
    SUBSIDY_KIND_WORDS,
    FeeKind,
    FeeLine,
    FeePayer,
    FeeTiming,
    Subsidy,
    SubsidyKind,
    SubsidyMeasure,
    fee_by_month,
    interest_by_month,
    monthly_balances,
    subsidised_kind,
    subsidy_by_month,
)
from lenders.pricing.schedule import LoanTerms, RepaymentMethod, repayment_schedule


def schedule(months=12, method=RepaymentMethod.INTEREST_THEN_BULLET, interval=1):
    return repayment_schedule(LoanTerms(120_000_000, 60_000, months, method, date(2026, 1, 1), interval))


def fee(when, rate_ppm=None, sum_fen=None):
    return FeeLine(FeeKind.GUARANTEE, FeePayer.FIRM, when, rate_ppm, sum_fen)


def test_an_upfront_rate_is_of_the_amount_lent():
    assert fee_by_month(fee(FeeTiming.UPFRONT, 10_000), schedule(3)) == [1_200_000, 0, 0, 0]


def test_an_upfront_sum_is_charged_once():
    assert fee_by_month(fee(FeeTiming.UPFRONT, sum_fen=500), schedule(2)) == [500, 0, 0]


def test_a_monthly_rate_is_a_twelfth_of_the_balance_each_month():
    charges = fee_by_month(fee(FeeTiming.MONTHLY, 12_000), schedule(3, RepaymentMethod.EQUAL_PRINCIPAL))
    assert charges == [0, 120_000, 80_000, 40_000]


def test_a_monthly_sum_is_charged_each_month():
    assert fee_by_month(fee(FeeTiming.MONTHLY, sum_fen=7), schedule(3)) == [0, 7, 7, 7]


def test_an_annual_rate_is_of_the_balance_and_a_short_year_counts_by_its_months():
    charges = fee_by_month(fee(FeeTiming.ANNUAL, 10_000), schedule(18, RepaymentMethod.EQUAL_PRINCIPAL))
    assert {month: fen for month, fen in enumerate(charges) if fen} == {0: 1_200_000, 12: 200_000}


def test_an_annual_sum_is_due_for_each_year_begun():
    charges = fee_by_month(fee(FeeTiming.ANNUAL, sum_fen=9), schedule(25))
    assert [month for month, fen in enumerate(charges) if fen] == [0, 12, 24]


def test_balances_hold_between_payments():
    balances = monthly_balances(schedule(6, RepaymentMethod.EQUAL_PRINCIPAL, interval=3))
    assert balances == [120_000_000] * 3 + [60_000_000] * 3


def test_interest_falls_in_the_month_it_is_paid():
    assert interest_by_month(schedule(6, interval=3)) == [0, 0, 0, 1_800_000, 0, 0, 1_800_000]


def test_a_share_comes_back_each_month_and_never_beyond_what_is_left():
    half = Subsidy(SubsidyKind.FEE, SubsidyMeasure.SHARE, 500_000)
    assert subsidy_by_month(half, [100, 60], [100, 10], 0) == [50, 10]


def test_points_come_back_as_their_part_of_the_rate():
    points = Subsidy(SubsidyKind.INTEREST, SubsidyMeasure.POINTS, 15_000)
    assert subsidy_by_month(points, [400], [400], 60_000) == [100]


@pytest.mark.parametrize(("rate_ppm", "cost", "back"), [(10_000, 400, 400), (0, 0, 0)])
def test_points_never_exceed_the_rate(rate_ppm, cost, back):
    points = Subsidy(SubsidyKind.INTEREST, SubsidyMeasure.POINTS, 20_000)
    assert subsidy_by_month(points, [cost], [cost], rate_ppm) == [back]


def test_a_cap_holds_over_the_whole_loan():
    capped = Subsidy(SubsidyKind.FEE, SubsidyMeasure.SHARE, 500_000, most_fen=70)
    assert subsidy_by_month(capped, [100, 100, 100], [100, 100, 100], 0) == [50, 20, 0]


@pytest.mark.parametrize(
    ("rate_ppm", "sum_fen", "field"),
    [
        (None, None, "rate_ppm"),
        (1, 1, "rate_ppm"),
        (-1, None, "rate_ppm"),
        (None, -1, "sum_fen"),
        (None, 10**13 + 1, "sum_fen"),
    ],
)
def test_a_fee_is_one_rate_or_one_sum_in_range(rate_ppm, sum_fen, field):
    with pytest.raises(InvalidInput) as caught:
        fee(FeeTiming.ANNUAL, rate_ppm, sum_fen)
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    ("kind", "measure", "ppm", "most", "field"),
    [
        (SubsidyKind.FEE, SubsidyMeasure.POINTS, 1, None, "measure"),
        (SubsidyKind.FEE, SubsidyMeasure.SHARE, 1_000_001, None, "ppm"),
        (SubsidyKind.FEE, SubsidyMeasure.SHARE, 1, -1, "most_fen"),
    ],
)
def test_a_subsidy_out_of_range_names_its_field(kind, measure, ppm, most, field):
    with pytest.raises(InvalidInput) as caught:
        Subsidy(kind, measure, ppm, most)
    assert list(caught.value.fields) == [field]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            fee(FeeTiming.ANNUAL, 10_000),
            Words("担保费 1.00%，按年收取，企业承担", "Guarantee fee 1.00%, yearly; paid by the firm"),
        ),
        (
            FeeLine(FeeKind.VALUATION, FeePayer.LENDER, FeeTiming.UPFRONT, sum_fen=300_000),
            Words(
                "评估费 3,000 元，放款时一次性收取，金融机构承担",
                "Valuation fee ¥3,000, once, when the loan is paid out; paid by the lender",
            ),
        ),
    ],
)
def test_a_fee_reads_in_one_phrase_and_survives_json(line, words):
    assert line.describe() == words
    assert FeeLine.from_json(json.loads(json.dumps(line.as_json()))) == line


@pytest.mark.parametrize(
    ("subsidy", "words"),
    [
        (
            Subsidy(SubsidyKind.PREMIUM, SubsidyMeasure.SHARE, 700_000, 5_000_000),
            Words("保费补贴 70.00%，最高 5 万元", "Premium subsidy 70.00% of it, up to ¥50,000"),
        ),
        (
            Subsidy(SubsidyKind.INTEREST, SubsidyMeasure.POINTS, 10_000),
            Words("贴息 1.00 个百分点", "Interest subsidy 1.00 percentage points"),
        ),
    ],
)
def test_a_subsidy_reads_in_one_phrase_and_survives_json(subsidy, words):
    assert subsidy.describe() == words
    assert Subsidy.from_json(json.loads(json.dumps(subsidy.as_json()))) == subsidy


def test_only_insurance_is_borne_by_a_premium_subsidy():
    assert {kind for kind in FeeKind if subsidised_kind(kind) is SubsidyKind.PREMIUM} == {FeeKind.INSURANCE}


def test_every_enumeration_has_words():
    assert set(FEE_KIND_WORDS) == set(FeeKind)
    assert set(FEE_PAYER_WORDS) == set(FeePayer)
    assert set(FEE_TIMING_WORDS) == set(FeeTiming)
    assert set(SUBSIDY_KIND_WORDS) == set(SubsidyKind)
