"""Reading the rows of files of grants and balances."""

from __future__ import annotations

from datetime import date

import pytest

from creditbridge.kernel.errors import InvalidInput
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType
from matching.lines import columns
from matching.lines.columns import COLUMNS, Content, read_balance, read_grant, same_name
from matching.lines.rules import LineKind

GRANT = {
    "firm_uscc": "91990000TEST000001",
    "contract_number": " HT-1 ",
    "granted_on": "2026/11/02",
    "amount_fen": "1,000,000",
    "annual_rate_ppm": "3.85%",
    "term_months": "12",
    "repayment_method": "先息后本",
    "guarantee_type": "信用",
    "first_time_borrower": "是",
}


def test_a_row_is_read_into_terms() -> None:
    row = read_grant(GRANT)
    terms = row.terms
    assert (row.firm_uscc, terms.contract_number) == ("91990000TEST000001", "HT-1")
    assert (terms.granted_on, terms.amount_fen, terms.annual_rate_ppm) == (
        date(2026, 11, 2),
        100_000_000,
        38_500,
    )
    assert (terms.repayment_method, terms.guarantee_type) == (
        RepaymentMethod.INTEREST_THEN_BULLET,
        GuaranteeType.UNSECURED,
    )
    assert (terms.first_time_borrower, terms.kind, terms.maturity_on) == (True, LineKind.NEW, None)


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("granted_on", "昨天"),
        ("amount_fen", "-5"),
        ("amount_fen", "1e9"),
        ("annual_rate_ppm", "abc"),
        ("term_months", "12.5"),
        ("repayment_method", "随便"),
        ("guarantee_type", "口头"),
        ("first_time_borrower", "也许"),
        ("kind", "别的"),
        ("maturity_on", "2026-13-01"),
        ("contract_number", ""),
        ("firm_uscc", " "),
        ("contract_number", "HT\x00-1"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(column: str, text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_grant({**GRANT, column: text})
    assert list(refused.value.fields) == [column]


def test_every_wrong_cell_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        read_grant({**GRANT, "granted_on": "x", "amount_fen": "x", "term_months": ""})
    assert set(refused.value.fields) == {"granted_on", "amount_fen", "term_months"}


@pytest.mark.parametrize("text", ["renewal", "Renewal", "续贷", "续 贷"])
def test_a_kind_is_read_by_code_or_name(text: str) -> None:
    assert read_grant({**GRANT, "kind": text}).terms.kind is LineKind.RENEWAL


@pytest.mark.parametrize(("text", "expected"), [("是", True), ("YES", True), ("否", False), ("0", False)])
def test_yes_and_no(text: str, expected: bool) -> None:
    assert read_grant({**GRANT, "first_time_borrower": text}).terms.first_time_borrower is expected


def test_a_row_of_balances_is_read() -> None:
    row = read_balance(
        {"contract_number": "HT-1", "as_of": "2026-11-20", "disbursed_fen": "80万", "balance_fen": "0"}
    )
    assert (row.contract_number, row.report.disbursed_fen, row.report.balance_fen) == ("HT-1", 80_000_000, 0)


@pytest.mark.parametrize("content", list(Content))
@pytest.mark.parametrize("locale", ["zh", "en"])
def test_the_templates_headings_are_understood(content: Content, locale: str) -> None:
    header = [column.heading.say(locale) for column in COLUMNS[content]]
    assert list(columns.places(header, content).values()) == list(range(len(header)))


def test_headings_are_found_in_any_order_and_without_their_unit() -> None:
    found = columns.places(["贷款余额", "累计放款金额(元)", "备注", "截止日期", "合同编号"], Content.BALANCES)
    assert found == {"contract_number": 4, "as_of": 3, "disbursed_fen": 1, "balance_fen": 0}


def test_missing_columns_are_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        columns.places(["合同编号", "截止日期"], Content.BALANCES)
    assert refused.value.code == "missing_columns"
    assert "累计放款金额（元）、贷款余额（元）" in refused.value.words.zh


def test_names_are_compared_without_spaces_and_width() -> None:
    assert same_name("甲（市）公司", "甲(市) 公司")
    assert not same_name("甲公司", "乙公司")
