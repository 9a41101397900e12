"""Reports of disbursed amounts and balances."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.registry.model import Firm
from creditbridge.store.database import Database
from matching.conflicts import service as conflicts
from matching.conflicts.rules import Relation
from matching.lines import balances
from matching.lines.model import CreditLine, LineBalance
from matching.lines.rules import BalanceReport
from tests.lines import Lines
from tests.scene import WAN, TestFirm, TestLender


@pytest.fixture
def line(lines_: Lines, lender: TestLender, firm: TestFirm) -> CreditLine:
    return lines_.offline(lender, firm)


def report(database: Database, lender: TestLender, line: CreditLine, *figures: int) -> bool:
    """Day of November, disbursed and balance in 10,000 yuan."""
    day, disbursed, balance = figures
    said = BalanceReport(date(2026, 11, day), disbursed * WAN, balance * WAN)
    with database.write() as session:
        return balances.report_balance(session, lender.reviewer, line.public_id, said)


def counted(database: Database, line: CreditLine) -> tuple[int, int, date | None]:
    with database.read() as session:
        row = session.get_one(CreditLine, line.id)
        return row.disbursed_fen // WAN, row.balance_fen // WAN, row.balance_on


def test_the_newest_report_counts(database: Database, lender: TestLender, line: CreditLine) -> None:
    report(database, lender, line, 5, 50, 50)
    report(database, lender, line, 20, 80, 60)
    assert counted(database, line) == (80, 60, date(2026, 11, 20))


def test_a_late_report_of_an_earlier_day_moves_nothing_counted(
    database: Database, lender: TestLender, line: CreditLine
) -> None:
    report(database, lender, line, 20, 80, 60)
    report(database, lender, line, 5, 50, 50)
    assert counted(database, line) == (80, 60, date(2026, 11, 20))


def test_a_second_report_of_a_day_replaces_the_first_and_both_stay(
    database: Database, lender: TestLender, line: CreditLine
) -> None:
    report(database, lender, line, 20, 80, 60)
    report(database, lender, line, 20, 70, 55)
    assert counted(database, line) == (70, 55, date(2026, 11, 20))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LineBalance)) == 2


def test_the_same_report_again_is_no_news(database: Database, lender: TestLender, line: CreditLine) -> None:
    assert report(database, lender, line, 20, 80, 60)
    assert not report(database, lender, line, 20, 80, 60)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(LineBalance)) == 1


def test_what_was_paid_out_cannot_shrink(database: Database, lender: TestLender, line: CreditLine) -> None:
    report(database, lender, line, 10, 80, 60)
    with pytest.raises(InvalidInput):
        report(database, lender, line, 20, 70, 60)


def test_only_a_reviewer_reports(database: Database, lender: TestLender, line: CreditLine) -> None:
    with pytest.raises(NotAllowed), database.write() as session:
        balances.report_balance(
            session, lender.approver, line.public_id, BalanceReport(date(2026, 11, 20), 0, 0)
        )


def test_another_lender_finds_no_line(
    database: Database, strange_lender: TestLender, line: CreditLine
) -> None:
    with pytest.raises(NotFound), database.write() as session:
        balances.report_balance(
            session, strange_lender.reviewer, line.public_id, BalanceReport(date(2026, 11, 20), 0, 0)
        )


def test_what_is_overdue_is_reported_and_ends_with_a_later_report(
    database: Database, lender: TestLender, firm: TestFirm, lines_: Lines
) -> None:
    line = lines_.offline(lender, firm)
    for day, overdue, days in ((20, 5 * WAN, 12), (22, 0, 0)):
        report = BalanceReport(date(2026, 11, day), 50 * WAN, 40 * WAN, overdue, days)
        with database.write() as session:
            assert balances.report_balance(session, lender.reviewer, line.public_id, report)
            now = session.get_one(CreditLine, line.id)
            assert (now.overdue_fen, now.overdue_days) == (overdue, days)


def test_an_officer_with_an_interest_in_the_firm_reports_nothing(
    database: Database, lender: TestLender, firm: TestFirm, line: CreditLine
) -> None:
    with database.write() as session:
        conflicts.declare(session, lender.reviewer, session.get_one(Firm, firm.id), Relation.RELATIVE)
    with pytest.raises(RuleRefused) as refused:
        report(database, lender, line, 20, 80, 60)
    assert refused.value.code == "conflict_of_interest"
    assert counted(database, line) == (0, 0, None)
