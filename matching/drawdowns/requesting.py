"""A firm asks for part of its line, and may take an approved drawdown back before it is paid out."""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, NotAllowed
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from lenders.pricing.schedule import RepaymentMethod
from matching.drawdowns import announcing
from matching.drawdowns.lookup import drawdown_of_firm
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import loan_of
from matching.drawdowns.rules import Request, check_request, day_count_of
from matching.drawdowns.stepping import give_up
from matching.ledger import credit
from matching.lines.lookup import line_of_firm
from matching.lines.rules import LINE_STATE_WORDS, LineState


def request(session: Session, actor: Actor, line_id: str, asked: Request) -> Drawdown:
    """Ask for part of the line; from now on it is held, so that nobody else can use it.

    Raises:
        NotFound: the line is not the firm's.
        NotAllowed: only the owner draws.
        InvalidInput: amount or term cannot be.
        Conflict: the line is not active, or its record was voided.
        RuleRefused: ``limit_exhausted``, or ``limit_closed`` where a policy allows no new drawdown.
    """
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed
    line = line_of_firm(session, actor, line_id)
    if line.standing is None:
        raise Conflict("voided", Words("该登记已作废。", "This record was voided."))
    if line.state_now is not LineState.ACTIVE:
        raise illegal_step(LINE_STATE_WORDS[line.state_now])
    check_request(asked, today=clock.today(), line_ends_on=line.maturity_on)
    method, support = RepaymentMethod(line.repayment_method), line.support
    drawdown = Drawdown(
        line=line,
        firm_id=line.firm_id,
        lender_organisation_id=line.lender_organisation_id,
        amount_fen=asked.amount_fen,
        rate_ppm=line.annual_rate_ppm,
        term_months=asked.term_months,
        repayment_method=method.value,
        day_count=day_count_of(method).value,
        purpose=asked.purpose.strip(),
        pool_id=support.pool_id if support else None,
        pool_share_ppm=support.pool_share_ppm if support else 0,
        requested_by_id=actor.user_id,
    )
    session.add(drawdown)
    session.flush()
    drawdown.hold_id = credit.hold(session, actor, loan_of(drawdown), asked.amount_fen)
    session.flush()
    announcing.trace(session, actor, drawdown, "request", term_months=asked.term_months)
    announcing.ask_lender(session, drawdown, "requested", Role.LENDER_APPROVER)
    return drawdown


def cancel(session: Session, actor: Actor, drawdown_id: str, *, reason: str) -> Drawdown:
    """The firm takes back an approved drawdown that was not paid out; its hold ends.

    Raises:
        NotFound, NotAllowed, Conflict, InvalidInput: see :func:`~matching.drawdowns.stepping.give_up`.
    """
    return give_up(session, actor, drawdown_of_firm(session, actor, drawdown_id), "cancel", reason=reason)
