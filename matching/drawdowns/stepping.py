"""The one way a drawdown moves along its life cycle."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from matching.conflicts import service as conflicts
from matching.drawdowns import announcing
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import loan_of
from matching.drawdowns.rules import DRAWDOWN, may_take
from matching.ledger import credit

MAX_REASON = 500


def check_actor(session: Session, actor: Actor, step: str) -> None:
    """Refuse a step that is not for the actor's role, or an officer whose lender may not work here now.

    Raises:
        NotAllowed: either.
    """
    if not may_take(actor.role, step):
        raise NotAllowed
    if actor.is_lender:
        institutions.working_lender_of(session, actor)


def take(
    session: Session, actor: Actor | None, drawdown: Drawdown, step: str, *, reason: str = "", **values: Any
) -> None:
    """Move a drawdown one step, with its place in the audit trail. An actor of None is the system.

    Raises:
        NotAllowed: the step is not for the actor's role.
        RuleRefused: ``conflict_of_interest``.
        Conflict: it is not legal now, or somebody else was first.
    """
    if actor is not None:
        check_actor(session, actor, step)
        conflicts.check(session, actor, drawdown.firm_id)
    if DRAWDOWN.step(step).target in DRAWDOWN.final_states:
        values["ended_on"] = clock.today()
    move(session, drawdown, DRAWDOWN, step, state_reason=reason.strip(), **values)
    announcing.trace(session, actor, drawdown, step, reason.strip())


def give_up(session: Session, actor: Actor, drawdown: Drawdown, step: str, *, reason: str) -> Drawdown:
    """Reject or cancel: the drawdown ends and its hold with it.

    Raises:
        NotAllowed, Conflict: see :func:`take`.
        InvalidInput: no reason.
    """
    check_reason(reason)
    take(session, actor, drawdown, step, reason=reason)
    assert drawdown.hold_id is not None
    credit.void(session, actor, loan_of(drawdown), drawdown.hold_id, drawdown.amount_fen)
    announcing.settle(session, drawdown)
    announcing.tell_firm(session, drawdown, step, reason=reason.strip())
    return drawdown


def check_reason(reason: str) -> None:
    """Raises InvalidInput unless a reason of at most 500 characters is given."""
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        words = Words("请填写原因，不超过 500 字。", "Give a reason of at most 500 characters.")
        raise InvalidInput({"reason": [words]})


def lock(session: Session, drawdown: Drawdown) -> None:
    """Take a drawdown at the version that was read, until the end of the transaction.

    Raises:
        Conflict: somebody else was first.
    """
    session.flush()
    result = session.execute(
        update(Drawdown)
        .where(Drawdown.id == drawdown.id, Drawdown.version == drawdown.version)
        .values(version=drawdown.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise Conflict(
            "changed_meanwhile",
            Words(
                "该笔提款刚刚被他人更新，请刷新页面后再操作。",
                "Somebody else has just changed this drawdown. Reload the page and try again.",
            ),
        )
    session.refresh(drawdown, ["version"])
