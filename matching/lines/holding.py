"""Steps of a line's life after the grant: frozen, active again, terminated by an approver; expired by time."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from creditbridge.webhooks.rules import Event
from lenders.institutions import service as institutions
from matching.conflicts import service as conflicts
from matching.conflicts.four_eyes import check_other_person
from matching.lines import announcing, booking
from matching.lines.correcting import check_reason
from matching.lines.lookup import line_of_lender
from matching.lines.model import CreditLine
from matching.lines.rules import CREDIT_LINE, STEP_WORDS, LineState

OWN_GRANT = Words(
    "不能签约自己登记的授信，请由另一位审批人办理。",
    "You recorded this grant, so another officer has to sign it.",
)
RENEWED = Words("已由合同 {contract} 续贷。", "Renewed by contract {contract}.")


def take_step(session: Session, actor: Actor, line_id: str, step: str, *, reason: str) -> CreditLine:
    """Freeze, unfreeze or terminate a line of the actor's lender, and tell the firm.

    Raises:
        NotFound: the line is not the actor's lender's, or no officer takes such a step.
        NotAllowed: the actor is no approver, or the lender may not work on the platform now.
        Conflict: the step is not legal from the line's state, or the record was voided.
        RuleRefused: ``conflict_of_interest``, or ``own_work`` for signing what one recorded.
        InvalidInput: no reason.
    """
    if step not in STEP_WORDS:
        raise NotFound
    if not actor.has_role(Role.LENDER_APPROVER):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    line = line_of_lender(session, actor, line_id)
    if line.standing is None:
        raise Conflict("voided", Words("该登记已作废。", "This record was voided."))
    conflicts.check(session, actor, line.firm_id)
    if step == "sign":
        check_other_person(session, actor, line.recorded_by_id, words=OWN_GRANT)
    check_reason(reason)
    move(session, line, CREDIT_LINE, step, state_reason=reason.strip())
    booking.follow_state(session, actor, line)
    announcing.settle(session, line)
    _trace(session, actor, line, step, reason.strip())
    announcing.tell_firm(session, line, f"line.{step}", reason=reason.strip())
    return line


def block_drawing(session: Session, line: CreditLine, reason: str) -> None:
    """A policy allows no new drawdown on a line, until :func:`allow_drawing`; what is drawn stays untouched."""
    line.drawing_blocked = reason.strip()[:500]
    booking.follow_state(session, None, line)
    _trace(session, None, line, "block_drawing", reason.strip())


def allow_drawing(session: Session, actor: Actor | None, line: CreditLine, reason: str) -> None:
    """The policy's reason is gone, or an officer overrides it."""
    line.drawing_blocked = ""
    booking.follow_state(session, actor, line)
    _trace(session, actor, line, "allow_drawing", reason.strip())


def end_renewed(session: Session, line: CreditLine, contract_number: str) -> None:
    """A line whose loans went over to the one that renews it ends; one that ended before stays as it is."""
    if line.state_now not in (LineState.ACTIVE, LineState.FROZEN):
        return
    reason = RENEWED.fill(contract=contract_number).zh
    move(session, line, CREDIT_LINE, "terminate", state_reason=reason)
    booking.follow_state(session, None, line)
    _trace(session, None, line, "terminate", reason)
    announcing.tell_firm(session, line, "line.terminate", reason=reason)


def steps_for(actor: Actor, line: CreditLine) -> list[str]:
    """The steps an actor may take by hand from the line's state."""
    if not actor.has_role(Role.LENDER_APPROVER) or line.standing is None:
        return []
    return [step for step in CREDIT_LINE.legal_steps(line.state_now) if step in STEP_WORDS]


def expire_due(session: Session) -> int:
    """End the lines whose maturity has passed; answers how many there were."""
    due = session.scalars(
        select(CreditLine).where(
            CreditLine.state.in_([LineState.ACTIVE.value, LineState.FROZEN.value]),
            CreditLine.maturity_on < clock.today(),
        )
    ).all()
    for line in due:
        move(session, line, CREDIT_LINE, "expire")
        booking.follow_state(session, None, line)
        _trace(session, None, line, "expire", "")
    return len(due)


def _trace(session: Session, actor: Actor | None, line: CreditLine, step: str, reason: str) -> None:
    announcing.tell_systems(session, line, Event.LINE_CHANGED, step=step)
    record_as(
        session,
        actor,
        f"line.{step}",
        subject_kind=announcing.KIND,
        subject_id=line.public_id,
        reason=reason,
        state=line.state,
    )
