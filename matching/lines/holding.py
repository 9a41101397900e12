"""Steps of a line's life after the grant: frozen, active again, terminated by an approver; expired by time."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from creditbridge.webhooks.rules import Event
from lenders.institutions import service as institutions
from matching.lines import announcing, booking
from matching.lines.correcting import check_reason
from matching.lines.lookup import line_of_lender
from matching.lines.model import CreditLine
from matching.lines.rules import CREDIT_LINE, STEP_WORDS, LineState


def take_step(session: Session, actor: Actor, line_id: str, step: str, *, reason: str) -> CreditLine:
    """Freeze, unfreeze or terminate a line of the actor's lender, and tell the firm.

    Raises:
        NotFound: the line is not the actor's lender's.
        NotAllowed: the actor is no approver, or the lender may not work on the platform now.
        Conflict: the step is not legal from the line's state, or the record was voided.
        InvalidInput: no reason.
    """
    if not actor.has_role(Role.LENDER_APPROVER) or step not in STEP_WORDS:
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    line = line_of_lender(session, actor, line_id)
    if line.standing is None:
        raise Conflict("voided", Words("该登记已作废。", "This record was voided."))
    check_reason(reason)
    move(session, line, CREDIT_LINE, step, state_reason=reason.strip())
    booking.follow_state(session, actor, line)
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
