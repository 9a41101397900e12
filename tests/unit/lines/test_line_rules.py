"""The rules of credit lines: the life cycle, what a grant may say, inclusive lending, reports of balances."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from creditbridge.kernel.errors import Conflict, InvalidInput
from creditbridge.registry.sizes import Size
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType
from matching.lines import rules
from matching.lines.rules import (
    CREDIT_LINE,
    ENTRY_KIND_WORDS,
    LINE_KIND_WORDS,
    LINE_SOURCE_WORDS,
    LINE_STATE_TONES,
    LINE_STATE_WORDS,
    BalanceReport,
    EntryKind,
    GrantTerms,
    LineKind,
    LineSource,
    LineState,
    check_balance,
    check_terms,
    is_inclusive_msme,
)

TODAY = date(2026, 11, 23)
WAN = 1_000_000
TERMS = GrantTerms(
    contract_number="HT-1",
    granted_on=date(2026, 1, 31),
    amount_fen=100 * WAN,
    annual_rate_ppm=38_500,
    term_months=1,
    repayment_method=RepaymentMethod.BULLET,
    guarantee_type=GuaranteeType.UNSECURED,
)


def test_the_life_cycle_is_that_of_the_domain() -> None:
    moves = {(source, step.target) for step in CREDIT_LINE.steps.values() for source in step.sources}
    state = LineState
    assert moves == {
        (state.PENDING_SIGNING, state.ACTIVE),
        (state.PENDING_SIGNING, state.CANCELLED),
        (state.ACTIVE, state.FROZEN),
        (state.FROZEN, state.ACTIVE),
        (state.ACTIVE, state.EXPIRED),
        (state.FROZEN, state.EXPIRED),
        (state.ACTIVE, state.TERMINATED),
        (state.FROZEN, state.TERMINATED),
    }


@pytest.mark.parametrize("state", [LineState.CANCELLED, LineState.EXPIRED, LineState.TERMINATED])
def test_nothing_leaves_an_end(state: LineState) -> None:
    for step in CREDIT_LINE.steps:
        with pytest.raises(Conflict):
            CREDIT_LINE.check(step, state)


def test_every_member_has_words() -> None:
    assert set(LINE_STATE_WORDS) == set(LINE_STATE_TONES) == set(LineState)
    assert set(LINE_KIND_WORDS) == set(LineKind)
    assert set(LINE_SOURCE_WORDS) == set(LineSource)
    assert set(ENTRY_KIND_WORDS) == set(EntryKind)


def test_maturity_follows_from_date_and_term() -> None:
    assert TERMS.maturity == date(2026, 2, 28)
    assert replace(TERMS, maturity_on=date(2026, 3, 5)).maturity == date(2026, 3, 5)


def test_only_the_firms_word_is_unsecured() -> None:
    unsecured = [kind for kind in GuaranteeType if replace(TERMS, guarantee_type=kind).unsecured]
    assert unsecured == [GuaranteeType.UNSECURED]


def test_good_terms_pass() -> None:
    check_terms(TERMS, TODAY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contract_number", "  "),
        ("contract_number", "x" * 61),
        ("granted_on", date(2026, 11, 24)),
        ("granted_on", date(1999, 12, 31)),
        ("amount_fen", 0),
        ("amount_fen", -1),
        ("amount_fen", 10**13 + 1),
        ("annual_rate_ppm", -1),
        ("annual_rate_ppm", 1_000_001),
        ("term_months", 0),
        ("term_months", 601),
        ("renews", "HT-0"),
        ("maturity_on", date(2026, 1, 31)),
    ],
)
def test_a_wrong_statement_is_named(field: str, value: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_terms(replace(TERMS, **{field: value}), TODAY)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize("kind", [LineKind.INCREASE, LineKind.RENEWAL])
def test_who_has_a_line_is_no_first_time_borrower(kind: LineKind) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_terms(replace(TERMS, kind=kind, first_time_borrower=True), TODAY)
    assert list(refused.value.fields) == ["first_time_borrower"]


def test_a_renewal_may_name_what_it_renews() -> None:
    check_terms(replace(TERMS, kind=LineKind.RENEWAL, renews="HT-0"), TODAY)


@pytest.mark.parametrize(
    ("size", "amount", "expected"),
    [
        (Size.SMALL, 1_000 * WAN, True),
        (Size.MICRO, 1, True),
        (Size.SMALL, 1_000 * WAN + 1, False),
        (Size.MEDIUM, 1, False),
        (Size.LARGE, 1, False),
        (None, 1, False),
    ],
)
def test_inclusive_lending_is_small_firms_up_to_ten_million(
    size: Size | None, amount: int, expected: bool
) -> None:
    assert is_inclusive_msme(size, amount, TODAY) is expected


def test_inclusive_lending_has_a_source_and_a_first_day() -> None:
    definition = rules.inclusive_definitions()[0]
    assert definition.source.zh
    assert not is_inclusive_msme(Size.MICRO, 1, date(2018, 2, 10))


def checked(report: BalanceReport, **changes: object) -> None:
    values: dict[str, object] = {
        "amount_fen": 100,
        "granted_on": date(2026, 11, 1),
        "revolving": False,
        "today": TODAY,
        "before": None,
        "after": None,
    } | changes
    check_balance(report, **values)  # type: ignore[arg-type]


def wrong_fields(report: BalanceReport, **changes: object) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        checked(report, **changes)
    return list(refused.value.fields)


DAY = date(2026, 11, 10)


def test_a_possible_report_passes() -> None:
    checked(BalanceReport(DAY, 100, 40))


@pytest.mark.parametrize("day", [date(2026, 10, 31), date(2026, 11, 24)])
def test_a_report_lies_between_grant_and_today(day: date) -> None:
    assert wrong_fields(BalanceReport(day, 0, 0)) == ["as_of"]


def test_no_more_is_paid_out_than_granted() -> None:
    assert wrong_fields(BalanceReport(DAY, 101, 0)) == ["disbursed_fen"]


def test_a_revolving_line_may_pay_out_more_over_time() -> None:
    checked(BalanceReport(DAY, 300, 100), revolving=True)


@pytest.mark.parametrize("balance", [-1, 41])
def test_no_more_is_outstanding_than_was_paid_out(balance: int) -> None:
    assert wrong_fields(BalanceReport(DAY, 40, balance)) == ["balance_fen"]


def test_no_more_is_outstanding_than_granted() -> None:
    assert wrong_fields(BalanceReport(DAY, 300, 101), revolving=True) == ["balance_fen"]


def test_what_was_paid_out_only_grows() -> None:
    before, after = BalanceReport(date(2026, 11, 5), 50, 50), BalanceReport(date(2026, 11, 15), 70, 70)
    assert wrong_fields(BalanceReport(DAY, 49, 0), before=before) == ["disbursed_fen"]
    assert wrong_fields(BalanceReport(DAY, 71, 0), after=after) == ["disbursed_fen"]
    checked(BalanceReport(DAY, 50, 0), before=before, after=after)


@given(st.integers(-10, 200), st.integers(-10, 200), st.booleans())
def test_no_report_passes_that_owes_more_than_it_could(disbursed: int, balance: int, revolving: bool) -> None:
    try:
        checked(BalanceReport(DAY, disbursed, balance), revolving=revolving)
    except InvalidInput:
        return
    assert 0 <= balance <= min(disbursed, 100)


@pytest.mark.parametrize(
    ("overdue", "days", "wrong"),
    [
        (0, 0, []),
        (40, 3, []),
        (41, 3, ["overdue_fen"]),
        (-1, 0, ["overdue_fen"]),
        (10, 0, ["overdue_days"]),
        (0, 3, ["overdue_days"]),
        (10, 5_000, ["overdue_days"]),
    ],
)
def test_what_is_overdue_fits_the_balance_and_has_its_days(overdue: int, days: int, wrong: list[str]) -> None:
    report = BalanceReport(DAY, 100, 40, overdue, days)
    if wrong:
        assert wrong_fields(report) == wrong
    else:
        checked(report)
