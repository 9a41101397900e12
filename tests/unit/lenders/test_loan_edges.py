"""The ends of what is allowed, and days of thirty, where a loan runs, is overdue, or revolves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditbridge.kernel.dates import MonthEnd
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import MAX_FEN, MAX_RATE_PPM
from lenders.pricing.apr import product_cost, true_cost
from lenders.pricing.fees import FeeKind, FeeLine, FeePayer, FeeTiming, Subsidy, SubsidyKind, SubsidyMeasure
from lenders.pricing.overdue import Owed, Part, PenaltyPolicy, allocate, is_overdue, penalty_interest
from lenders.pricing.rates import RateStructure
from lenders.pricing.revolving import Movement, Settlement, settlements
from lenders.pricing.running import (
    MAX_TERM_MONTHS,
    Extension,
    Keep,
    Prepayment,
    RateChange,
    RowKind,
    accrued_interest,
    end_of,
    running_schedule,
)
from lenders.pricing.schedule import (
    DayCount,
    LoanTerms,
    RepaymentMethod,
    Rounding,
    RoundingMode,
    repayment_schedule,
)

START = date(2026, 1, 1)
FIRST = RepaymentMethod.INTEREST_THEN_BULLET


def terms(method=RepaymentMethod.EQUAL_INSTALMENT, **changed):
    usual = {"principal_fen": 12_000_000, "rate_ppm": 60_000, "term_months": 12, "start": START}
    return LoanTerms(method=method, **usual | changed)


def refusal(use, *arguments, **values):
    with pytest.raises(InvalidInput) as caught:
        use(*arguments, **values)
    return caught.value


# ---- overdue ----


def test_the_ends_of_a_penalty_policy():
    policy = PenaltyPolicy(surcharge_ppm=1_000_000, grace_days=90)
    assert policy.rate_ppm(60_000) == 120_000
    assert PenaltyPolicy(surcharge_ppm=0, grace_days=0).rate_ppm(60_000) == 60_000
    error = refusal(PenaltyPolicy, grace_days=91, surcharge_ppm=1_000_001, day_count=DayCount.THIRTY_360)
    assert set(error.fields) == {"grace_days", "surcharge_ppm", "day_count"}
    assert "90" in error.fields["grace_days"][0].zh
    assert refusal(PenaltyPolicy, grace_days=-1).fields.keys() == {"grace_days"}


def test_interest_bears_no_penalty_unless_it_compounds():
    owed = Owed(interest_fen=1_000_000)
    values = {"since": date(2026, 1, 1), "on": date(2036, 1, 1)}
    assert penalty_interest(owed, 360_000, policy=PenaltyPolicy(compound=False), **values) == 0
    assert (
        penalty_interest(owed, 360_000, policy=PenaltyPolicy(), **values) == 5_478_000
    )  # 54% for 3 652 of 360 days


def test_days_of_grace_run_from_the_due_date_where_a_payment_moved_the_beginning():
    policy, owed = PenaltyPolicy(grace_days=3), Owed(principal_fen=12_000_000)
    due, since = date(2026, 3, 1), date(2026, 3, 4)
    assert penalty_interest(owed, 60_000, since=since, on=date(2026, 3, 5), policy=policy, due=due) == 3_000
    assert penalty_interest(owed, 60_000, since=since, on=date(2026, 3, 5), policy=policy) == 0
    assert penalty_interest(owed, 60_000, since=since, on=since, policy=policy, due=due) == 0
    assert penalty_interest(owed, 60_000, since=since, on=due, policy=policy, due=due) == 0
    assert is_overdue(due, date(2026, 3, 5), policy)
    assert not is_overdue(due, date(2026, 3, 4), policy)


def test_a_payment_may_be_one_fen_or_all_that_is_owed():
    owed = Owed(1, 2, 3)
    assert allocate(1, owed) == Owed(1, 0, 0)
    assert allocate(6, owed) == owed
    assert allocate(MAX_FEN, Owed(principal_fen=MAX_FEN)) == Owed(principal_fen=MAX_FEN)
    assert allocate(4, owed, (Part.INTEREST, Part.PRINCIPAL, Part.PENALTY)) == Owed(0, 2, 2)
    assert owed.total_fen == 6
    assert [owed.of(part) for part in (Part.PENALTY, Part.INTEREST, Part.PRINCIPAL)] == [1, 2, 3]


def test_a_payment_that_cannot_be_names_its_field_and_says_why():
    too_much = refusal(allocate, 7, Owed(1, 2, 3))
    assert (list(too_much.fields), too_much.code) == (["amount_fen"], "more_than_owed")
    assert too_much.words.en == "This is more than is owed."
    for fen in (0, MAX_FEN + 1):
        assert list(refusal(allocate, fen, Owed(principal_fen=2 * MAX_FEN)).fields) == ["amount_fen"]


# ---- drawn and repaid as needed ----


def revolve(moves, rates=((START, 36_000),), dues=(date(2026, 2, 1),), limit=10_000_000, **values):
    return settlements(
        [Movement(on, fen) for on, fen in moves],
        [RateChange(on, ppm) for on, ppm in rates],
        list(dues),
        limit_fen=limit,
        **values,
    )


def test_months_of_thirty_days_on_a_revolving_line():
    found = revolve(
        [(START, 10_000_000), (date(2026, 1, 31), -4_000_000)],
        dues=(date(2026, 1, 21), date(2026, 3, 1)),
        day_count=DayCount.THIRTY_360,
    )
    # 20 days; then 9 days (the 31st is the 30th), and 31 days of 6 million.
    assert found == (
        Settlement(date(2026, 1, 21), 20_000, 10_000_000),
        Settlement(date(2026, 3, 1), 9_000 + 18_600, 6_000_000),
    )


def test_the_31st_adds_no_day_of_thirty():
    found = revolve(
        [(date(2026, 1, 30), 10_000_000), (date(2026, 1, 31), -10_000_000)],
        rates=((date(2026, 1, 30), 1_000_000),),
        day_count=DayCount.THIRTY_360,
    )
    assert found == (Settlement(date(2026, 2, 1), 0, 0),)


def test_what_is_repaid_on_the_day_of_settlement_is_gone_after_it():
    found = revolve([(START, 10_000_000), (date(2026, 2, 1), -10_000_000)])
    assert found == (Settlement(date(2026, 2, 1), 31_000, 0),)
    late = revolve([(START, 5), (date(2026, 2, 1), 7)], dues=(date(2026, 2, 1), date(2026, 3, 1)))
    assert [row.balance_fen for row in late] == [12, 12]


def test_a_rate_from_the_day_of_the_first_movement_on_and_from_later_days():
    moves = [(date(2026, 1, 2), 10_000_000)]
    rates = ((START, 0), (date(2026, 1, 2), 36_000), (date(2026, 1, 12), 72_000), (date(2026, 4, 1), 5))
    assert revolve(moves, rates=rates)[0].interest_fen == 10_000 + 40_000
    assert revolve(moves, rates=rates[::-1])[0].interest_fen == 50_000
    assert revolve(moves, rates=((START, MAX_RATE_PPM),))[0].interest_fen == 833_333
    assert revolve(moves, rates=((START, 0),))[0].interest_fen == 0
    assert revolve(moves, rates=((START, 1),))[0].interest_fen == 1


def test_interest_is_rounded_as_the_contract_says():
    moves = [(START, 150)]
    assert revolve(moves, rates=((START, 120_000),))[0].interest_fen == 2  # 1.55 fen
    down = revolve(moves, rates=((START, 120_000),), rounding=Rounding(RoundingMode.DOWN))
    assert down[0].interest_fen == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"moves": []}, "movements"),
        ({"moves": [(START, 0)]}, "movements"),
        ({"moves": [(START, MAX_FEN + 1)], "limit": 10 * MAX_FEN}, "movements"),
        ({"moves": [(START, 5), (date(2026, 1, 2), -6)]}, "movements"),
        ({"moves": [(START, 5)], "limit": 4}, "movements"),
        ({"moves": [(START, 5)], "dues": ()}, "dues"),
        ({"moves": [(START, 5)], "dues": (START,)}, "dues"),
        ({"moves": [(START, 5)], "dues": (date(2026, 3, 1), date(2026, 2, 1))}, "dues"),
        ({"moves": [(START, 5)], "dues": (date(2026, 2, 1), date(2026, 2, 1))}, "dues"),
        ({"moves": [(START, 5), (date(2026, 2, 2), 5)]}, "dues"),
        ({"moves": [(START, 5)], "rates": ()}, "rates"),
        ({"moves": [(START, 5)], "rates": ((date(2026, 1, 2), 5),)}, "rates"),
        ({"moves": [(START, 5)], "rates": ((START, -1),)}, "rates"),
        ({"moves": [(START, 5)], "rates": ((START, MAX_RATE_PPM + 1),)}, "rates"),
    ],
)
def test_a_revolving_line_that_cannot_be_names_its_field(asked, field):
    assert list(refusal(revolve, **asked).fields) == [field]


def test_the_ends_of_a_revolving_line():
    assert revolve([(START, 4)], limit=4)[0].balance_fen == 4
    assert revolve([(START, MAX_FEN)], limit=MAX_FEN)[0].balance_fen == MAX_FEN
    assert revolve([(START, 9), (START, -9)], limit=0)[0] == Settlement(date(2026, 2, 1), 0, 0)
    assert revolve([(START, 9), (date(2026, 1, 2), -9)], limit=9)[0].balance_fen == 0


# ---- while it runs ----


def test_interest_accrues_by_days_of_thirty_where_the_contract_counts_them():
    loan = terms(FIRST)
    assert accrued_interest(loan, (), date(2026, 1, 16)) == (12_000_000, 30_000)
    assert accrued_interest(loan, (), date(2026, 1, 31)) == (12_000_000, 58_000)
    late = terms(FIRST, start=date(2026, 1, 30), rate_ppm=1_000_000)
    assert accrued_interest(late, (), date(2026, 1, 31)) == (12_000_000, 0)
    assert accrued_interest(late, (), date(2026, 2, 1)) == (12_000_000, 33_333)


def test_interest_accrues_from_the_last_due_date_with_every_change_in_its_order():
    loan = terms(FIRST, day_count=DayCount.ACT_360)
    changes = [
        RateChange(date(2026, 2, 21), 36_000),
        RateChange(date(2026, 2, 11), 72_000),
        Prepayment(date(2026, 1, 11), 6_000_000),
        RateChange(date(2026, 1, 6), 90_000),
        RateChange(date(2026, 2, 1), 30_000),
    ]
    # On 1 February 6 million is left at 3%, from the 11th at 7.2%, from the 21st at 3.6%.
    assert accrued_interest(loan, changes, date(2026, 2, 1)) == (6_000_000, 0)
    assert accrued_interest(loan, changes, date(2026, 2, 2)) == (6_000_000, 500)
    assert accrued_interest(loan, changes, date(2026, 2, 11)) == (6_000_000, 5_000)
    assert accrued_interest(loan, changes, date(2026, 2, 12)) == (6_000_000, 6_200)
    assert accrued_interest(loan, changes, date(2026, 2, 21)) == (6_000_000, 17_000)
    assert accrued_interest(loan, changes, date(2026, 2, 26)) == (6_000_000, 20_000)


def test_accrued_interest_is_rounded_as_the_contract_says():
    loan = terms(FIRST, principal_fen=100, rate_ppm=360_000, day_count=DayCount.ACT_360)
    assert accrued_interest(loan, (), date(2026, 1, 16))[1] == 2  # 1.5 fen
    down = replace(loan, rounding=Rounding(RoundingMode.DOWN))
    assert accrued_interest(down, (), date(2026, 1, 16))[1] == 1


def test_a_loan_with_dates_of_its_own_is_not_extended():
    loan = terms(FIRST, dues=(date(2026, 6, 1), date(2027, 1, 1)))
    for use in (running_schedule, end_of):
        assert list(refusal(use, loan, [Extension(date(2026, 7, 1), 1)]).fields) == ["months"]
    assert end_of(loan, [RateChange(START, 1)]) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Prepayment(START, MAX_FEN + 1), "principal_fen"),
        (Extension(START, MAX_TERM_MONTHS + 1), "months"),
        (Extension(START, -1), "months"),
        (RateChange(START, -1), "rate_ppm"),
        (RateChange(date(2025, 12, 31), 1), "on"),
        (RateChange(date(2027, 1, 1), 1), "on"),
    ],
)
def test_a_change_that_cannot_be_names_its_field(change, field):
    error = refusal(running_schedule, terms(), [change])
    assert list(error.fields) == [field]
    if field == "on":
        assert "2026-01-01" in error.fields["on"][0].zh
        assert "2027-01-01" in error.fields["on"][0].en


def test_the_ends_of_a_change_are_allowed():
    last = date(2026, 12, 31)
    for change in (
        RateChange(START, 0),
        RateChange(last, MAX_RATE_PPM),
        Extension(last, 1),
        Prepayment(last, 1),
    ):
        rows = running_schedule(terms(), [change])
        assert sum(row.principal_fen for row in rows) == 12_000_000
    assert len(running_schedule(terms(), [Extension(START, 588)])) == 600
    largest = terms(FIRST, principal_fen=MAX_FEN)
    (row,) = running_schedule(largest, [Prepayment(START, MAX_FEN)])
    assert (row.kind, row.number, row.due, row.balance_fen) == (RowKind.PREPAYMENT, 0, START, 0)


def test_an_extension_counts_from_the_end_before_it():
    changes = [Extension(date(2026, 12, 31), 2), Extension(date(2027, 2, 28), 3)]
    rows = running_schedule(terms(FIRST), changes)
    assert rows[-1].due == end_of(terms(FIRST), changes) == date(2027, 6, 1)
    assert refusal(running_schedule, terms(FIRST), [changes[1]]).fields.keys() == {"on"}
    assert [row.number for row in rows] == list(range(1, 18))
    assert {row.interest_fen for row in rows} == {60_000}


def test_days_of_thirty_split_a_period_where_it_changes():
    rows = running_schedule(
        terms(FIRST), [RateChange(date(2026, 1, 11), 36_000), Prepayment(date(2026, 1, 31), 6_000_000)]
    )
    # 10 days at 6%, 19 at 3.6% (the 31st is the 30th); then one day on half of it.
    assert [(row.kind, row.interest_fen) for row in rows[:2]] == [
        (RowKind.PREPAYMENT, 20_000 + 22_800),
        (RowKind.INSTALMENT, 600),
    ]
    assert rows[2].interest_fen == 18_000


def test_a_change_past_the_thirtieth_leaves_no_day_below_nought():
    loan = terms(FIRST, start=date(2026, 1, 30), rate_ppm=360_000)
    rows = running_schedule(loan, [Prepayment(date(2026, 1, 31), 6_000_000)])
    assert [row.interest_fen for row in rows[:2]] == [0, 180_000]
    short = terms(FIRST, start=date(2026, 2, 28), rate_ppm=360_000)
    rows = running_schedule(short, [Prepayment(date(2026, 3, 27), 6_000_000)])
    assert [row.interest_fen for row in rows[:2]] == [29 * 12_000, 6_000]


def test_deferred_interest_is_paid_with_a_prepayment_or_the_first_payment_after():
    loan = terms(FIRST, grace_interest=2)
    plain = running_schedule(loan)
    assert [row.interest_fen for row in plain[:4]] == [0, 0, 180_000, 60_000]
    early = running_schedule(loan, [Prepayment(date(2026, 2, 16), 6_000_000)])
    assert [row.interest_fen for row in early[:4]] == [0, 90_000, 0, 15_000 + 30_000]


def test_grace_on_principal_outlasts_a_new_rate():
    loan = terms(grace_principal=3)
    rows = running_schedule(loan, [RateChange(date(2026, 2, 1), 120_000)])
    assert [row.principal_fen for row in rows[:3]] == [0, 0, 0]
    assert [row.interest_fen for row in rows[:4]] == [60_000, 120_000, 120_000, 120_000]
    assert len({row.payment_fen for row in rows[3:-1]}) == 1
    assert abs(rows[-1].payment_fen - rows[3].payment_fen) <= 12


def test_equal_principal_is_spread_anew_after_a_prepayment_in_grace():
    loan = terms(RepaymentMethod.EQUAL_PRINCIPAL, grace_principal=3)
    rows = running_schedule(loan, [Prepayment(date(2026, 2, 1), 3_000_000)])
    assert [row.principal_fen for row in rows] == [0, 3_000_000, 0, 0] + [1_000_000] * 9


def test_keeping_the_payment_of_equal_principal_keeps_its_part():
    rows = running_schedule(
        terms(RepaymentMethod.EQUAL_PRINCIPAL), [Prepayment(date(2026, 2, 1), 3_500_000, Keep.PAYMENT)]
    )
    assert [row.principal_fen for row in rows] == [1_000_000, 3_500_000] + [1_000_000] * 7 + [500_000]


def test_a_prepayment_that_keeps_the_term_takes_back_one_that_kept_the_payment():
    changes = [
        Prepayment(date(2026, 2, 1), 1_000_000, Keep.PAYMENT),
        Prepayment(date(2026, 3, 1), 1_000_000, Keep.TERM),
    ]
    rows = running_schedule(terms(), changes)
    assert rows[-1].due == date(2027, 1, 1)
    assert len({row.payment_fen for row in rows[4:-1]}) == 1


def test_a_kept_payment_equal_to_the_interest_is_refused_with_words():
    loan = terms(term_months=600, rate_ppm=10_000)
    changes = [Prepayment(date(2026, 2, 1), 1, Keep.PAYMENT), RateChange(date(2026, 2, 1), 500_000)]
    error = refusal(running_schedule, loan, changes)
    assert (list(error.fields), error.code) == (["rate_ppm"], "never_amortises")
    assert "never be repaid" in error.words.en


def test_more_than_is_outstanding_is_not_prepaid():
    left = repayment_schedule(terms()).instalments[0].balance_fen
    error = refusal(running_schedule, terms(), [Prepayment(date(2026, 2, 1), left + 1)])
    assert running_schedule(terms(), [Prepayment(date(2026, 2, 1), left)])[-1].balance_fen == 0
    assert list(error.fields) == ["principal_fen"]


# ---- the first schedule ----


def test_dates_of_their_own_reach_to_the_end_that_the_policy_sets():
    asked = {"start": date(2026, 1, 31), "term_months": 1}
    assert terms(dues=(date(2026, 2, 28),), **asked).payments == 1
    assert terms(dues=(date(2026, 3, 1),), month_end=MonthEnd.NEXT_DAY, **asked).payments == 1
    error = refusal(terms, dues=(date(2026, 3, 1),), **asked)
    assert "2026-02-28" in error.fields["dues"][0].zh


def test_dates_of_their_own_belong_to_the_month_they_end_in():
    loan = terms(
        FIRST,
        start=date(2026, 1, 31),
        month_end=MonthEnd.NEXT_DAY,
        dues=(date(2026, 2, 5), date(2026, 3, 1), date(2026, 3, 2), date(2027, 1, 30), date(2027, 1, 31)),
    )
    assert [row.month for row in repayment_schedule(loan).instalments] == [1, 1, 2, 12, 12]
    usual = terms(
        FIRST, start=date(2026, 1, 31), dues=(date(2026, 2, 28), date(2026, 3, 1), date(2027, 1, 31))
    )
    assert [row.month for row in repayment_schedule(usual).instalments] == [1, 2, 12]
    for day_count in DayCount:
        found = repayment_schedule(replace(usual, day_count=day_count)).instalments[0].interest_fen
        assert found == {
            DayCount.THIRTY_360: 56_000,
            DayCount.ACT_360: 56_000,
        }.get(day_count, 55_233)


def test_an_agreed_payment_is_refused_with_words_and_the_last_may_be_one_fen():
    never = refusal(repayment_schedule, terms(agreed_payment_fen=60_000))
    assert "never be repaid" in never.words.en
    late = refusal(repayment_schedule, terms(agreed_payment_fen=70_000))
    assert "not repaid within the term" in late.words.en
    free = {"rate_ppm": 0, "principal_fen": 1_201}
    assert [
        row.payment_fen
        for row in repayment_schedule(terms(agreed_payment_fen=100, term_months=13, **free)).instalments
    ] == [100] * 12 + [1]
    assert (
        len(repayment_schedule(terms(agreed_payment_fen=120, principal_fen=1_200, rate_ppm=0)).instalments)
        == 10
    )
    even = repayment_schedule(terms(agreed_payment_fen=100, principal_fen=1_200, rate_ppm=0)).instalments
    assert [row.payment_fen for row in even] == [100] * 12


def test_an_agreed_payment_above_the_interest_after_grace_is_taken():
    loan = terms(agreed_payment_fen=1_300_000, grace_principal=2)
    rows = repayment_schedule(loan).instalments
    assert [row.payment_fen for row in rows[:3]] == [60_000, 60_000, 1_300_000]
    assert refusal(repayment_schedule, replace(loan, agreed_payment_fen=60_000)).code == "never_amortises"


def test_a_schedule_says_whether_it_is_fully_drawn_and_what_is_highest():
    found = repayment_schedule(terms(RepaymentMethod.REVOLVING))
    assert found.assumes_fully_drawn
    assert found.highest_payment_fen == 12_060_000
    assert found.interest_fen == 720_000
    assert not repayment_schedule(terms(FIRST)).assumes_fully_drawn


def test_a_bullet_with_dates_of_its_own_is_one_payment_at_the_end():
    loan = terms(RepaymentMethod.BULLET, dues=(date(2026, 6, 1),))
    (row,) = repayment_schedule(loan).instalments
    assert (row.due, row.month, row.interest_fen) == (date(2027, 1, 1), 12, 720_000)


@pytest.mark.parametrize("days", [1, 7, 10])
def test_short_periods_are_counted_by_their_days(days):
    dues = tuple(START + timedelta(days=days * n) for n in range(1, 4))
    rows = repayment_schedule(
        terms(FIRST, term_months=1 + days // 10, dues=dues, day_count=DayCount.ACT_360)
    ).instalments
    assert {row.interest_fen for row in rows} == {2_000 * days}


# ---- what it costs ----


def test_a_product_costs_what_it_does_with_its_fees_and_subsidies_at_both_ends():
    fees = [FeeLine(FeeKind.INSURANCE, FeePayer.FIRM, FeeTiming.UPFRONT, rate_ppm=20_000)]
    subsidies = [Subsidy(SubsidyKind.PREMIUM, SubsidyMeasure.SHARE, 700_000)]
    found = product_cost(RateStructure.between(30_000, 60_000), START, terms(), fees, subsidies)
    for cost, rate in ((found.low, 30_000), (found.high, 60_000)):
        alone = true_cost(terms(rate_ppm=rate), fees, subsidies)
        assert cost == alone
        assert [fen for _, fen in cost.fees] == [240_000]
        assert [fen for _, fen in cost.subsidies] == [168_000]
        assert cost.received_fen == 12_000_000 - 72_000
        assert cost.total_fen == cost.interest_fen + 72_000


def test_fees_may_leave_one_fen_and_no_less():
    def upfront(fen):
        return [FeeLine(FeeKind.SERVICE, FeePayer.FIRM, FeeTiming.UPFRONT, sum_fen=fen)]

    assert true_cost(terms(), upfront(11_999_999)).received_fen == 1
    assert list(refusal(true_cost, terms(), upfront(12_000_000)).fields) == ["fees"]


def test_a_unit_of_payment_out_of_range_says_the_range():
    error = refusal(Rounding, payment_unit_fen=0)
    assert error.fields["payment_unit_fen"][0].en == "Must lie between 1 and 1000000."


def test_terms_out_of_range_say_the_range():
    for changed, said in (
        ({"term_months": 0}, "1 and 600"),
        ({"interval_months": 0}, "1 and 600"),
        ({"rate_ppm": -1}, "0 and 1000000"),
        ({"principal_fen": 0}, "1 and 10000000000000"),
        ({"agreed_payment_fen": 0}, "1 and 10000000000000"),
        ({"grace_principal": 12}, "0 and 11"),
    ):
        (messages,) = refusal(terms, **changed).fields.values()
        assert said in messages[0].en


def test_a_prepayment_is_numbered_by_the_instalment_before_it():
    rows = running_schedule(terms(), [Prepayment(date(2026, 3, 16), 1_000_000)])
    assert [row.number for row in rows] == [1, 2, 2, *range(3, 13)]
