"""Claiming firms: which firm an account speaks for, and how it comes to speak for it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from borrowers.claims.rules import ClaimState
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry.model import Firm

NO_FIRM = Words("已认领的企业", "firm claimed by your account")


def firm_of(session: Session, actor: Actor) -> Firm:
    """The firm this account speaks for, by its verified claim.

    Raises:
        NotFound: the actor is no firm's, or its claim is not verified.
    """
    firm = firm_or_none(session, actor)
    if firm is None:
        raise NotFound(NO_FIRM)
    return firm


def firm_or_none(session: Session, actor: Actor) -> Firm | None:
    """The same, or None."""
    if not actor.is_firm:
        return None
    return session.scalar(
        select(Firm)
        .join(Claim, Claim.firm_id == Firm.id)
        .where(Claim.organisation_id == actor.organisation_id, Claim.state == ClaimState.VERIFIED.value)
    )


def organisation_of_firm(session: Session, firm_id: int) -> int | None:
    """The key of the organisation that speaks for a firm, to send it messages; None if nobody has claimed it."""
    return session.scalar(
        select(Claim.organisation_id).where(
            Claim.firm_id == firm_id, Claim.state == ClaimState.VERIFIED.value
        )
    )
