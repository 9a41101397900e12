from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from creditbridge.kernel.errors import InvalidInput
from lenders.pricing.cli import schedule as schedule_command
from lenders.pricing.overdue import Owed, Part, PenaltyPolicy, allocate, is_overdue, penalty_interest
from lenders.pricing.revolving import Movement, settlements
from lenders.pricing.running import (
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


def terms(method=RepaymentMethod.EQUAL_INSTALMENT, **changed):
    return LoanTerms(
        **{
            "principal_fen": 12_000_000,
            "rate_ppm": 60_000,
            "term_months": 12,
            "start": START,
            "method": method,
        }
        | changed
    )


def fields_of(call):
    with pytest.raises(InvalidInput) as caught:
        call()
    return set(caught.value.fields), caught.value.code


# ---- the first schedule: grace, rounding, dates of its own, agreed payments ----


def test_grace_on_principal_pays_interest_first_and_spreads_over_the_rest():
    rows = repayment_schedule(terms(RepaymentMethod.EQUAL_PRINCIPAL, grace_principal=2)).instalments
    assert [row.principal_fen for row in rows] == [0, 0] + [1_200_000] * 10
    level = repayment_schedule(terms(grace_principal=2)).instalments
    assert [row.payment_fen for row in level[:2]] == [60_000, 60_000]
    assert len({row.payment_fen for row in level[2:-1]}) == 1


def test_grace_on_interest_defers_it_without_interest_on_it():
    rows = repayment_schedule(terms(RepaymentMethod.INTEREST_THEN_BULLET, grace_interest=2)).instalments
    assert [row.interest_fen for row in rows[:4]] == [0, 0, 180_000, 60_000]
    assert sum(row.interest_fen for row in rows) == 720_000


def test_payments_come_in_units_and_the_last_absorbs():
    loan = terms(
        RepaymentMethod.EQUAL_PRINCIPAL,
        principal_fen=1_000_000_000,
        rate_ppm=240_000,
        term_months=24,
        grace_principal=5,
        rounding=Rounding(payment_unit_fen=10_000),
    )
    rows = repayment_schedule(loan).instalments
    assert {row.principal_fen for row in rows[5:-1]} == {52_630_000}
    assert rows[-1].principal_fen == 1_000_000_000 - 18 * 52_630_000


@pytest.mark.parametrize(
    ("mode", "numerator", "expected"),
    [
        (RoundingMode.HALF_UP, 5, 3),
        (RoundingMode.HALF_EVEN, 5, 2),
        (RoundingMode.HALF_EVEN, 7, 4),
        (RoundingMode.DOWN, 7, 3),
        (RoundingMode.HALF_UP, 6, 3),
    ],
)
def test_rounding_modes(mode, numerator, expected):
    assert Rounding(mode).whole(numerator, 2) == expected


def test_dates_of_their_own_and_what_is_wrong_with_them():
    weekly = tuple(START + timedelta(days=7 * n) for n in range(1, 5))
    rows = repayment_schedule(terms(term_months=1, dues=weekly, day_count=DayCount.ACT_365)).instalments
    assert [row.due for row in rows] == list(weekly)
    assert rows[0].interest_fen == 13_808  # 120 000 yuan at 6% for 7 of 365 days
    assert fields_of(lambda: terms(term_months=1, dues=(date(2026, 2, 2),)))[0] == {"dues"}
    assert fields_of(lambda: terms(dues=(date(2026, 3, 1), date(2026, 2, 1))))[0] == {"dues"}
    assert fields_of(lambda: terms(dues=(START,)))[0] == {"dues"}


def test_a_payment_that_never_repays_or_not_in_time_is_refused():
    assert fields_of(lambda: repayment_schedule(terms(agreed_payment_fen=60_000)))[1] == "never_amortises"
    assert fields_of(lambda: repayment_schedule(terms(agreed_payment_fen=70_000)))[1] == "not_repaid_in_term"
    rows = repayment_schedule(terms(agreed_payment_fen=2_000_000)).instalments
    assert len(rows) == 7
    assert rows[-1].balance_fen == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"principal_fen": 0},
        {"principal_fen": -1},
        {"principal_fen": 10**13 + 1},
        {"principal_fen": 1.5},
        {"grace_principal": 12},
        {"grace_interest": -1},
        {"start": date(9998, 1, 1)},
        {"agreed_payment_fen": 0},
    ],
)
def test_terms_that_cannot_be_are_refused(changed):
    assert fields_of(lambda: terms(**changed))[0] == set(changed)


# ---- while it runs ----


@settings(max_examples=60)
@given(
    st.sampled_from(RepaymentMethod),
    st.integers(10_000, 10**9),
    st.integers(0, 300_000),
    st.integers(1, 36),
    st.sampled_from(DayCount),
    st.integers(0, 3),
)
def test_without_changes_a_running_loan_is_its_schedule(method, principal, rate, months, day_count, grace):
    loan = terms(
        method,
        principal_fen=principal,
        rate_ppm=rate,
        term_months=months,
        day_count=day_count,
        grace_principal=0 if method is RepaymentMethod.BULLET else min(grace, months - 1),
    )
    planned = [(row.due, row.principal_fen, row.interest_fen) for row in repayment_schedule(loan).instalments]
    running = [(row.due, row.principal_fen, row.interest_fen) for row in running_schedule(loan)]
    assert running == planned[: len(running)]
    assert all(principal + interest == 0 for _, principal, interest in planned[len(running) :])


@settings(max_examples=60)
@given(
    st.sampled_from(RepaymentMethod),
    st.lists(
        st.tuples(st.integers(1, 364), st.integers(1, 2_000_000), st.sampled_from(Keep), st.booleans()),
        max_size=4,
    ),
    st.sampled_from(DayCount),
)
def test_principal_is_repaid_exactly_whatever_happens(method, events, day_count):
    loan = terms(method, day_count=day_count)
    changes = [
        RateChange(START + timedelta(days=day), fen % 200_000)
        if is_rate
        else Prepayment(START + timedelta(days=day), fen, keep)
        for day, fen, keep, is_rate in events
    ]
    try:
        rows = running_schedule(loan, changes)
    except InvalidInput:
        return
    assert sum(row.principal_fen for row in rows) == loan.principal_fen
    assert rows[-1].balance_fen == 0
    assert all(row.principal_fen >= 0 and row.interest_fen >= 0 for row in rows)


def test_a_prepayment_pays_interest_to_its_day_and_lowers_the_rest():
    loan = terms(RepaymentMethod.EQUAL_PRINCIPAL, day_count=DayCount.ACT_360)
    rows = running_schedule(loan, [Prepayment(date(2026, 1, 16), 6_000_000)])
    assert (rows[0].kind, rows[0].interest_fen, rows[0].balance_fen) == (
        RowKind.PREPAYMENT,
        30_000,
        6_000_000,
    )
    assert rows[1].interest_fen == 16_000  # 60 000 yuan for the 16 days left
    assert {row.principal_fen for row in rows[1:]} == {500_000}


def test_keeping_the_payment_ends_sooner():
    level = repayment_schedule(terms()).instalments[0].payment_fen
    rows = running_schedule(terms(), [Prepayment(date(2026, 2, 1), 6_000_000, Keep.PAYMENT)])
    instalments = [row for row in rows if row.kind is RowKind.INSTALMENT]
    assert len(instalments) == 6
    assert {row.payment_fen for row in instalments[:-1]} == {level}
    assert rows[-1].due == date(2026, 7, 1)


def test_repaying_all_ends_the_loan():
    rows = running_schedule(
        terms(RepaymentMethod.INTEREST_THEN_BULLET), [Prepayment(date(2026, 3, 16), 12_000_000)]
    )
    assert [(row.kind, row.interest_fen) for row in rows] == [
        (RowKind.INSTALMENT, 60_000),
        (RowKind.INSTALMENT, 60_000),
        (RowKind.PREPAYMENT, 30_000),
    ]


def test_a_new_rate_splits_the_period_and_sets_the_payment_anew():
    loan = terms(day_count=DayCount.ACT_360)
    rows = running_schedule(loan, [RateChange(date(2026, 1, 11), 36_000)])
    assert rows[0].interest_fen == 20_000 + 25_200
    assert len({row.payment_fen for row in rows[:-1]}) == 1
    assert abs(rows[-1].payment_fen - rows[0].payment_fen) <= 12


@pytest.mark.parametrize("method", list(RepaymentMethod))
def test_an_extension_adds_months_and_repays_all(method):
    changes = [Extension(date(2026, 11, 15), 6)]
    rows = running_schedule(terms(method), changes)
    assert sum(row.principal_fen for row in rows) == 12_000_000
    assert rows[-1].due == end_of(terms(method), changes) == date(2027, 7, 1)
    before = [row for row in running_schedule(terms(method)) if row.due <= date(2026, 11, 1)]
    assert list(rows[: len(before)]) == before


def test_repaid_on_the_day_it_was_drawn_bears_no_interest():
    (row,) = running_schedule(terms(RepaymentMethod.REVOLVING), [Prepayment(START, 12_000_000)])
    assert (row.interest_fen, row.balance_fen) == (0, 0)


def test_a_kept_payment_that_no_longer_covers_interest_is_refused():
    changes = [
        Prepayment(date(2026, 1, 2), 1, Keep.PAYMENT),
        RateChange(date(2026, 1, 3), 1_000_000),
    ]
    loan = terms(term_months=240, rate_ppm=10_000)
    assert fields_of(lambda: running_schedule(loan, changes))[1] == "never_amortises"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (Prepayment(date(2027, 1, 1), 1), "on"),
        (Prepayment(START - timedelta(days=1), 1), "on"),
        (Extension(date(2026, 5, 1), 0), "months"),
        (Prepayment(date(2026, 5, 1), 0), "principal_fen"),
        (Prepayment(date(2026, 5, 1), -5), "principal_fen"),
        (Prepayment(date(2026, 5, 2), 12_000_001), "principal_fen"),
        (RateChange(date(2026, 5, 1), 1_000_001), "rate_ppm"),
        (RateChange(date(2030, 5, 1), 10_000), "on"),
    ],
)
def test_changes_that_cannot_be_are_refused(change, field):
    assert fields_of(lambda: running_schedule(terms(), [change]))[0] == {field}


def test_interest_accrued_up_to_a_day():
    loan = terms(RepaymentMethod.INTEREST_THEN_BULLET, day_count=DayCount.ACT_360)
    changes = [RateChange(date(2026, 2, 11), 72_000)]
    assert accrued_interest(loan, changes, date(2026, 2, 21)) == (12_000_000, 20_000 + 24_000)
    assert accrued_interest(loan, (), date(2026, 1, 1)) == (12_000_000, 0)


# ---- overdue ----


def test_penalty_interest_by_day_with_and_without_compound():
    owed = Owed(interest_fen=60_000, principal_fen=12_000_000)
    policy = PenaltyPolicy()
    due, on = date(2026, 3, 1), date(2026, 3, 31)
    assert penalty_interest(owed, 60_000, since=due, on=on, policy=policy) == 90_450  # 9% on all for 30 days
    assert penalty_interest(owed, 60_000, since=due, on=on, policy=PenaltyPolicy(compound=False)) == 90_000
    assert penalty_interest(owed, 60_000, since=due, on=due, policy=policy) == 0


def test_days_of_grace_are_not_late_and_then_all_days_count():
    policy = PenaltyPolicy(grace_days=3)
    due = date(2026, 3, 1)
    owed = Owed(principal_fen=12_000_000)
    assert not is_overdue(due, date(2026, 3, 4), policy)
    assert penalty_interest(owed, 60_000, since=due, on=date(2026, 3, 4), policy=policy) == 0
    assert penalty_interest(owed, 60_000, since=due, on=date(2026, 3, 5), policy=policy) == 12_000


def test_a_payment_is_taken_in_order_and_never_beyond_what_is_owed():
    owed = Owed(100, 200, 300)
    assert allocate(250, owed) == Owed(100, 150, 0)
    assert allocate(350, owed, (Part.PRINCIPAL, Part.INTEREST, Part.PENALTY)) == Owed(0, 50, 300)
    assert fields_of(lambda: allocate(601, owed))[1] == "more_than_owed"
    for fen in (0, -1):
        fields_of(lambda fen=fen: allocate(fen, owed))


@pytest.mark.parametrize(
    "changed",
    [
        {"surcharge_ppm": -1},
        {"surcharge_ppm": 1_000_001},
        {"grace_days": 91},
        {"day_count": DayCount.THIRTY_360},
    ],
)
def test_penalty_policies_that_cannot_be_are_refused(changed):
    assert fields_of(lambda: PenaltyPolicy(**changed))[0] == set(changed)


# ---- drawn and repaid as needed ----


def test_revolving_interest_is_counted_by_day():
    rows = settlements(
        [
            Movement(date(2026, 1, 1), 1_000_000),
            Movement(date(2026, 1, 11), 500_000),
            Movement(date(2026, 2, 10), -1_500_000),
        ],
        [RateChange(date(2026, 1, 1), 36_000), RateChange(date(2026, 1, 31), 72_000)],
        [date(2026, 1, 21), date(2026, 2, 21)],
        limit_fen=2_000_000,
    )
    assert [(row.interest_fen, row.balance_fen) for row in rows] == [
        (1_000 + 1_500, 1_500_000),
        (1_500 + 3_000, 0),
    ]


def test_movements_that_cannot_be_are_refused():
    rates, dues = [RateChange(START, 36_000)], [date(2026, 2, 1)]

    def run(movements, rates=rates, dues=dues):
        return lambda: settlements(movements, rates, dues, limit_fen=100)

    assert fields_of(run([]))[0] == {"movements"}
    assert fields_of(run([Movement(START, 101)]))[0] == {"movements"}
    assert fields_of(run([Movement(START, 50), Movement(date(2026, 1, 5), -51)]))[0] == {"movements"}
    assert fields_of(run([Movement(START, 50), Movement(date(2026, 3, 5), -5)]))[0] == {"dues"}
    assert fields_of(run([Movement(START, 50)], rates=[RateChange(date(2026, 1, 2), 1)]))[0] == {"rates"}


# ---- the command ----


def test_the_command_shows_the_table_and_refuses_fractions_of_a_fen():
    asked = ["--principal", "100", "--rate", "12", "--periods", "6", "--start", "2024-01-01"]
    found = CliRunner().invoke(schedule_command, [*asked, "--json"])
    assert json.loads(found.output)["rows"][-1]["payment_fen"] == 1728
    assert "¥17.28" in CliRunner().invoke(schedule_command, asked).output
    for wrong in (["--principal", "0.001"], ["--principal", "0"], ["--rate", "101"], ["--every", "1q"]):
        assert CliRunner().invoke(schedule_command, [*asked, *wrong]).exit_code == 1
    weekly = CliRunner().invoke(schedule_command, [*asked, "--every", "1w", "--json"])
    assert json.loads(weekly.output)["rows"][1]["due"] == "2024-01-15"


def test_the_command_takes_every_way_of_counting_as_it_is_written():
    asked = ["--principal", "10000", "--rate", "9.4822", "--periods", "6", "--start", "2023-12-12", "--json"]
    for kind, option in ((DayCount, "--day-count"), (RepaymentMethod, "--method"), (Keep, "--keep")):
        for member in kind:
            found = CliRunner().invoke(schedule_command, [*asked, option, member.value])
            assert found.exit_code == 0, (member, found.output)
    # The instalments repay the loan whatever the days are counted by.
    counted = CliRunner().invoke(schedule_command, [*asked, "--day-count", "ACT/ACT"])
    assert sum(row["principal_fen"] for row in json.loads(counted.output)["rows"]) == 1_000_000


def test_the_command_follows_a_loan_while_it_runs():
    asked = ["--principal", "12000", "--rate", "6", "--periods", "12", "--start", "2026-01-15"]
    asked += ["--method", "equal_principal", "--json"]
    changed = ["--prepay", "2026-03-15=5000", "--rate-from", "2026-06-15=3", "--extend", "2026-07-15=2"]
    found = json.loads(CliRunner().invoke(schedule_command, [*asked, *changed]).output)
    own = running_schedule(
        terms(
            RepaymentMethod.EQUAL_PRINCIPAL,
            principal_fen=1_200_000,
            rate_ppm=60_000,
            term_months=12,
            start=date(2026, 1, 15),
        ),
        [
            Prepayment(date(2026, 3, 15), 500_000),
            RateChange(date(2026, 6, 15), 30_000),
            Extension(date(2026, 7, 15), 2),
        ],
    )
    assert [(row["due"], row["payment_fen"], row["balance_fen"]) for row in found["rows"]] == [
        (row.due.isoformat(), row.payment_fen, row.balance_fen) for row in own
    ]
    assert found["rows"][2]["kind"] == "prepayment"
    assert "prepayment" in CliRunner().invoke(schedule_command, [*asked[:-1], *changed]).output


def test_the_command_says_what_the_loan_costs_on_what_is_received():
    asked = ["--principal", "10000", "--rate", "6", "--periods", "12", "--start", "2026-01-15", "--json"]
    plain = json.loads(CliRunner().invoke(schedule_command, asked).output)
    assert (plain["received_fen"], round(plain["apr_ppm"], -2)) == (1_000_000, 60_000)
    # 9,800.00 in hand for eleven payments of 860.66 and one of 860.70: 0.81664% a month, found by bisection.
    found = json.loads(CliRunner().invoke(schedule_command, [*asked, "--fee", "200"]).output)
    assert (found["received_fen"], found["apr_ppm"]) == (980_000, 97_997)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--start", "2026-02-30"], "2026-02-30 is not a day of the calendar"),
        (["--prepay", "2026-03-15"], "lacks the equals sign"),
        (["--prepay", "2026-03-15=0.001"], "two decimals"),
        (["--prepay", "2026-03-15=999999"], "--principal: A prepayment cannot exceed"),
        (["--prepay", "2036-03-15=1"], "a change: The date must lie"),
        (["--extend", "2026-03-15=two"], "two is no number"),
        (["--fee", "100"], "--fee: The fees taken"),
        (["--payment", "0.01"], "--payment: The payment does not even cover"),
        (["--principal", "0"], "--principal: "),
    ],
)
def test_the_command_says_what_was_wrong(wrong, said):
    asked = ["--principal", "100", "--rate", "12", "--periods", "6", "--start", "2026-01-01"]
    found = CliRunner().invoke(schedule_command, [*asked, *wrong])
    assert found.exit_code != 0
    assert said in found.output
