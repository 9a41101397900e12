"""Renewal without repaying principal: a loan of the old line goes on under the new one, and no principal moves as money."""

from __future__ import annotations

from datetime import timedelta

import pytest

from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotFound, RuleRefused
from matching.drawdowns import carrying, deciding, lookup, requesting, servicing
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import position
from matching.drawdowns.rules import DrawdownState, Request
from matching.drawdowns.servicing import Payment
from matching.ledger import limits, statements
from matching.ledger.checking import trial_balance
from matching.ledger.rules import AccountKind, Counted, Owner, TransactionKind
from matching.lines.model import CreditLine
from matching.lines.rules import LineKind, LineState
from tests.scene import WAN


@pytest.fixture
def act(database):
    def run(use, *args, **values):
        with database.write() as session:
            return use(session, *args, **values)

    return run


@pytest.fixture
def old(act, lines_, lender, product, firm):
    """A line of 1.5 million with a loan of 1 million, paid out today for six months."""
    line = lines_.online(lender, product, firm)
    made = act(requesting.request, firm.owner, line.public_id, Request(100 * WAN, 6))
    act(deciding.approve, lender.approver, made.public_id)
    act(deciding.disburse, lender.reviewer, made.public_id, on=clock.today())
    return line


@pytest.fixture
def new(old, lines_, lender, product, firm):
    """The line that renews it, granted twenty days later."""
    with clock.at(clock.now() + timedelta(days=20)):
        yield lines_.online(lender, product, firm, kind=LineKind.RENEWAL, renews=old.contract_number)


@pytest.fixture
def loan(database, old):
    with database.read() as session:
        return lookup.of_line(session, old.id)[0]


def carried(act, lender, firm, new, loan, **values):
    made = act(carrying.request, firm.owner, new.public_id, loan.public_id, term_months=12, **values)
    act(deciding.approve, lender.approver, made.public_id)
    return act(deciding.disburse, lender.reviewer, made.public_id, on=clock.today())


def test_the_principal_goes_over_and_only_interest_is_paid(
    database, act, lender, firm, old, new, loan
) -> None:
    made = carried(act, lender, firm, new, loan)
    with database.read() as session:
        gone, stays = session.get_one(Drawdown, loan.id), session.get_one(Drawdown, made.id)
        assert (gone.state, stays.state) == (DrawdownState.SETTLED, DrawdownState.PERFORMING)
        assert position(session, stays, clock.today()).outstanding_fen == 100 * WAN
        assert position(session, gone, clock.today()).outstanding_fen == 0
        # 1 million for twenty days at 3.85% on 360 days; nothing else moved as money.
        paid = [
            row for row in statements.of_drawdown(session, loan.id) if row.kind is TransactionKind.REPAYMENT
        ]
        assert [row.funds_fen for row in paid] == [213_889]
        assert sum(row.funds_fen for row in statements.of_drawdown(session, made.id)) == 0
        both = [*statements.of_drawdown(session, loan.id), *statements.of_drawdown(session, made.id)]
        assert sum(row.on_account(AccountKind.CARRIED) for row in both) == 0
        assert trial_balance(session).findings == ()


def test_the_old_line_ends_and_the_new_one_is_used(database, act, lender, firm, old, new, loan) -> None:
    carried(act, lender, firm, new, loan)
    with database.read() as session:
        before, after = session.get_one(CreditLine, old.id), session.get_one(CreditLine, new.id)
        assert (before.state, before.balance_fen) == (LineState.TERMINATED, 0)
        assert new.contract_number in before.state_reason
        assert (after.state, after.balance_fen, after.renews_line_id) == (LineState.ACTIVE, 100 * WAN, old.id)
        assert limits.counted(session, Owner.LINE, new.id) == Counted(150 * WAN, 0, 100 * WAN)


def test_a_loan_is_asked_for_once(act, firm, new, loan, database) -> None:
    with database.read() as session:
        assert [row.drawdown.id for row in carrying.carriable(session, new)] == [loan.id]
    act(carrying.request, firm.owner, new.public_id, loan.public_id, term_months=12)
    with pytest.raises(RuleRefused, match="renewal_under_way"):
        act(carrying.request, firm.owner, new.public_id, loan.public_id, term_months=12)
    with database.read() as session:
        assert carrying.carriable(session, new) == ()


def test_what_was_repaid_meanwhile_has_to_be_asked_for_anew(act, lender, firm, new, loan) -> None:
    made = act(carrying.request, firm.owner, new.public_id, loan.public_id, term_months=12)
    act(deciding.approve, lender.approver, made.public_id)
    act(servicing.repay, lender.reviewer, loan.public_id, Payment(20 * WAN, clock.today()))
    with pytest.raises(RuleRefused, match="carried_amount_changed"):
        act(deciding.disburse, lender.reviewer, made.public_id, on=clock.today())


def test_an_overdue_loan_is_not_renewed(database, act, firm, new, loan) -> None:
    with clock.at(clock.now() + timedelta(days=60)):
        act(servicing.service_due)
        with database.read() as session:
            assert session.get_one(Drawdown, loan.id).state_now is DrawdownState.OVERDUE
        with pytest.raises(RuleRefused, match="not_performing"):
            act(carrying.request, firm.owner, new.public_id, loan.public_id, term_months=6)


def test_only_a_loan_of_the_renewed_line_goes_over(act, lines_, lender, product, firm, loan, new) -> None:
    other = lines_.online(lender, product, firm)
    with pytest.raises(NotFound):
        act(carrying.request, firm.owner, other.public_id, loan.public_id, term_months=6)
    with pytest.raises(InvalidInput):
        act(carrying.request, firm.owner, new.public_id, loan.public_id, term_months=24)


def test_the_firm_and_the_bank_do_it_by_their_pages(as_actor, lender, firm, new, loan) -> None:
    owner = as_actor(firm.owner)
    page = f"/firm/lines/{new.public_id}/drawdowns"
    assert "不必先还本金" in owner.get(page).get_data(as_text=True)
    sent = {"drawdown_id": loan.public_id, "term_months": "12"}
    asked = owner.post(f"/firm/lines/{new.public_id}/renewals", data=sent)
    assert asked.status_code == 302
    key = asked.location.rsplit("/", 1)[-1]
    as_actor(lender.approver).post(f"/lender/drawdowns/{key}/steps/approve")
    reviewer = as_actor(lender.reviewer)
    told = reviewer.get(f"/lender/drawdowns/{key}").get_data(as_text=True)
    assert "无还本续贷转入" in told
    assert "¥2,138.89" in told
    reviewer.post(f"/lender/drawdowns/{key}/pay-out", data={"on": clock.today().isoformat()})
    assert "已结清" in owner.get(f"/firm/drawdowns/{loan.public_id}").get_data(as_text=True)
    assert "正常还款" in owner.get(f"/firm/drawdowns/{key}").get_data(as_text=True)
