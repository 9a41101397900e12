from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from lenders.pricing.apr import monthly_irr, product_cost, true_cost
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming, Subsidy, SubsidyKind, SubsidyMeasure
from lenders.pricing.rates import UNPUBLISHED, LprTerm, RateStructure
from lenders.pricing.schedule import DayCount, LoanTerms, RepaymentMethod

TODAY = date(2026, 11, 23)
LOAN = LoanTerms(100_000_000, 60_000, 12, RepaymentMethod.EQUAL_INSTALMENT, TODAY)
MONTHLY = [
    RepaymentMethod.EQUAL_INSTALMENT,
    RepaymentMethod.EQUAL_PRINCIPAL,
    RepaymentMethod.INTEREST_THEN_BULLET,
    RepaymentMethod.REVOLVING,
]


def guarantee(rate_ppm, when=FeeTiming.UPFRONT, payer=FeePayer.FIRM):
    return FeeLine(FeeKind.GUARANTEE, payer, when, rate_ppm=rate_ppm)


@given(st.sampled_from(MONTHLY), st.integers(0, 360_000), st.integers(1, 120), st.integers(10**8, 10**12))
def test_without_fees_the_cost_is_the_contract_rate(method, rate, months, principal):
    cost = true_cost(LoanTerms(principal, rate, months, method, TODAY))
    assert cost.monthly_rate * 12 == pytest.approx(rate / 1_000_000, abs=1e-6)
    assert cost.received_fen == principal
    assert cost.total_fen == cost.interest_fen


@given(
    st.builds(
        replace,
        st.just(LOAN),
        method=st.sampled_from(RepaymentMethod),
        day_count=st.sampled_from(DayCount),
        term_months=st.integers(1, 60),
    ),
    st.sampled_from(FeeTiming),
    st.integers(0, 100_000),
    st.integers(1, 50_000),
)
def test_a_higher_fee_is_a_higher_cost(terms, when, fee, more):
    assert (
        true_cost(terms, [guarantee(fee, when)]).monthly_rate
        < true_cost(terms, [guarantee(fee + more, when)]).monthly_rate
    )


@given(st.integers(0, 1_000_000), st.integers(0, 1_000_000))
def test_a_higher_subsidy_is_never_a_higher_cost(one, other):
    costs = [
        true_cost(
            LOAN, [guarantee(20_000)], [Subsidy(SubsidyKind.FEE, SubsidyMeasure.SHARE, ppm)]
        ).nominal_ppm
        for ppm in sorted((one, other))
    ]
    assert costs[0] >= costs[1]


@given(st.sampled_from(RepaymentMethod), st.integers(0, 500_000), st.integers(0, 500_000), st.integers(1, 36))
def test_the_rate_makes_the_payments_worth_what_was_received(method, rate, fee, months):
    cost = true_cost(replace(LOAN, method=method, rate_ppm=rate, term_months=months), [guarantee(fee)])
    discount = 1 / (1 + cost.monthly_rate)
    worth = sum(row.payment_fen * discount**row.month for row in cost.schedule.instalments)
    assert worth == pytest.approx(cost.received_fen, rel=1e-9)


def test_a_worked_example_with_an_upfront_fee():
    # 1,000,000 yuan at 6% for a year in equal instalments of 86,066.43; 2% taken at once, so 980,000 received.
    cost = true_cost(LOAN, [guarantee(20_000)])
    assert cost.received_fen == 98_000_000
    assert cost.nominal_ppm == 98_000
    assert cost.effective_ppm == 102_524
    assert cost.fees == ((guarantee(20_000), 2_000_000),)
    assert cost.total_fen == cost.interest_fen + 2_000_000


def test_a_bullet_costs_its_rate_compounded_and_less_when_simple():
    cost = true_cost(replace(LOAN, method=RepaymentMethod.BULLET))
    assert cost.effective_ppm == 60_000
    assert cost.nominal_ppm == 58_411


def test_fees_that_others_pay_cost_the_firm_nothing():
    others = [guarantee(20_000, payer=FeePayer.LENDER), guarantee(20_000, payer=FeePayer.GOVERNMENT)]
    cost = true_cost(LOAN, others)
    assert cost.nominal_ppm == 60_000
    assert cost.fees == ()


def test_a_full_fee_subsidy_leaves_the_contract_rate():
    cost = true_cost(LOAN, [guarantee(20_000)], [Subsidy(SubsidyKind.FEE, SubsidyMeasure.SHARE, 1_000_000)])
    assert cost.nominal_ppm == 60_000
    assert cost.subsidies[0][1] == 2_000_000


def test_a_premium_subsidy_bears_no_guarantee_fee():
    subsidy = Subsidy(SubsidyKind.PREMIUM, SubsidyMeasure.SHARE, 1_000_000)
    assert true_cost(LOAN, [guarantee(20_000)], [subsidy]).subsidies == ((subsidy, 0),)


def test_interest_points_lower_the_cost_by_as_much():
    cost = true_cost(LOAN, (), [Subsidy(SubsidyKind.INTEREST, SubsidyMeasure.POINTS, 20_000)])
    assert cost.nominal_ppm == pytest.approx(40_000, abs=400)


def test_subsidies_together_never_exceed_the_cost():
    twice = [Subsidy(SubsidyKind.INTEREST, SubsidyMeasure.SHARE, 800_000)] * 2
    cost = true_cost(LOAN, (), twice)
    assert cost.nominal_ppm == 0
    assert sum(fen for _, fen in cost.subsidies) == cost.interest_fen
    assert cost.total_fen == 0


def test_fees_that_eat_the_loan_are_refused():
    with pytest.raises(InvalidInput) as caught:
        true_cost(LOAN, [guarantee(600_000), guarantee(400_000)])
    assert "fees" in caught.value.fields


@pytest.mark.parametrize(("received", "payments"), [(0, [1]), (-1, [1]), (100, [99]), (1, [])])
def test_no_rate_without_money_received_and_paid_back(received, payments):
    with pytest.raises(ValueError, match="received"):
        monthly_irr(received, payments)


def test_an_extreme_rate_is_found():
    assert monthly_irr(1, [0] * 599 + [10**13]) == pytest.approx(10 ** (13 / 600) - 1)


def test_a_range_counts_by_its_upper_end():
    cost = product_cost(RateStructure.between(34_500, 43_500), TODAY, LOAN)
    assert cost.apr_ppm == 43_500
    assert cost.describe() == Words("3.45%–4.35%", "3.45%–4.35%")


def test_a_fixed_rate_has_one_cost():
    cost = product_cost(RateStructure.fixed(38_500), TODAY, LOAN)
    assert cost.low is cost.high
    assert cost.describe() == Words("3.85%", "3.85%")


def test_an_lpr_spread_costs_what_it_comes_to_on_the_date():
    spread = RateStructure.over_lpr(LprTerm.ONE_YEAR, 35, 35)
    assert product_cost(spread, TODAY, LOAN).apr_ppm == 33_500
    assert product_cost(spread, date(2024, 10, 20), LOAN).apr_ppm == 37_000


def test_only_an_upper_end_is_said_as_one():
    assert product_cost(RateStructure.between(None, 43_500), TODAY, LOAN).describe().zh == "不超过 4.35%"


@pytest.mark.parametrize("rate", [RateStructure.unpublished(), RateStructure.between(34_500, None)])
def test_a_rate_without_a_published_upper_end_has_no_apr(rate):
    cost = product_cost(rate, TODAY, LOAN, [guarantee(10_000)])
    assert cost.apr_ppm is None
    assert cost.describe() is UNPUBLISHED
