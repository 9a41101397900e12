"""Renewal without repaying principal (无还本续贷): a loan of the line that is renewed goes on under the new one.

The firm asks for it on the new line, whose terms it accepted; an approver agrees and a reviewer records it, as with any
drawdown. No money is paid out and none comes back but the interest up to the day: the principal leaves the old loan and
is outstanding on the new one in the same transaction. The old line ends when nothing of it is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound, RuleRefused
from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from matching.drawdowns import announcing, requesting, servicing
from matching.drawdowns.lookup import DRAWDOWN_WORDS, of_line
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import loan_of, position
from matching.drawdowns.rules import OPEN_REQUESTS, OUTSTANDING, DrawdownState, Request
from matching.drawdowns.stepping import lock
from matching.ledger import credit
from matching.ledger.credit import Parts
from matching.lines.holding import end_renewed
from matching.lines.lookup import line_of_firm
from matching.lines.model import CreditLine
from matching.lines.movements import add_to_line

NOT_PERFORMING = Words(
    "只有正常还款中的贷款可以无还本续贷，逾期的请先还清欠款。",
    "Only a loan that is being repaid on time can be renewed without repayment. Pay what is overdue first.",
)
UNDER_WAY = Words("这笔贷款的续贷已在办理中。", "The renewal of this loan is under way already.")
CHANGED = Words(
    "原贷款的未还本金已变为 {left}，请取消后由企业重新申请。",
    "The old loan has {left} outstanding now. Cancel this, and let the firm ask again.",
)
PURPOSE = Words("无还本续贷，原合同 {contract}", "Renewal without repayment of contract {contract}")


@dataclass(frozen=True, slots=True)
class Carriable:
    """A loan that can go on under the new line, and what is outstanding of it; fen."""

    drawdown: Drawdown
    outstanding_fen: int


def carriable(session: Session, line: CreditLine) -> Sequence[Carriable]:
    """The loans of the line that this one renews which are being repaid on time and not asked for already."""
    if line.renews_line_id is None:
        return ()
    asked = _asked_for(session, line.renews_line_id)
    return tuple(
        Carriable(row, position(session, row, clock.today()).outstanding_fen)
        for row in of_line(session, line.renews_line_id)
        if row.state_now is DrawdownState.PERFORMING and row.id not in asked
    )


def request(session: Session, actor: Actor, line_id: str, drawdown_id: str, *, term_months: int) -> Drawdown:
    """The firm asks that a loan of the renewed line goes on under this one; its principal is held on the new limit.

    Raises:
        NotFound: the line is not the firm's, or renews no line with this loan.
        NotAllowed, Conflict, InvalidInput: as for every drawdown.
        RuleRefused: ``not_performing``, ``renewal_under_way``, or as for every drawdown.
    """
    line = line_of_firm(session, actor, line_id)
    old = session.scalar(
        select(Drawdown).where(
            Drawdown.public_id == drawdown_id, Drawdown.line_id == (line.renews_line_id or 0)
        )
    )
    if old is None:
        raise NotFound(DRAWDOWN_WORDS)
    lock(session, old)
    _check_performing(old)
    if old.id in _asked_for(session, old.line_id):
        raise RuleRefused("renewal_under_way", UNDER_WAY)
    left = position(session, old, clock.today()).outstanding_fen
    said = PURPOSE.fill(contract=old.line.contract_number).zh
    made = requesting.request(session, actor, line_id, Request(left, term_months, said))
    made.carries = old
    session.flush()
    return made


def take_over(session: Session, actor: Actor, drawdown: Drawdown, on: date) -> None:
    """In place of paying out: the interest up to the day is paid, the principal goes over, the old loan is settled.

    Raises:
        RuleRefused: ``not_performing``, or ``carried_amount_changed`` where the old loan was repaid meanwhile.
        InvalidInput: a day before the old loan's last payment.
    """
    old = drawdown.carries
    assert old is not None
    assert drawdown.hold_id is not None
    _check_performing(old)
    lock(session, old)
    now = position(session, old, on)
    servicing.check_day(now)
    if now.outstanding_fen != drawdown.amount_fen:
        left = amount_words(now.outstanding_fen)
        raise RuleRefused("carried_amount_changed", CHANGED.fill(left=left))
    servicing.charge(session, actor, now)
    accrued = servicing.repay_ahead(session, actor, now, now.outstanding_fen - now.owed.principal_fen)
    interest, penalty, left_fen = now.owed.interest_fen + accrued, now.owed.penalty_fen, now.outstanding_fen
    memo = drawdown.purpose
    if interest or penalty:
        credit.repay(
            session, actor, loan_of(old), Parts(0, interest, penalty, outstanding_fen=left_fen), on, memo=memo
        )
    credit.carry_out(session, actor, loan_of(old), Parts(left_fen, outstanding_fen=left_fen), on, memo=memo)
    credit.carry_in(session, actor, loan_of(drawdown), drawdown.hold_id, fen=left_fen, on=on, memo=memo)
    add_to_line(session, old.line, lent_fen=0, repaid_fen=left_fen)
    announcing.trace(session, actor, old, "carry_over", interest_fen=interest)
    servicing.follow(session, old)
    if not any(row.state_now in (*OUTSTANDING, *OPEN_REQUESTS) for row in of_line(session, old.line_id)):
        end_renewed(session, old.line, drawdown.line.contract_number)


def interest_to(session: Session, drawdown: Drawdown, on: date) -> int:
    """What the firm pays on the day the old loan goes over: interest due and accrued, and any penalty; fen."""
    old = drawdown.carries
    assert old is not None
    now = position(session, old, on)
    ahead = now.outstanding_fen - now.owed.principal_fen
    return now.owed.interest_fen + now.owed.penalty_fen + servicing.accrued_to(now, ahead)


def _check_performing(old: Drawdown) -> None:
    if old.state_now is not DrawdownState.PERFORMING:
        raise RuleRefused("not_performing", NOT_PERFORMING)


def _asked_for(session: Session, line_id: int) -> set[int]:
    """The loans of a line whose renewal is under way."""
    found = session.scalars(
        select(Drawdown.carries_id).where(
            Drawdown.carries_id.in_(select(Drawdown.id).where(Drawdown.line_id == line_id)),
            Drawdown.state.in_([state.value for state in OPEN_REQUESTS]),
        )
    )
    return {key for key in found if key is not None}
