from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.store import constraints
from matching.applications import withdrawing
from matching.ledger import credit, limits, statements, tasks
from matching.ledger.checking import trial_balance
from matching.ledger.cli import ledger as ledger_command
from matching.ledger.credit import Loan, Parts
from matching.ledger.model import RiskPool
from matching.ledger.posting import About
from matching.ledger.rules import AccountKind, Counted, Owner, TransactionKind
from matching.lines import balances, booking, correcting, holding, opening
from matching.lines.model import CreditLine
from matching.lines.rules import BalanceReport
from matching.lines.service import OnlineGrant, record_grant
from tests.scene import WAN


@pytest.fixture
def line(lines_, lender, product, firm):
    return lines_.online(lender, product, firm)


def holds(database):
    with database.read() as session:
        trial = trial_balance(session)
    assert trial.findings == ()
    return trial


def counters(database, line):
    with database.read() as session:
        return limits.counted(session, Owner.LINE, line.id)


def loan_of(line, number=1, **changes):
    about = booking.about(line)
    return Loan(
        About(
            line_id=about.line_id,
            drawdown_id=number,
            lender_id=about.lender_id,
            firm_id=about.firm_id,
            **changes,
        ),
        revolving=line.revolving,
    )


def test_an_offer_holds_quota_and_a_grant_uses_it(database, lines_, lender, product, firm):
    accepted = lines_.accepted(lender, product, firm)
    trial = holds(database)
    assert {row.kind: row.balance_fen for row in trial.rows} == {
        AccountKind.QUOTA_FREE: -150 * WAN,
        AccountKind.QUOTA_HELD: 150 * WAN,
    }
    with database.write() as session:
        grant = OnlineGrant("HT-9", clock.today(), amount_fen=120 * WAN)
        made = record_grant(session, lender.reviewer, accepted.public_id, grant)
    found = {row.kind: row.balance_fen for row in holds(database).rows}
    assert found[AccountKind.QUOTA_HELD] == 0
    assert found[AccountKind.QUOTA_USED] == 120 * WAN
    assert found[AccountKind.LINE_AVAILABLE] == 120 * WAN
    assert counters(database, made) == Counted(120 * WAN, 0, 0)


def test_a_withdrawn_application_gives_its_quota_back(database, lines_, lender, product, firm):
    accepted = lines_.accepted(lender, product, firm)
    with database.write() as session:
        withdrawing.withdraw(session, firm.owner, accepted.public_id)
    assert all(row.balance_fen == 0 for row in holds(database).rows)


def test_hold_post_repay_restores_what_is_available(database, line):
    loan = loan_of(line)
    with database.write() as session:
        key = credit.hold(session, None, loan, 100 * WAN)
    assert counters(database, line) == Counted(150 * WAN, 100 * WAN, 0)
    with database.write() as session:
        credit.pay_out(session, None, loan, key, fen=100 * WAN, on=clock.today())
        credit.charge(session, None, loan, interest_fen=500, penalty_fen=20, on=clock.today())
    assert counters(database, line) == Counted(150 * WAN, 0, 100 * WAN)
    with database.write() as session:
        parts = Parts(40 * WAN, 500, 20, outstanding_fen=100 * WAN)
        credit.repay(session, None, loan, parts, clock.today())
        row = session.get_one(CreditLine, line.id)
        row.disbursed_fen, row.balance_fen = 100 * WAN, 60 * WAN
    assert counters(database, line) == Counted(150 * WAN, 0, 60 * WAN)
    found = {row.kind: row.balance_fen for row in holds(database).rows}
    assert found[AccountKind.PRINCIPAL] == 60 * WAN
    assert found[AccountKind.INTEREST_DUE] == found[AccountKind.PENALTY_DUE] == 0


def test_a_hold_is_settled_once(database, line):
    loan = loan_of(line)
    with database.write() as session:
        key = credit.hold(session, None, loan, 50 * WAN)
        credit.hold(session, None, loan_of(line, 2), 50 * WAN)
    with database.write() as session:
        credit.void(session, None, loan, key, 50 * WAN)
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        credit.pay_out(session, None, loan, key, fen=50 * WAN, on=clock.today())
    assert isinstance(constraints.explain(caught.value), DuplicateRequest)
    assert counters(database, line) == Counted(150 * WAN, 50 * WAN, 0)
    holds(database)


def test_no_more_is_held_than_is_available_and_nothing_on_a_frozen_line(database, line, lender):
    with pytest.raises(RuleRefused) as refused, database.write() as session:
        credit.hold(session, None, loan_of(line), 150 * WAN + 1)
    assert refused.value.code == "limit_exhausted"
    with database.write() as session:
        holding.take_step(session, lender.approver, line.public_id, "freeze", reason="核查")
    with pytest.raises(RuleRefused) as refused, database.write() as session:
        credit.hold(session, None, loan_of(line), 1)
    assert refused.value.code == "limit_closed"
    with database.write() as session:
        holding.take_step(session, lender.approver, line.public_id, "unfreeze", reason="核查完毕")
        holding.block_drawing(session, session.get_one(CreditLine, line.id), "等级下降")
    with pytest.raises(RuleRefused), database.write() as session:
        credit.hold(session, None, loan_of(line), 1)
    with database.write() as session:
        holding.allow_drawing(session, None, session.get_one(CreditLine, line.id), "恢复")
        credit.hold(session, None, loan_of(line), 1)
    holds(database)


def test_reports_corrections_and_the_end_of_a_line_keep_the_books(database, lines_, lender, firm, product):
    line = lines_.offline(lender, firm, product=product)
    on = line.granted_on
    for days, disbursed, balance in ((5, 60, 60), (9, 80, 50), (9, 80, 45)):
        with database.write() as session:
            report = BalanceReport(on + timedelta(days=days), disbursed * WAN, balance * WAN)
            balances.report_balance(session, lender.reviewer, line.public_id, report)
        holds(database)
    assert counters(database, line) == Counted(100 * WAN, 0, 80 * WAN)
    with database.write() as session:
        before = correcting.terms_of(session.get_one(CreditLine, line.id))
        correcting.correct(
            session, lender.approver, line.public_id, replace(before, amount_fen=90 * WAN), reason="录错"
        )
    assert counters(database, line) == Counted(90 * WAN, 0, 80 * WAN)
    holds(database)
    with database.write() as session:
        holding.take_step(session, lender.approver, line.public_id, "terminate", reason="结清")
    assert counters(database, line) == Counted(80 * WAN, 0, 80 * WAN)
    holds(database)


def test_a_voided_record_leaves_nothing_but_history(database, lines_, lender, firm, product):
    line = lines_.offline(lender, firm, product=product)
    with database.write() as session:
        report = BalanceReport(line.granted_on + timedelta(days=1), 60 * WAN, 30 * WAN)
        balances.report_balance(session, lender.reviewer, line.public_id, report)
    with database.write() as session:
        correcting.void(session, lender.approver, line.public_id, reason="登错")
    assert all(row.balance_fen == 0 for row in holds(database).rows)
    assert counters(database, line) == Counted(0, 0, 0)


def test_a_line_signed_later_takes_nothing_before_and_gives_its_quota_back_when_cancelled(
    database, lines_, lender, product, firm
):
    line = lines_.online(lender, product, firm, sign_later=True)
    assert line.state == "pending_signing"
    with pytest.raises(RuleRefused), database.write() as session:
        credit.hold(session, None, loan_of(line), 1)
    with database.write() as session:
        holding.take_step(session, lender.approver, line.public_id, "cancel", reason="企业放弃")
    assert all(row.balance_fen == 0 for row in holds(database).rows)


def test_a_risk_pool_bears_its_share_until_repaid(database, line):
    with database.write() as session:
        pool = RiskPool(name={"zh": "风险池", "en": "Pool"}, most_share_ppm=500_000)
        session.add(pool)
        session.flush()
        credit.fund_pool(session, None, pool.id, 20 * WAN, is_new=True)
    loan = Loan(loan_of(line, pool_id=pool.id).about, revolving=True, pool_share_ppm=333_333)
    with database.write() as session:
        key = credit.hold(session, None, loan, 50 * WAN)
        credit.pay_out(session, None, loan, key, fen=50 * WAN, on=clock.today())
    with pytest.raises(RuleRefused), database.write() as session:
        credit.hold(session, None, loan, 50 * WAN)
    left = 50 * WAN
    for fen in (1, 7_777_777, 50 * WAN - 7_777_778):
        with database.write() as session:
            credit.repay(session, None, loan, Parts(fen, outstanding_fen=left), clock.today())
            left -= fen
            row = session.get_one(CreditLine, line.id)
            row.disbursed_fen, row.balance_fen = 50 * WAN, left
        holds(database)
    with database.read() as session:
        assert limits.counted(session, Owner.POOL, pool.id) == Counted(20 * WAN, 0, 0)


def test_a_compensated_loan_is_paid_from_the_pool_and_a_loss_is_written_off(database, line):
    with database.write() as session:
        pool = RiskPool(name={"zh": "风险池", "en": "Pool"}, most_share_ppm=500_000)
        session.add(pool)
        session.flush()
        credit.fund_pool(session, None, pool.id, 20 * WAN, is_new=True)
        for number, take in ((1, credit.compensate), (2, credit.write_off)):
            about = loan_of(line, number, pool_id=pool.id).about
            loan = Loan(about, revolving=True, pool_share_ppm=200_000)
            key = credit.hold(session, None, loan, 10 * WAN)
            credit.pay_out(session, None, loan, key, fen=10 * WAN, on=clock.today())
            take(session, None, loan, Parts(10 * WAN, outstanding_fen=10 * WAN), clock.today(), memo="逾期")
    found = {row.kind: row.balance_fen for row in holds(database).rows}
    assert found[AccountKind.POOL_PAID] == 2 * WAN
    assert found[AccountKind.POOL_USED] == 0
    assert found[AccountKind.COMPENSATED] == found[AccountKind.LOSS] == 10 * WAN
    assert counters(database, line) == Counted(150 * WAN, 0, 20 * WAN)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE ledger_limit SET used_fen = used_fen + 1",
        "UPDATE ledger_limit SET limit_fen = limit_fen + 1",
        "UPDATE product SET quota_used_fen = quota_used_fen - 1",
        "UPDATE credit_line SET balance_fen = balance_fen - 1",
        "UPDATE credit_line SET amount_fen = amount_fen + 1",
        "DELETE FROM ledger_limit",
        "UPDATE ledger_entry SET fen = fen + 1 WHERE id = 2",
        "DELETE FROM ledger_entry WHERE id = 2",
        "UPDATE ledger_transaction SET entry_count = 3 WHERE id = 2",
    ],
)
def test_whatever_is_tampered_with_is_found(database, lines_, lender, firm, product, tampering):
    line = lines_.offline(lender, firm, product=product)
    with database.write() as session:
        report = BalanceReport(line.granted_on, 60 * WAN, 60 * WAN)
        balances.report_balance(session, lender.reviewer, line.public_id, report)
    holds(database)
    with database.engine.begin() as connection:
        connection.execute(text(tampering))
    with database.read() as session:
        assert trial_balance(session).findings
    with database.write() as session:
        tasks.check_books(session, {})
        told = session.scalars(select(Notice.kind)).all()
    assert "ledger.broken" in told


def test_the_command_proves_the_books_or_ends_with_one(database, line):
    class Context:
        def database(self):
            return database

    assert CliRunner().invoke(ledger_command, ["check"], obj=Context()).exit_code == 0
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE product SET quota_used_fen = 0"))
    found = CliRunner().invoke(ledger_command, ["check", "--json"], obj=Context())
    assert found.exit_code == 1
    assert '"holds": false' in found.output


def test_lines_written_in_bulk_come_into_the_books_once(database, lines_, lender, firm, product):
    line = lines_.offline(lender, firm, product=product)
    with database.write() as session:
        report = BalanceReport(line.granted_on, 60 * WAN, 40 * WAN)
        balances.report_balance(session, lender.reviewer, line.public_id, report)
    with database.engine.begin() as connection:
        for table in ("ledger_entry", "ledger_transaction", "ledger_account", "ledger_limit"):
            connection.execute(text(f"DELETE FROM {table}"))
    with database.write() as session:
        assert opening.open_books(session) == 1
        assert opening.open_books(session) == 0
    holds(database)


def test_statements_show_what_moved(database, line, firm, lender):
    with database.write() as session:
        credit.hold(session, None, loan_of(line), 30 * WAN)
    with database.read() as session:
        mine = statements.of_firm(session, firm.id)
        assert [row.kind for row in mine] == [TransactionKind.DRAW_HOLD, TransactionKind.LINE_OPEN]
        assert mine[0].available_fen == -30 * WAN
        assert len(statements.of_lender(session, lender.id)) == 4
        assert statements.of_firm(session, firm.id + 1) == []


def test_pages_show_statements_and_the_trial_balance(database, line, firm, lender, scene, as_actor):
    assert "授信额度生效" in as_actor(firm.owner).get("/firm/ledger").text
    assert "可用额度" in as_actor(lender.viewer).get("/lender/ledger").text
    assert "账目平衡" in as_actor(scene.publisher).get("/platform/ledger").text
