"""A firm writes a need, posts it to the lenders it could qualify with, and may withdraw it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm
from creditbridge.store import outbox
from creditbridge.store.transitions import move
from matching.needs import announcing, suggesting
from matching.needs.lookup import need_of_firm, open_needs_of_firm, posted_since, unnamed
from matching.needs.model import FinancingNeed, NeedLender
from matching.needs.rules import (
    NEED,
    OPEN_PARTS,
    PART,
    NeedState,
    PartState,
    check_pace,
    check_room,
    clocks_on,
)
from matching.needs.unnaming import coarse, gives_away

NEED_POSTED = "needs.posted"


@dataclass(frozen=True, slots=True)
class NeedDetails:
    """What a firm says it needs; the contact is told only to lenders it reveals itself to."""

    amount_fen: int
    term_months: int
    purpose: str
    contact_name: str
    contact_phone: str
    note: str = ""


def write(session: Session, actor: Actor, details: NeedDetails) -> FinancingNeed:
    """A new draft of the actor's firm.

    Raises:
        NotFound: the actor speaks for no firm.
        InvalidInput: the note would tell who the firm is.
    """
    firm = claims.firm_of(session, actor)
    _check_note(firm, details)
    need = FinancingNeed(
        firm_id=firm.id,
        organisation_id=actor.organisation_id,
        created_by_id=actor.user_id,
        state=NEED.initial.value,
        version=1,
    )
    _fill(need, details)
    session.add(need)
    session.flush()
    _record(session, actor, need, "drafted")
    return need


def rewrite(session: Session, actor: Actor, need_id: str, details: NeedDetails) -> FinancingNeed:
    """Change a draft; what is posted stays as it was posted.

    Raises:
        NotFound: there is no such need of this firm.
        Conflict: it was posted already.
        InvalidInput: the note would tell who the firm is.
    """
    need = need_of_firm(session, actor, need_id)
    _check_note(claims.firm_of(session, actor), details)
    if need.state_now is not NeedState.DRAFT:
        raise Conflict(
            "need_posted",
            Words(
                "需求已发布，不能再改。可以撤回后重新发布。",
                "The need is posted. Withdraw it and post another.",
            ),
        )
    _fill(need, details)
    need.version += 1
    session.flush()
    _record(session, actor, need, "changed")
    return need


def post(session: Session, actor: Actor, need_id: str) -> FinancingNeed:
    """Show the need to every lender with a product the firm could have; without any it stays as unmet demand.

    Raises:
        NotFound, Conflict: as :func:`rewrite`.
        RuleRefused: ``too_many_needs``, ``needs_too_often``.
    """
    need, firm, today = need_of_firm(session, actor, need_id), claims.firm_of(session, actor), clock.today()
    NEED.check("post", need.state_now)
    check_room(open_needs_of_firm(session, firm.id), today)
    check_pace(posted_since(session, firm.id, clock.now() - timedelta(days=1)), today)
    told, clocks = coarse(session, unnamed(session, firm)), clocks_on(today)
    move(
        session,
        need,
        NEED,
        "post",
        grade=told.grade,
        firm_size=told.firm_size,
        section=told.section,
        region_code=told.region_code,
        posted_at=clock.now(),
        respond_by=clocks.respond_by(today),
        expires_on=clocks.expires_on(today),
    )
    for fit in suggesting.fitting(session, need):
        _invite(session, need, fit)
    session.flush()
    outbox.emit(session, NEED_POSTED, need_id=need.public_id)
    _record(session, actor, need, "posted", lenders=len(need.parts))
    return need


def withdraw(session: Session, actor: Actor, need_id: str) -> FinancingNeed:
    """Take a need back; every lender's part ends, and with it what it was allowed to see.

    Raises:
        NotFound: there is no such need of this firm.
        Conflict: it has ended already.
    """
    need = need_of_firm(session, actor, need_id)
    move(session, need, NEED, "withdraw", ended_at=clock.now())
    end_parts(session, actor, need)
    _record(session, actor, need, "withdrawn")
    return need


def end_parts(
    session: Session, actor: Actor | None, need: FinancingNeed, *, but: NeedLender | None = None
) -> None:
    """Close what is still open with every lender but one, tell it, and end its consent."""
    for part in need.parts:
        if part is but:
            continue
        if part.state_now not in OPEN_PARTS:
            continue
        was = part.state_now
        move(session, part, PART, "close")
        announcing.settle(session, need, part.lender_organisation_id)
        if was is not PartState.INVITED:
            announcing.tell_lender(session, part, "need.closed")
        if part.consent_id is not None:
            consents.end(session, part.consent_id, actor=actor, reason="need ended")
    announcing.settle(session, need, need.organisation_id)


def _check_note(firm: Firm, details: NeedDetails) -> None:
    problem = gives_away(details.note, firm, details.contact_name)
    if problem is not None:
        raise InvalidInput({"note": [problem]})


def _fill(need: FinancingNeed, details: NeedDetails) -> None:
    need.amount_fen, need.term_months = details.amount_fen, details.term_months
    need.purpose, need.note = details.purpose, details.note
    need.contact_name, need.contact_phone = details.contact_name, details.contact_phone


def _invite(session: Session, need: FinancingNeed, fit: suggesting.Fit) -> None:
    product = fit.product
    part = NeedLender(
        need=need,
        lender_id=product.lender.id,
        lender_organisation_id=product.lender.organisation_id,
        lender_name=product.lender.name.as_json(),
        product_id=product.product_id,
        product_public_id=product.public_id,
        product_name=product.name.as_json(),
        verdict=fit.verdict.value,
        firm_score=fit.firm_score,
        lender_score=fit.lender_score,
        state=PART.initial.value,
        version=1,
    )
    session.add(part)
    announcing.tell_lender(session, part, "need.received", todo=True)


def _record(session: Session, actor: Actor | None, need: FinancingNeed, step: str, **details: Any) -> None:
    record_as(
        session,
        actor,
        f"need.{step}",
        subject_kind=announcing.KIND,
        subject_id=need.public_id,
        **details,
    )
