"""A lender answers a need: interested with what it could offer, or not. It does not know the firm."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from matching.needs import announcing
from matching.needs.lookup import part_of_lender
from matching.needs.model import NeedLender
from matching.needs.rules import NEED, PART, NeedState, check_in_time


@dataclass(frozen=True, slots=True)
class Indication:
    """What a lender could imagine, binding nobody: amount, yearly rate and term, and a word to the firm."""

    amount_fen: int
    rate_ppm: int | None
    term_months: int
    message: str = ""


def respond(session: Session, actor: Actor, need_id: str, indication: Indication) -> NeedLender:
    """Say that the lender is interested, within its clock.

    Raises:
        NotFound: the lender has no part in such a need.
        NotAllowed: the lender may not work on the platform now.
        Conflict: it answered already, or the need has ended.
        RuleRefused: ``answer_too_late``.
    """
    part = _open_part(session, actor, need_id, "respond")
    move(
        session,
        part,
        PART,
        "respond",
        answered_at=clock.now(),
        answered_by_id=actor.user_id,
        offer_amount_fen=indication.amount_fen,
        offer_rate_ppm=indication.rate_ppm,
        offer_term_months=indication.term_months,
        message=indication.message,
    )
    if part.need.state_now is NeedState.POSTED:
        move(session, part.need, NEED, "respond")
    _done(session, actor, part, "answered")
    announcing.tell_firm(session, part.need, "need.answered", todo=True, lender=part.lender_name)
    return part


def decline(session: Session, actor: Actor, need_id: str, *, message: str = "") -> NeedLender:
    """Say that the lender is not interested, or no longer.

    Raises:
        NotFound, NotAllowed, Conflict, RuleRefused: as :func:`respond`.
    """
    part = _open_part(session, actor, need_id, "decline")
    move(
        session,
        part,
        PART,
        "decline",
        answered_at=clock.now(),
        answered_by_id=actor.user_id,
        message=message,
    )
    _done(session, actor, part, "declined")
    return part


def _open_part(session: Session, actor: Actor, need_id: str, step: str) -> NeedLender:
    part = part_of_lender(session, actor, need_id)
    institutions.working_lender_of(session, actor)
    NEED.check("expire", part.need.state_now)  # what can still expire can still be answered
    PART.check(step, part.state_now)
    check_in_time(part.need.respond_by, clock.today())
    return part


def _done(session: Session, actor: Actor, part: NeedLender, step: str) -> None:
    announcing.settle(session, part.need, part.lender_organisation_id)
    record_as(
        session,
        actor,
        f"need.{step}",
        subject_kind=announcing.KIND,
        subject_id=part.need.public_id,
        lender=part.lender_organisation_id,
    )
