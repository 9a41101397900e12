"""What time does to needs: lenders' clocks run out, and needs pass their last day."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.store.transitions import move
from matching.needs import announcing
from matching.needs.model import FinancingNeed
from matching.needs.posting import end_parts
from matching.needs.rules import NEED, OPEN_NEEDS, PART, NeedState, PartState


@dataclass(frozen=True, slots=True)
class Expired:
    """How many parts lapsed and how many needs ended."""

    parts: int
    needs: int


def expire_due(session: Session) -> Expired:
    """End what was due before today's legal date. Running it twice changes nothing more."""
    today = clock.today()
    due = session.scalars(
        select(FinancingNeed)
        .where(
            FinancingNeed.state.in_([state.value for state in OPEN_NEEDS]), FinancingNeed.respond_by < today
        )
        .options(selectinload(FinancingNeed.parts))
    ).all()
    lapsed = sum(_lapse(session, need) for need in due)
    ended = 0
    for need in due:
        over = need.expires_on is not None and need.expires_on < today
        if over or need.state_now is NeedState.POSTED:  # nobody answered, and nobody can any more
            _end(session, need)
            ended += 1
    return Expired(lapsed, ended)


def _lapse(session: Session, need: FinancingNeed) -> int:
    waiting = [part for part in need.parts if part.state_now is PartState.INVITED]
    for part in waiting:
        move(session, part, PART, "lapse")
        announcing.settle(session, need, part.lender_organisation_id)
    return len(waiting)


def _end(session: Session, need: FinancingNeed) -> None:
    unanswered = need.state_now is NeedState.POSTED
    move(session, need, NEED, "expire", ended_at=clock.now())
    end_parts(session, None, need)
    announcing.tell_firm(session, need, "need.unanswered" if unanswered else "need.expired")
    record_as(session, None, "need.expired", subject_kind=announcing.KIND, subject_id=need.public_id)
