"""Importing files of grants and balances: every row accounted for, again changes nothing, a dry run writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.sheets.reading import open_sheet
from creditbridge.sheets.writing import write_csv, write_xlsx
from creditbridge.store.audit import AuditEntry
from creditbridge.store.database import Database
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.ledger.model import LedgerTransaction
from matching.ledger.rules import TransactionKind
from matching.lines import importing, lookup
from matching.lines.columns import COLUMNS, Content
from matching.lines.importing import LineReport
from matching.lines.model import CreditLine, LineImport
from tests.lines import Lines
from tests.scene import WAN, TestFirm, TestLender

HEADER = [column.heading.zh for column in COLUMNS[Content.GRANTS]]


def row(code: str, contract: str, **changes: str) -> list[str]:
    values = {
        "firm_uscc": code,
        "contract_number": contract,
        "granted_on": "2026-11-02",
        "amount_fen": "1000000",
        "annual_rate_ppm": "3.85",
        "term_months": "12",
        "repayment_method": "先息后本",
        "guarantee_type": "信用",
        "first_time_borrower": "是",
        **changes,
    }
    return [values.get(column.name, "") for column in COLUMNS[Content.GRANTS]]


def take(
    database: Database, lender: TestLender, rows: Sequence[Sequence[str]], *, dry_run: bool = False
) -> LineReport:
    with database.write() as session:
        return importing.import_lines(
            session,
            lender.reviewer,
            Content.GRANTS,
            write_xlsx(HEADER, rows),
            "授信.xlsx",
            dry_run=dry_run,
        )


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(CreditLine)) or 0


@pytest.fixture
def code(lines_: Lines, firm: TestFirm) -> str:
    return lines_.code_of(firm)


def test_every_row_is_accounted_for(
    database: Database, lender: TestLender, product: PublishedProduct, code: str
) -> None:
    report = take(
        database,
        lender,
        [
            row(code, "HT-1", product="稳企贷", branch="城东支行"),
            row(code, "HT-2"),
            row("91990000NOBODY0001", "HT-3"),
            row(code, "HT-4", amount_fen="很多"),
            row(code, "HT-5", product="没有的产品"),
            row(code, "HT-6", firm_name="别家公司"),
        ],
    )
    assert (report.rows, report.created, report.unchanged, report.refused) == (6, 2, 0, 4)
    assert [refusal.line for refusal in report.refusals] == [4, 5, 6, 7]
    assert "统一社会信用代码" in report.refusals[0].reasons[0].zh
    with database.read() as session:
        first = session.scalars(select(CreditLine).where(CreditLine.contract_number == "HT-1")).one()
        assert (first.product_id, first.branch_id) == (product.product_id, lender.branch_ids[0])


def test_importing_again_changes_nothing(database: Database, lender: TestLender, code: str) -> None:
    rows = [row(code, "HT-1"), row(code, "HT-2")]
    take(database, lender, rows)
    again = take(database, lender, rows)
    assert (again.created, again.unchanged, again.refused) == (0, 2, 0)
    assert count(database) == 2


def test_a_recorded_contract_with_other_contents_is_refused(
    database: Database, lender: TestLender, code: str
) -> None:
    take(database, lender, [row(code, "HT-1")])
    again = take(database, lender, [row(code, "HT-1", amount_fen="2000000")])
    assert (again.unchanged, again.refused) == (0, 1)
    with database.read() as session:
        assert session.scalars(select(CreditLine.amount_fen)).one() == 100 * WAN


def test_a_row_twice_in_a_file_counts_once(database: Database, lender: TestLender, code: str) -> None:
    report = take(database, lender, [row(code, "HT-1"), row(code, "HT-1")])
    assert (report.created, report.unchanged) == (1, 1)


def test_a_dry_run_says_the_same_and_writes_nothing(
    database: Database, lender: TestLender, code: str
) -> None:
    rows = [row(code, "HT-1"), row("91990000NOBODY0001", "HT-2")]
    tried = take(database, lender, rows, dry_run=True)
    assert (tried.rows, tried.created, tried.refused, tried.import_id) == (2, 1, 1, None)
    assert count(database) == 0
    with database.read() as session:
        assert session.scalars(select(LineImport)).all() == []
        assert session.scalars(select(AuditEntry).where(AuditEntry.action.like("line%"))).all() == []
    done = take(database, lender, rows)
    assert (done.rows, done.created, done.refused) == (2, 1, 1)


def test_refused_rows_come_back_with_the_reason_and_can_be_sent_again(
    database: Database, lender: TestLender, code: str
) -> None:
    report = take(database, lender, [row(code, "HT-1"), row("91990000NOBODY0001", "HT-2")])
    with database.read() as session:
        batch = lookup.import_of(session, lender.viewer, report.import_id or "")
        returned = importing.refused_file(batch, "zh")
    with open_sheet(returned, "x.xlsx") as sheet:
        assert sheet.header == (*HEADER, "未接收原因")
        kept = list(sheet.rows)
    assert [each.cells[2] for each in kept] == ["HT-2"]
    assert kept[0].cells[-1].startswith("统一社会信用代码：")
    with database.write() as session:
        again = importing.import_lines(session, lender.reviewer, Content.GRANTS, returned, "x.xlsx")
    assert (again.rows, again.refused) == (1, 1)


def test_a_quota_that_is_used_up_refuses_the_row_alone(
    lines_: Lines, database: Database, lender: TestLender, code: str
) -> None:
    product = lines_.scene.product(lender, name="限额贷", quota_fen=150 * WAN)
    named = product.name.zh
    report = take(
        database,
        lender,
        [row(code, "HT-1", product=named), row(code, "HT-2", product=named), row(code, "HT-3")],
    )
    assert (report.created, report.refused) == (2, 1)
    with database.read() as session:
        assert set(session.scalars(select(CreditLine.contract_number))) == {"HT-1", "HT-3"}
        assert products.quota_left(session, product.product_id) == 50 * WAN
        booked = select(func.count()).where(LedgerTransaction.kind == TransactionKind.LINE_OPEN.value)
        assert session.scalar(booked) == 2


def test_a_csv_is_taken_too(database: Database, lender: TestLender, code: str) -> None:
    with database.write() as session:
        report = importing.import_lines(
            session, lender.reviewer, Content.GRANTS, write_csv(HEADER, [row(code, "HT-1")]), "a.csv"
        )
    assert report.created == 1


def test_balances_are_imported_by_contract(
    lines_: Lines, database: Database, lender: TestLender, firm: TestFirm
) -> None:
    line = lines_.offline(lender, firm, contract_number="HT-1")
    header = [column.heading.zh for column in COLUMNS[Content.BALANCES]]
    rows = [
        ["HT-1", "2026-11-20", "800000", "650000"],
        ["HT-1", "2026-11-21", "900000", "9000000"],
        ["HT-9", "2026-11-20", "1", "1"],
    ]
    with database.write() as session:
        report = importing.import_lines(
            session, lender.reviewer, Content.BALANCES, write_xlsx(header, rows), "b.xlsx"
        )
    assert (report.rows, report.created, report.refused) == (3, 1, 2)
    with database.read() as session:
        kept = session.get_one(CreditLine, line.id)
        assert (kept.disbursed_fen, kept.balance_fen) == (80 * WAN, 65 * WAN)


def test_a_file_without_a_column_is_refused_whole(database: Database, lender: TestLender) -> None:
    with pytest.raises(InvalidInput, match="missing_columns"), database.write() as session:
        importing.import_lines(
            session, lender.reviewer, Content.GRANTS, write_csv(["合同编号"], [["HT-1"]]), "a.csv"
        )


def test_only_a_reviewer_imports(database: Database, lender: TestLender, code: str) -> None:
    with pytest.raises(NotAllowed), database.write() as session:
        importing.import_lines(
            session, lender.viewer, Content.GRANTS, write_csv(HEADER, [row(code, "HT-1")]), "a.csv"
        )


@pytest.mark.parametrize("content", list(Content))
def test_the_template_is_understood(content: Content) -> None:
    with open_sheet(importing.template(content, "en"), "t.xlsx") as sheet:
        assert sheet.header == tuple(column.heading.en for column in COLUMNS[content])
        assert len(list(sheet.rows)) == 1
