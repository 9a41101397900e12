"""The lender's decision on a drawdown and paying it out, by two officers."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.dates import add_months
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from matching.conflicts.four_eyes import check_other_person
from matching.drawdowns import announcing, carrying
from matching.drawdowns.lookup import drawdown_of_lender
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import loan_of
from matching.drawdowns.rules import DRAWDOWN_STATE_WORDS, DrawdownState
from matching.drawdowns.stepping import check_actor, give_up, take
from matching.ledger import credit
from matching.lines.movements import add_to_line

OWN_APPROVAL = Words(
    "不能为自己审批的提款放款，请由另一位经办人办理。",
    "You approved this drawdown, so another officer has to pay it out.",
)


def approve(session: Session, actor: Actor, drawdown_id: str) -> Drawdown:
    """Approve a request; a reviewer then pays it out.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.drawdowns.stepping.take`.
    """
    drawdown = drawdown_of_lender(session, actor, drawdown_id)
    take(session, actor, drawdown, "approve", approved_by_id=actor.user_id, approved_at=clock.now())
    announcing.ask_lender(session, drawdown, "to_pay_out", Role.LENDER_REVIEWER)
    announcing.tell_firm(session, drawdown, "approve")
    return drawdown


def reject(session: Session, actor: Actor, drawdown_id: str, *, reason: str) -> Drawdown:
    """Refuse a request; what it held is free again.

    Raises:
        NotFound, NotAllowed, Conflict, InvalidInput: see :func:`~matching.drawdowns.stepping.give_up`.
    """
    return give_up(session, actor, drawdown_of_lender(session, actor, drawdown_id), "reject", reason=reason)


def cancel(session: Session, actor: Actor, drawdown_id: str, *, reason: str) -> Drawdown:
    """Take back an approval before it is paid out."""
    return give_up(session, actor, drawdown_of_lender(session, actor, drawdown_id), "cancel", reason=reason)


def disburse(session: Session, actor: Actor, drawdown_id: str, *, on: date) -> Drawdown:
    """Record that the money was paid out, on a day; from it the schedule runs.

    Where the drawdown carries a renewed loan on, nothing is paid out: see :func:`~matching.drawdowns.carrying.take_over`.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.drawdowns.stepping.take`.
        RuleRefused: ``own_work`` for the officer who approved; ``limit_closed`` where the line is frozen or ended.
        InvalidInput: a day before the approval or in the future, or one from which the term passes the line's end.
    """
    check_actor(session, actor, "disburse")
    drawdown = drawdown_of_lender(session, actor, drawdown_id)
    if drawdown.state_now is not DrawdownState.APPROVED:
        raise illegal_step(DRAWDOWN_STATE_WORDS[drawdown.state_now])
    _check_day(drawdown, on)
    check_other_person(session, actor, drawdown.approved_by_id, words=OWN_APPROVAL)
    take(session, actor, drawdown, "disburse", paid_out_on=on)
    if drawdown.carries is not None:
        carrying.take_over(session, actor, drawdown, on)
    else:
        assert drawdown.hold_id is not None
        credit.pay_out(session, actor, loan_of(drawdown), drawdown.hold_id, fen=drawdown.amount_fen, on=on)
    add_to_line(session, drawdown.line, lent_fen=drawdown.amount_fen, repaid_fen=0)
    take(session, None, drawdown, "perform")
    announcing.settle(session, drawdown)
    announcing.tell_firm(session, drawdown, "disburse")
    return drawdown


def _check_day(drawdown: Drawdown, on: date) -> None:
    first = clock.legal_date(drawdown.approved_at) if drawdown.approved_at else on
    if not first <= on <= clock.today():
        words = Words(
            "放款日期应在审批日期 {first} 至今天之间。",
            "The day lies between the approval on {first} and today.",
        )
        raise InvalidInput({"on": [words.fill(first=first.isoformat())]})
    end = drawdown.line.maturity_on
    if add_months(on, drawdown.term_months) > end:
        words = Words(
            "自该日起的期限超过授信到期日 {end}，请取消后重新申请。",
            "From that day the term passes the line’s end on {end}. Cancel it and ask again.",
        )
        raise InvalidInput({"on": [words.fill(end=end.isoformat())]})
