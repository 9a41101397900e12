"""Worked examples that others publish, beside what we compute; a difference is named with the convention behind it.

Facts only: amounts, rates and results. Sources are named in each case.
"""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.kernel.dates import add_months
from lenders.pricing.apr import monthly_irr
from lenders.pricing.overdue import Owed, PenaltyPolicy, penalty_interest
from lenders.pricing.running import Keep, Prepayment, RateChange, RowKind, running_schedule
from lenders.pricing.schedule import (
    DayCount,
    LoanTerms,
    RepaymentMethod,
    Rounding,
    RoundingMode,
    days_360,
    repayment_schedule,
    year_fraction,
)

LEVEL, PRINCIPAL = RepaymentMethod.EQUAL_INSTALMENT, RepaymentMethod.EQUAL_PRINCIPAL
START = date(2024, 1, 1)


def terms(yuan, percent, months, method=LEVEL, **changed):
    """A loan of so many yuan at so many percent."""
    return LoanTerms(
        principal_fen=round(yuan * 100),
        rate_ppm=round(percent * 10_000),
        term_months=months,
        method=method,
        start=START,
        **changed,
    )


def rows(*args, **changed):
    return repayment_schedule(terms(*args, **changed)).instalments


# ---- the yearly cost ----

NOMINAL = [  # a loan, its monthly payments, percent a year
    ("Regulation Z, appendix J (c)(1)(i)", 5_000, [230] * 24, 9.69),
    ("Regulation Z, appendix J (c)(2)(i): another first payment", 5_000, [250] + [230] * 23, 10.08),
    ("Regulation Z, appendix J (c)(3)(i): another last payment", 5_000, [230] * 23 + [280], 10.50),
    ("Regulation Z, appendix J (c)(4)(i): both", 5_000, [250] + [230] * 22 + [280], 10.90),
    ("Excel RATE(48, -200, 8000) x 12", 8_000, [200] * 48, 9.24),
]
EFFECTIVE = [  # with compound interest, on equal months as the directive has them
    ("87/102/EEC, annex III: 1,200 after 18 months", 1_000, [0] * 17 + [1_200], 12.92),
    ("87/102/EEC, annex III: 50 kept back for costs", 950, [0] * 17 + [1_200], 16.85),
    ("87/102/EEC, annex III: 600 after one and two years", 1_000, [*[0] * 11, 600] * 2, 13.07),
    ("87/102/EEC, annex III: after 3, 6 and 12 months", 1_000, [0, 0, 272, 0, 0, 272, *[0] * 5, 544], 13.19),
]


def monthly(lent, payments):
    return monthly_irr(lent * 100, [payment * 100 for payment in payments])


@pytest.mark.parametrize(("source", "lent", "payments", "percent"), NOMINAL)
def test_the_nominal_yearly_cost(source, lent, payments, percent):
    assert round(monthly(lent, payments) * 1200, 2) == percent, source


@pytest.mark.parametrize(("source", "lent", "payments", "percent"), EFFECTIVE)
def test_the_yearly_cost_with_compound_interest(source, lent, payments, percent):
    assert round(((1 + monthly(lent, payments)) ** 12 - 1) * 100, 2) == percent, source


def test_nine_percent_by_the_month_is_9_38_with_compound_interest():
    """Guidelines on 2008/48/EC, SWD(2012) 128."""
    paid = [row.payment_fen for row in rows(6_000, 9, 24)]
    assert round(((1 + monthly_irr(600_000, paid)) ** 12 - 1) * 100, 2) == 9.38


def test_half_yearly_interest_is_the_same_cost_by_the_month():
    """Regulation Z, appendix J (c)(5)(ii): 1,044 after six months is 8.80% compounded twice a year."""
    half_year = (1 + monthly(1_000, [0] * 5 + [1_044])) ** 6 - 1
    assert round(half_year * 200, 2) == 8.80


# ---- payments ----

PAYMENTS = [  # yuan, percent, months, the equal payment in fen
    ("numpy-financial pmt(0.075/12, 180, 200000)", 200_000, 7.5, 180, 185_402),
    ("Excel PMT(8%/12, 10, 10000)", 10_000, 8, 10, 103_703),
    ("perryqh/mortgage-buddy", 550_000, 3, 360, 231_882),
    ("calculators in China: 1,000,000 at 4.2% for 30 years", 1_000_000, 4.2, 360, 489_017),
    ("calculators in China: 1,000,000 at 3.25% for 30 years", 1_000_000, 3.25, 360, 435_206),
    ("calculators in China: 1,000,000 at 3.1% for 30 years", 1_000_000, 3.1, 360, 427_016),
    ("calculators in China: 500,000 at 4.9% for 20 years", 500_000, 4.9, 240, 327_222),
]


@pytest.mark.parametrize(("source", "yuan", "percent", "months", "payment"), PAYMENTS)
def test_equal_payments(source, yuan, percent, months, payment):
    assert abs(rows(yuan, percent, months)[0].payment_fen - payment) <= 1, source


def test_a_year_of_interest_and_principal():
    """numpy-financial's documentation of ipmt: 2,500 at 8.24% for a year.

    It rounds nothing until it prints: its last row and its sum of interest (112.98) are a fen or two away from a table
    whose every amount is paid in whole fen, where the last payment absorbs.
    """
    principal = (
        200.58, 201.96, 203.35, 204.74, 206.15, 207.56, 208.99, 210.42, 211.87, 213.32, 214.79, 216.26
    )  # fmt: skip
    interest = (17.17, 15.79, 14.40, 13.01, 11.60, 10.18, 8.76, 7.32, 5.88, 4.42, 2.96, 1.49)
    found = rows(2_500, 8.24, 12)
    assert [row.principal_fen for row in found[:-1]] == pytest.approx(
        [x * 100 for x in principal[:-1]], abs=1
    )
    assert [row.interest_fen for row in found] == pytest.approx([x * 100 for x in interest], abs=1)
    assert abs(found[-1].principal_fen - 21_626) <= 2
    assert sum(row.interest_fen for row in found) == pytest.approx(11_298, abs=len(found) / 2)


def test_single_rows_of_a_table():
    """Excel: IPMT, PPMT; by the month and by the year."""
    assert rows(8_000, 10, 36)[0].interest_fen == 6_667  # IPMT(10%/12, 1, 36, 8000)
    assert rows(8_000, 10, 36, interval_months=12)[2].interest_fen == 29_245  # IPMT(10%, 3, 3, 8000)
    assert rows(2_000, 10, 24)[0].principal_fen == 7_562  # PPMT(10%/12, 1, 24, 2000)
    last = rows(200_000, 8, 120, interval_months=12)[-1]  # PPMT(8%, 10, 10, 200000); the last payment absorbs
    assert abs(last.principal_fen - 2_759_805) <= 5


def test_a_year_within_a_long_loan():
    """Excel: CUMIPMT and CUMPRINC(9%/12, 360, 125000, …); sums of unrounded months lie within half a fen a month."""
    found = rows(125_000, 9, 360)
    assert (found[0].interest_fen, found[0].principal_fen) == (93_750, 6_828)
    second_year = found[12:24]
    assert sum(row.interest_fen for row in second_year) == pytest.approx(1_113_523, abs=6)
    assert sum(row.principal_fen for row in second_year) == pytest.approx(93_411, abs=6)


@pytest.mark.parametrize(("percent", "interest"), [(4.25, 3_658_336), (4.375, 3_769_410)])
def test_the_interest_of_the_first_five_years(percent, interest):
    """cfpb/amortize: 180,000 for 30 years, to the cent."""
    assert sum(row.interest_fen for row in rows(180_000, percent, 360)[:60]) == interest


EQUAL_PRINCIPAL = [  # yuan, percent, months, first payment, less each month, all interest, in yuan
    ("1,000,000 at 4.9% for 30 years", 1_000_000, 4.9, 360, 6_861.11, 11.34, 737_041.67),
    ("500,000 at 4.9% for 20 years", 500_000, 4.9, 240, 4_125.00, 8.51, 246_020.83),
    ("1,000,000 at 4.2% for 30 years", 1_000_000, 4.2, 360, 6_277.78, 9.72, 631_750.00),
]


@pytest.mark.parametrize(
    ("source", "yuan", "percent", "months", "first", "less", "interest"), EQUAL_PRINCIPAL
)
def test_equal_principal_as_calculators_in_china_show_it(
    source, yuan, percent, months, first, less, interest
):
    """They add up unrounded months; the fen of each month make at most half a fen a month."""
    found = rows(yuan, percent, months, PRINCIPAL)
    assert found[0].payment_fen == round(first * 100), source
    assert abs(found[0].payment_fen - found[1].payment_fen - round(less * 100)) <= 1
    assert abs(sum(row.interest_fen for row in found) - interest * 100) <= months / 2


def test_all_the_interest_of_equal_payments_as_calculators_in_china_show_it():
    """1,000,000 at 4.9% for 30 years: 910,616.19, which is 360 times the unrounded payment less the principal."""
    found = rows(1_000_000, 4.9, 360)
    assert abs(sum(row.interest_fen for row in found) - 91_061_619) <= 180


# ---- rounding, prepaying, another rate ----


def test_a_system_that_cuts_interest_off():
    """perryqh/mortgage-buddy shows 77,065.86 of interest for 125,000 at 3.5%: to the cent ours with interest cut off."""
    usual = rows(125_000, 3.5, 360)
    cut = rows(125_000, 3.5, 360, agreed_payment_fen=56_131, rounding=Rounding(RoundingMode.DOWN))
    assert usual[0].payment_fen == 56_131
    assert sum(row.interest_fen for row in cut) == 7_706_586


EXTRA = [  # source, yuan, percent, more each month, number of payments, all interest in fen, which may differ by
    ("perryqh/mortgage-buddy, which cuts interest off", 550_000, 3, 3_000, 120, 8_714_265, 120),
    ("perryqh/mortgage-buddy, which cuts interest off", 550_000, 3, 4_000, 99, 7_101_665, 99),
    ("pdspatrick/cis680, in numbers of 32 bits", 312_500, 3.5, 1_000, 164, 8_097_883, 164 / 2),
]


@pytest.mark.parametrize(("source", "yuan", "percent", "more", "number", "interest", "apart"), EXTRA)
def test_a_loan_that_is_repaid_faster(source, yuan, percent, more, number, interest, apart):
    loan = terms(yuan, percent, 360)
    level, balance, extra = repayment_schedule(loan).instalments[0].payment_fen, loan.principal_fen, []
    while True:
        month = len(extra) + 1
        balance -= level - (balance * loan.rate_ppm + 6_000_000) // 12_000_000
        if balance <= 0:
            break
        paid = min(more * 100, balance)
        extra.append(Prepayment(add_months(START, month), paid, Keep.PAYMENT))
        balance -= paid
        if balance == 0:
            break
    found = running_schedule(loan, extra)
    assert sum(row.kind is RowKind.INSTALMENT for row in found) == number, source
    assert abs(sum(row.interest_fen for row in found) - interest) <= apart


def test_a_rate_set_anew_within_a_period():
    """apache/fineract, ProgressiveEMICalculatorTest: 100 at 7%, from 15 February at 4%; 17.01, then 16.90.

    It counts 13 of 29 nights of February at the old rate (0.37), we 14 of 30 by 30/360: the night to the fifteenth
    bears the rate of the day it begins on (0.38). A fen apart in one row, which the last payment absorbs.
    """
    found = running_schedule(terms(100, 7, 6), [RateChange(date(2024, 2, 15), 40_000)])
    principal, interest = [1643, 1653, 1668, 1673, 1679, 1684], [58, 37, 22, 17, 11, 6]
    assert [row.principal_fen for row in found] == pytest.approx(principal, abs=1)
    assert [row.interest_fen for row in found] == pytest.approx(interest, abs=1)


# ---- counting days ----

ACT_ACT_ISDA = [  # EMU and market conventions, ISDA 1998 (as in QuantLib's daycounters)
    (date(2003, 11, 1), date(2004, 5, 1), 0.497724380567),
    (date(1999, 2, 1), date(1999, 7, 1), 0.410958904110),
    (date(1999, 7, 1), date(2000, 7, 1), 1.001377348604),
    (date(2002, 8, 15), date(2003, 7, 15), 0.915068493151),
    (date(2003, 7, 15), date(2004, 1, 15), 0.504004790778),
    (date(1999, 7, 30), date(2000, 1, 30), 0.503892506924),
    (date(2000, 1, 30), date(2000, 6, 30), 0.415300546448),
    (date(2018, 12, 15), date(2019, 3, 1), 0.208219178082),  # kmedian/yearfrac
]
THIRTY_E_360 = [  # QuantLib, Thirty360::European
    (date(2006, 8, 20), date(2007, 2, 20), 180),
    (date(2006, 8, 31), date(2007, 2, 28), 178),
    (date(2007, 2, 28), date(2007, 8, 31), 182),
    (date(2007, 8, 31), date(2008, 2, 29), 179),
    (date(2008, 2, 29), date(2008, 8, 31), 181),
    (date(2006, 1, 31), date(2006, 2, 28), 28),
    (date(2006, 2, 28), date(2006, 3, 31), 32),
    (date(2006, 9, 30), date(2006, 10, 31), 30),
    (date(2006, 10, 31), date(2006, 11, 28), 28),
]


@pytest.mark.parametrize(("start", "end", "years"), ACT_ACT_ISDA)
def test_actual_days_over_the_actual_year(start, end, years):
    numerator, denominator = year_fraction(DayCount.ACT_ACT_ISDA, start, end, months=0)
    assert numerator / denominator == pytest.approx(years, abs=1e-12)


@pytest.mark.parametrize(("start", "end", "days"), THIRTY_E_360)
def test_months_of_thirty_days_by_the_european_rule(start, end, days):
    assert days_360(start, end) == days


def test_penalty_interest_as_banks_in_china_explain_it():
    """100,000 at 6%, thirty days late, half as much again: 100,000 x 6% / 360 x 1.5 x 30 = 750."""
    since, on = date(2024, 1, 1), date(2024, 1, 31)
    late = penalty_interest(
        Owed(principal_fen=10_000_000), 60_000, since=since, on=on, policy=PenaltyPolicy()
    )
    assert late == 75_000
