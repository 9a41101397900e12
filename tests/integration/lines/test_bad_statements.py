"""What a lender or firm may not state of money: refused with words beside the field, and nothing changed."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from creditbridge.kernel.errors import InvalidInput
from creditbridge.store.audit import AuditEntry
from matching.drawdowns.model import Drawdown
from matching.ledger.checking import trial_balance
from matching.ledger.model import LedgerTransaction
from matching.lines import balances
from matching.lines.model import CreditLine
from matching.lines.rules import BalanceReport
from tests.scene import WAN, Scene, TestFirm, TestLender

TODAY = date(2026, 11, 23)
AMOUNTS = ["0", "-1", "0.00000001", "1.00000001", "1e99", "99999999999999999999", "一百万", "", "1,2,3.4.5"]
"""In ten thousand yuan: nought, below nought, fractions of a fen, huge, no number."""


@pytest.fixture
def line(lines_, lender, product, firm) -> CreditLine:
    return lines_.online(lender, product, firm)


def written(database) -> tuple[Any, ...]:
    with database.read() as session:
        assert trial_balance(session).holds
        counts = [
            session.scalar(select(func.count()).select_from(table))
            for table in (CreditLine, Drawdown, LedgerTransaction)
        ]
        done = select(func.count()).where(
            AuditEntry.action.not_like("access.%")
        )  # signing in is no statement
        return (*counts, session.scalar(done))


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_that_is_none(
    as_actor, database, line, lender: TestLender, firm: TestFirm, lines_, amount
) -> None:
    before = written(database)
    offline = {
        "firm_uscc": lines_.code_of(firm), "contract_number": "HT-900", "granted_on": "2026-11-20", "kind": "new",
        "annual_rate_ppm": "3.85", "term_months": "12", "repayment_method": "equal_instalment",
        "guarantee_type": "unsecured", "amount_fen": amount,
    }  # fmt: skip
    asked = [
        as_actor(lender.reviewer).post("/lender/lines/new", data=offline),
        as_actor(lender.reviewer).post(
            f"/lender/lines/{line.public_id}/limit", data={"amount_fen": amount, "reason": "旺季备货"}
        ),
        as_actor(firm.owner).post(
            f"/firm/lines/{line.public_id}/drawdowns",
            data={"amount_fen": amount, "term_months": "6", "purpose": "采购"},
        ),
    ]
    assert [answer.status_code for answer in asked] == [422, 422, 422]
    assert all("error-summary" in answer.text for answer in asked)
    assert written(database) == before


@pytest.mark.parametrize("months", ["0", "-3", "13", "1200", "6.5", "x"])
def test_a_term_past_the_lines_end(as_actor, database, line, firm: TestFirm, months: str) -> None:
    before = written(database)
    answer = as_actor(firm.owner).post(
        f"/firm/lines/{line.public_id}/drawdowns",
        data={"amount_fen": "10", "term_months": months, "purpose": "采购"},
    )
    assert answer.status_code == 422
    assert written(database) == before


@pytest.mark.parametrize(
    "report",
    [
        BalanceReport(TODAY.replace(year=2027), 0, 0),
        BalanceReport(TODAY.replace(year=2000), 0, 0),
        BalanceReport(TODAY, 10**18, 0),
        BalanceReport(TODAY, 10 * WAN, 11 * WAN),
        BalanceReport(TODAY, 10 * WAN, -1),
        BalanceReport(TODAY, 10 * WAN, 5 * WAN, 6 * WAN, 3),
        BalanceReport(TODAY, 10 * WAN, 5 * WAN, 1 * WAN, 0),
    ],
)
def test_a_report_that_cannot_be(database, line, lender: TestLender, report: BalanceReport) -> None:
    before = written(database)
    with database.write_session() as session:
        with pytest.raises(InvalidInput):
            balances.report_balance(session, lender.reviewer, line.public_id, report)
        session.rollback()
    assert written(database) == before


def test_reports_that_come_twice_or_out_of_order(database, scene: Scene, line, lender: TestLender) -> None:
    """The same again changes nothing; an older one is kept for its day and does not undo the newer."""
    newer = BalanceReport(TODAY, 100 * WAN, 90 * WAN)
    older = BalanceReport(TODAY.replace(day=22), 100 * WAN, 95 * WAN)

    def report(stated: BalanceReport) -> bool:
        with database.write() as session:
            return balances.report_balance(session, lender.reviewer, line.public_id, stated)

    with database.write() as session:
        session.get_one(CreditLine, line.id).granted_on = older.as_of
    assert report(newer) is True
    once = written(database)
    assert report(newer) is False
    assert written(database) == once
    report(older)
    with database.read() as session:
        held = session.get_one(CreditLine, line.id)
        assert (held.balance_on, held.balance_fen) == (newer.as_of, newer.balance_fen)
        assert trial_balance(session).holds


def test_a_grant_signed_later_on_the_page(
    as_actor, database, lines_, lender: TestLender, product, firm
) -> None:
    submission = lines_.accepted(lender, product, firm)
    page = f"/lender/applications/{submission.public_id}/grant"
    reviewer, approver = as_actor(lender.reviewer), as_actor(lender.approver)
    assert "合同稍后签订" in reviewer.get(page).text
    typed = {"contract_number": "HT-7", "granted_on": "2026-11-23", "amount_fen": "150", "kind": "new"}
    answer = reviewer.post(page, data={**typed, "sign_later": "true"})
    assert answer.status_code == 302
    one = answer.headers["Location"]
    assert "待签约" in reviewer.get(one).text

    with database.read() as session:
        line = session.scalars(select(CreditLine)).one()
        assert (line.state, line.revolving) == ("pending_signing", False)
    refused = as_actor(firm.owner).post(
        f"/firm/lines/{line.public_id}/drawdowns",
        data={"amount_fen": "1", "term_months": "3", "purpose": "x"},
    )
    assert refused.status_code == 409, "the state of the line, not what was typed"
    assert approver.post(f"{one}/steps/sign", data={"reason": "合同已签"}).status_code == 302
    assert "生效中" in reviewer.get(one).text


def test_an_offline_grant_says_whether_it_revolves(
    as_actor, database, lines_, lender: TestLender, firm
) -> None:
    typed = {
        "firm_uscc": lines_.code_of(firm), "granted_on": "2026-11-20", "kind": "new", "amount_fen": "100",
        "annual_rate_ppm": "3.85", "term_months": "12", "repayment_method": "equal_instalment",
        "guarantee_type": "unsecured",
    }  # fmt: skip
    reviewer = as_actor(lender.reviewer)
    for number, said in enumerate(("by_method", "yes", "no")):
        data = {**typed, "contract_number": f"HT-{number}", "revolving": said}
        assert reviewer.post("/lender/lines/new", data=data).status_code == 302
    with database.read() as session:
        found = session.scalars(select(CreditLine.revolving).order_by(CreditLine.id)).all()
    assert found == [False, True, False]


def test_a_file_that_is_full_says_so(as_actor, line, lender: TestLender, monkeypatch) -> None:
    def last_line(address: str) -> str:
        answer = as_actor(lender.viewer).get(address)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        return str(rows[-1][0])

    pages = ("/lender/ledger.xlsx", "/lender/lines.xlsx", "/lender/applications.xlsx")
    assert not any("上限" in last_line(page) for page in pages)
    for room in ("matching.ledger.views", "matching.lines.tables", "matching.applications.desk.tables"):
        monkeypatch.setattr(f"{room}.MOST_EXPORTED", 0)
    assert all("已达到每个文件 0 行的上限" in last_line(page) for page in pages)


def test_statements_are_given_as_files(
    as_actor, line, lender: TestLender, firm: TestFirm, scene: Scene
) -> None:
    stranger = scene.firm()
    for actor, address in (
        (firm.owner, "/firm/ledger.xlsx"),
        (firm.owner, f"/firm/lines/{line.public_id}/statement.xlsx"),
        (lender.viewer, "/lender/ledger.xlsx"),
        (lender.viewer, f"/lender/lines/{line.public_id}/statement.xlsx"),
    ):
        answer = as_actor(actor).get(address)
        assert answer.status_code == 200, address
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()
        assert rows[0][0] == "日期"
        assert any(line.contract_number in str(cell) for row in rows[1:] for cell in row), address
    assert as_actor(stranger.owner).get(f"/firm/lines/{line.public_id}/statement.xlsx").status_code == 404
