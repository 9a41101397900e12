"""The firm reveals itself to the lenders it chooses, one consent each, and in the end settles on one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import Purpose, Scope
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from matching.needs import announcing
from matching.needs.lookup import need_of_firm
from matching.needs.model import FinancingNeed, NeedLender
from matching.needs.posting import end_parts
from matching.needs.rules import NEED, PART, NeedState, PartState, clocks_on

if TYPE_CHECKING:
    from creditbridge.disclosure.model import Consent

SCOPES = (Scope.REGISTRATION, Scope.OPERATIONS, Scope.EVALUATION, Scope.CONTACTS)
"""What a lender needs to talk to the firm; an application asks for more, under its own consent."""

WHY = Words("联系企业洽谈融资需求", "Getting in touch about a financing need")
"""What the firm reads in its ledger of who looked."""


def reveal(session: Session, actor: Actor, need_id: str, lenders: Collection[str]) -> FinancingNeed:
    """Sign one consent for each lender chosen; ``lenders`` are public ids of the parts whose box was ticked.

    Raises:
        NotFound: there is no such need of this firm.
        NotAllowed: the actor is not the firm's owner.
        InvalidInput: no lender, or one that has not answered with interest.
        Conflict: the need has ended.
    """
    _check_owner(actor)
    need = need_of_firm(session, actor, need_id)
    if need.state_now is not NeedState.REVEALED:
        NEED.check("reveal", need.state_now)
    waiting = {part.public_id: part for part in need.parts if part.state_now is PartState.INTERESTED}
    if not lenders or not set(lenders) <= waiting.keys():
        problem = Words("请从有意向的机构中选择。", "Choose from the lenders that are interested.")
        raise InvalidInput({"lenders": [problem]})
    for public_id in lenders:
        _reveal_to(session, actor, need, waiting[public_id])
    if need.state_now is not NeedState.REVEALED:
        move(session, need, NEED, "reveal")
    announcing.settle(session, need, need.organisation_id)
    return need


def match(session: Session, actor: Actor, need_id: str, lender: str) -> NeedLender:
    """Settle on a lender the firm revealed itself to; the others' parts and consents end.

    Raises:
        NotFound, NotAllowed, Conflict: as :func:`reveal`.
        InvalidInput: the lender is none the firm revealed itself to.
    """
    _check_owner(actor)
    need = need_of_firm(session, actor, need_id)
    chosen = next((part for part in need.parts if part.public_id == lender), None)
    if chosen is None or chosen.state_now is not PartState.REVEALED:
        problem = Words("请选择已公开身份的机构。", "Choose a lender you revealed yourself to.")
        raise InvalidInput({"lender": [problem]})
    move(session, need, NEED, "match", ended_at=clock.now())
    move(session, chosen, PART, "match")
    end_parts(session, actor, need, but=chosen)
    announcing.tell_lender(session, chosen, "need.matched", firm=_firm_name(actor))
    _record(session, actor, need, "matched", chosen)
    return chosen


def end_for_consent(session: Session, consent: Consent, actor: Actor, reason: str) -> None:  # noqa: ARG001 - listeners are told why
    """Listener of revoked consents: the part that rested on it ends in the same transaction."""
    for part in session.scalars(select(NeedLender).where(NeedLender.consent_id == consent.id)):
        if part.state_now is PartState.REVEALED:
            move(session, part, PART, "close")
            announcing.tell_lender(session, part, "need.closed")
            _record(session, actor, part.need, "consent_revoked", part)


def _reveal_to(session: Session, actor: Actor, need: FinancingNeed, part: NeedLender) -> None:
    today = clock.today()
    consent = consents.sign(
        session,
        actor,
        firm_id=need.firm_id,
        lender_organisation_id=part.lender_organisation_id,
        purpose=Purpose.PRE_LOAN,
        scope=SCOPES,
        expires_on=today + timedelta(days=clocks_on(today).consent_days),
        for_kind=announcing.KIND,
        for_id=need.public_id,
    )
    move(session, part, PART, "reveal", consent_id=consent.id, revealed_at=clock.now())
    announcing.tell_lender(session, part, "need.revealed", todo=False, firm=_firm_name(actor))
    _record(session, actor, need, "revealed", part)


def _check_owner(actor: Actor) -> None:
    if not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed


def _firm_name(actor: Actor) -> str:
    return actor.organisation_name


def _record(session: Session, actor: Actor, need: FinancingNeed, step: str, part: NeedLender) -> None:
    record_as(
        session,
        actor,
        f"need.{step}",
        subject_kind=announcing.KIND,
        subject_id=need.public_id,
        lender=part.lender_organisation_id,
    )
