"""Finding needs and lenders' parts in them; another tenant's are not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry import industries
from creditbridge.registry.model import Firm
from matching.needs.model import FinancingNeed, NeedLender
from matching.needs.rules import OPEN_NEEDS, OPEN_PARTS, PartState

NEED_WORDS = Words("融资需求", "financing need")
PAGE = 50


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What may be told of a firm without its name."""

    grade: str | None
    firm_size: str | None
    section: str | None
    region_code: str | None


def need_of_firm(session: Session, actor: Actor, public_id: str) -> FinancingNeed:
    """A need of the actor's own firm.

    Raises:
        NotFound: there is none, or it is another firm's.
    """
    firm = claims.firm_of(session, actor)
    found = session.scalar(
        select(FinancingNeed)
        .where(FinancingNeed.public_id == public_id, FinancingNeed.firm_id == firm.id)
        .options(selectinload(FinancingNeed.parts))
    )
    if found is None:
        raise NotFound(NEED_WORDS)
    return found


def needs_of_firm(session: Session, actor: Actor) -> Sequence[FinancingNeed]:
    """The firm's needs, newest first."""
    firm = claims.firm_of(session, actor)
    query = (
        select(FinancingNeed)
        .where(FinancingNeed.firm_id == firm.id)
        .options(selectinload(FinancingNeed.parts))
        .order_by(FinancingNeed.id.desc())
        .limit(PAGE)
    )
    return session.scalars(query).all()


def part_of_lender(session: Session, actor: Actor, need_public_id: str) -> NeedLender:
    """The actor's lender's part in a need.

    Raises:
        NotFound: there is no such need, or the lender has no part in it.
    """
    found = session.scalar(
        select(NeedLender)
        .join(NeedLender.need)
        .where(_mine(actor), FinancingNeed.public_id == need_public_id)
        .options(joinedload(NeedLender.need))
    )
    if found is None:
        raise NotFound(NEED_WORDS)
    return found


def parts_of_lender(
    session: Session, actor: Actor, *, open_only: bool, cursor: int | None = None, limit: int = PAGE
) -> tuple[Sequence[NeedLender], int | None]:
    """A lender's parts in needs, newest first, and the cursor of the next page."""
    query = select(NeedLender).where(_mine(actor)).options(joinedload(NeedLender.need))
    if open_only:
        query = query.where(NeedLender.state.in_([state.value for state in OPEN_PARTS]))
    if cursor is not None:
        query = query.where(NeedLender.id < cursor)
    rows = session.scalars(query.order_by(NeedLender.id.desc()).limit(limit + 1)).all()
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None


def waiting_of_lender(session: Session, actor: Actor) -> int:
    """How many needs wait for the lender's answer."""
    query = select(func.count()).where(_mine(actor), NeedLender.state == PartState.INVITED.value)
    return session.scalar(query) or 0


def open_needs_of_firm(session: Session, firm_id: int) -> int:
    query = select(func.count()).where(
        FinancingNeed.firm_id == firm_id,
        FinancingNeed.state.in_([state.value for state in OPEN_NEEDS]),
    )
    return session.scalar(query) or 0


def posted_since(session: Session, firm_id: int, moment: datetime) -> int:
    """How many needs a firm posted since a moment, whatever became of them."""
    query = select(func.count()).where(FinancingNeed.firm_id == firm_id, FinancingNeed.posted_at > moment)
    return session.scalar(query) or 0


def unnamed(session: Session, firm: Firm) -> Unnamed:
    """What is known of a firm now that may be told without its name."""
    known = facts.facts_of(session, firm.id)
    industry = firm.industry_code or _text(known, "industry")
    return Unnamed(
        grade=_text(known, "platform_grade"),
        firm_size=_text(known, "firm_size"),
        section=industries.section_of(industry) if industry else None,
        region_code=firm.region_code or _text(known, "registered_region"),
    )


def _text(known: FirmFacts, code: str) -> str | None:
    held = known.values.get(code)
    return held.value if held is not None and isinstance(held.value, str) else None


def _mine(actor: Actor) -> ColumnElement[bool]:
    return NeedLender.lender_organisation_id == actor.organisation_id
