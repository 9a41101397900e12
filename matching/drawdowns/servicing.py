"""A drawdown while it is outstanding: interest falls due, payments are taken, lateness is noticed, losses are recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DomainError, InvalidInput, NotAllowed, RuleRefused
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.money import MAX_FEN, amount_words
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from lenders.pricing.overdue import Owed, allocate
from lenders.pricing.rates import RateKind
from lenders.pricing.running import Change, Keep, Prepayment, RateChange, RowKind, running_schedule
from lenders.products import service as products
from matching.conflicts import service as conflicts
from matching.drawdowns import announcing
from matching.drawdowns.lookup import drawdown_of_lender
from matching.drawdowns.model import Drawdown, DrawdownChange
from matching.drawdowns.position import Position, changes_of, loan_of, position, terms_of
from matching.drawdowns.rules import DRAWDOWN_STATE_WORDS, OUTSTANDING, DrawdownState
from matching.drawdowns.stepping import check_actor, check_reason, lock, take
from matching.ledger import credit
from matching.ledger.credit import Parts
from matching.lines.movements import add_to_line

_log = structlog.get_logger()
_RUNNING = (DrawdownState.PERFORMING, DrawdownState.OVERDUE)


@dataclass(frozen=True, slots=True)
class Payment:
    """What a firm paid on a day. What exceeds what is due repays principal early; ``keep`` says what then stays."""

    amount_fen: int
    on: date
    keep: Keep = Keep.TERM


def repay(session: Session, actor: Actor, drawdown_id: str, payment: Payment) -> Drawdown:
    """Record a payment: penalty interest, interest, principal due, and the rest as a prepayment.

    Raises:
        NotFound, NotAllowed, Conflict: as for every step.
        InvalidInput: no amount, more than is owed, a day before the last payment or in the future.
    """
    drawdown = _running(session, actor, drawdown_id, Role.LENDER_REVIEWER)
    if type(payment.amount_fen) is not int or not 0 < payment.amount_fen <= MAX_FEN:
        raise InvalidInput({"amount_fen": [Words("还款金额应大于 0。", "The amount must be above 0.")]})
    lock(session, drawdown)
    now = position(session, drawdown, payment.on)
    check_day(now)
    charge(session, actor, now)
    owed = now.owed
    if payment.amount_fen <= owed.total_fen:
        parts = allocate(payment.amount_fen, owed)
    else:
        early = _prepay(session, actor, now, payment)
        parts = Owed(
            owed.penalty_fen, owed.interest_fen + early.interest_fen, owed.principal_fen + early.principal_fen
        )
    booked = Parts(
        parts.principal_fen, parts.interest_fen, parts.penalty_fen, outstanding_fen=now.outstanding_fen
    )
    credit.repay(session, actor, loan_of(drawdown), booked, payment.on)
    add_to_line(session, drawdown.line, lent_fen=0, repaid_fen=parts.principal_fen)
    announcing.trace(session, actor, drawdown, "repay", paid_fen=payment.amount_fen)
    announcing.tell_firm(session, drawdown, "repay", paid=amount_words(payment.amount_fen).as_json())
    follow(session, drawdown)
    return drawdown


def charge(session: Session, actor: Actor | None, now: Position) -> None:
    """Book the interest and penalty interest due by the day that is not booked yet."""
    due = sum(row.interest_fen for row in now.rows if row.due <= now.on)
    credit.charge(
        session,
        actor,
        loan_of(now.drawdown),
        interest_fen=due - now.charged_interest_fen,
        penalty_fen=now.penalty_fen - now.charged_penalty_fen,
        on=now.on,
    )


def follow(session: Session, drawdown: Drawdown) -> None:
    """Take a drawdown to the state that payments and time say: performing, overdue or settled."""
    now = position(session, drawdown, clock.today())
    if now.outstanding_fen == 0 and now.owed.total_fen == 0:
        take(session, None, drawdown, "settle")
        announcing.settle(session, drawdown)
        announcing.tell_firm(session, drawdown, "settle")
    elif now.is_late and drawdown.state_now is DrawdownState.PERFORMING:
        take(session, None, drawdown, "fall_overdue")
        announcing.tell_firm(session, drawdown, "overdue")
        announcing.ask_lender(session, drawdown, "to_collect", Role.LENDER_REVIEWER)
    elif not now.is_late and drawdown.state_now is DrawdownState.OVERDUE:
        take(session, None, drawdown, "catch_up")
        announcing.settle(session, drawdown)


def service_due(session: Session) -> int:
    """Every night: book what fell due and notice what is late; answers how many drawdowns were looked at.

    One that cannot be serviced is told in the log and does not keep the others from it.
    """
    rows = session.scalars(
        select(Drawdown)
        .where(Drawdown.state.in_([state.value for state in OUTSTANDING]))
        .options(selectinload(Drawdown.line), selectinload(Drawdown.changes))
    ).all()
    for drawdown in rows:
        public_id = drawdown.public_id
        try:
            with session.begin_nested():
                lock(session, drawdown)
                charge(session, None, position(session, drawdown, clock.today()))
                follow(session, drawdown)
        except (DomainError, ArithmeticError):
            _log.exception("drawdown_not_serviced", drawdown=public_id)
    return len(rows)


def set_rate(session: Session, actor: Actor, drawdown_id: str, *, on: date, rate_ppm: int) -> Drawdown:
    """A floating rate is set anew (LPR 重定价) from a day on; a fixed one needs an amendment.

    Raises:
        NotFound, NotAllowed, Conflict: as for every step.
        RuleRefused: ``fixed_rate``.
        InvalidInput: a past day, one after the end, or a rate out of range.
    """
    drawdown = _running(session, actor, drawdown_id, Role.LENDER_APPROVER)
    if not is_floating(session, drawdown):
        raise RuleRefused(
            "fixed_rate",
            Words(
                "合同为固定利率，调整利率须经企业同意，请发起变更。",
                "The contract’s rate is fixed. A change needs the firm’s consent: propose an amendment.",
            ),
        )
    if on < clock.today():
        raise InvalidInput({"on": [Words("不能早于今天。", "The day cannot lie in the past.")]})
    add_change(session, actor, drawdown, RateChange(on, rate_ppm))
    announcing.trace(session, actor, drawdown, "set_rate", rate_ppm=rate_ppm, on=on.isoformat())
    announcing.tell_firm(session, drawdown, "rate")
    return drawdown


def is_floating(session: Session, drawdown: Drawdown) -> bool:
    """Whether the product of the line is priced over LPR."""
    version_id = drawdown.line.product_version_id
    if version_id is None:
        return False
    return products.version(session, version_id).terms.rate.kind is RateKind.LPR_SPREAD


def end_badly(session: Session, actor: Actor, drawdown_id: str, step: str, *, reason: str) -> Drawdown:
    """Record that an overdue drawdown was compensated by guarantor and pool, or written off.

    Raises:
        NotFound, NotAllowed, Conflict: see :func:`~matching.drawdowns.stepping.take`.
        InvalidInput: no reason.
    """
    drawdown = drawdown_of_lender(session, actor, drawdown_id)
    check_actor(session, actor, step)
    check_reason(reason)
    if drawdown.state_now is not DrawdownState.OVERDUE:
        raise illegal_step(DRAWDOWN_STATE_WORDS[drawdown.state_now])
    lock(session, drawdown)
    today = clock.today()
    now = position(session, drawdown, today)
    charge(session, actor, now)
    now = position(session, drawdown, today)
    parts = Parts(
        now.outstanding_fen, now.owed.interest_fen, now.owed.penalty_fen, outstanding_fen=now.outstanding_fen
    )
    book = credit.compensate if step == "compensate" else credit.write_off
    book(session, actor, loan_of(drawdown), parts, today, memo=reason.strip())
    add_to_line(session, drawdown.line, lent_fen=0, repaid_fen=now.outstanding_fen)
    take(session, actor, drawdown, step, reason=reason)
    announcing.settle(session, drawdown)
    announcing.tell_firm(session, drawdown, step, reason=reason.strip())
    return drawdown


def add_change(session: Session, actor: Actor, drawdown: Drawdown, change: Change) -> None:
    """Keep what changes the schedule, once it is known to give one.

    Raises:
        InvalidInput: it lies outside the loan, or the loan would never be repaid.
    """
    assert drawdown.paid_out_on is not None
    running_schedule(terms_of(drawdown, drawdown.paid_out_on), [*changes_of(drawdown), change])
    kind, value, keep = _kept(change)
    drawdown.changes.append(
        DrawdownChange(kind=kind, on_date=change.on, value=value, keep=keep, user_id=actor.user_id)
    )
    session.flush()


def _kept(change: Change) -> tuple[str, int, str]:
    if isinstance(change, Prepayment):
        return "prepayment", change.principal_fen, change.keep.value
    if isinstance(change, RateChange):
        return "rate", change.rate_ppm, ""
    return "extension", change.months, ""


def _prepay(session: Session, actor: Actor, now: Position, payment: Payment) -> Owed:
    """What a payment repays beyond what is due: the interest accrued since, and principal."""
    rest = payment.amount_fen - now.owed.total_fen
    left = now.outstanding_fen - now.owed.principal_fen
    words = Words("超过应还总额，全部还清需 {most}。", "This is more than is owed: {most} repays everything.")
    if left == 0:
        raise _too_much(words, now.owed.total_fen)
    accrued = accrued_to(now, 1)
    if rest > left + accrued:
        raise _too_much(words, now.owed.total_fen + left + accrued)
    if rest <= accrued:
        least = now.owed.total_fen + accrued
        too_little = Words(
            "提前还款须先付清截至当日的利息，应超过 {least}。",
            "An early repayment first pays the interest up to its day: pay more than {least}.",
        )
        raise InvalidInput({"amount_fen": [too_little.fill(least=amount_words(least))]})
    repay_ahead(session, actor, now, rest - accrued, payment.keep)
    return Owed(0, accrued, rest - accrued)


def accrued_to(now: Position, principal_fen: int) -> int:
    """The interest that falls due with an early repayment of principal on the day; nought where none is repaid early."""
    drawdown = now.drawdown
    if principal_fen == 0:
        return 0
    assert drawdown.paid_out_on is not None
    tried = running_schedule(
        terms_of(drawdown, drawdown.paid_out_on), [*changes_of(drawdown), Prepayment(now.on, principal_fen)]
    )
    return [row for row in tried if row.kind is RowKind.PREPAYMENT and row.due == now.on][-1].interest_fen


def repay_ahead(
    session: Session, actor: Actor, now: Position, principal_fen: int, keep: Keep = Keep.TERM
) -> int:
    """Keep that principal is repaid before it is due, and charge the interest up to the day; answers the interest."""
    accrued = accrued_to(now, principal_fen)
    if principal_fen:
        add_change(session, actor, now.drawdown, Prepayment(now.on, principal_fen, keep))
    if accrued:
        loan = loan_of(now.drawdown)
        credit.charge(session, actor, loan, interest_fen=accrued, penalty_fen=0, on=now.on)
    return accrued


def _too_much(words: Words, most_fen: int) -> InvalidInput:
    told = words.fill(most=amount_words(most_fen))
    return InvalidInput({"amount_fen": [told]}, told, "more_than_owed")


def _running(session: Session, actor: Actor, drawdown_id: str, role: Role) -> Drawdown:
    drawdown = drawdown_of_lender(session, actor, drawdown_id)
    if not actor.has_role(role):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    conflicts.check(session, actor, drawdown.firm_id)
    if drawdown.state_now not in _RUNNING:
        raise illegal_step(DRAWDOWN_STATE_WORDS[drawdown.state_now])
    return drawdown


def check_day(now: Position) -> None:
    """Raises InvalidInput for a day before the last payment, or in the future."""
    first = now.last_payment_on or now.drawdown.paid_out_on or now.on
    if not first <= now.on <= clock.today():
        words = Words("还款日期应在 {first} 至今天之间。", "The day lies between {first} and today.")
        raise InvalidInput({"on": [words.fill(first=first.isoformat())]})
