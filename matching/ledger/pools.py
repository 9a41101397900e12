"""Risk pools: money set aside by the platform's administrators to share in losses; the books hold their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.money import MAX_FEN, PPM
from creditbridge.kernel.words import Words
from matching.ledger import credit, limits
from matching.ledger.model import RiskPool
from matching.ledger.rules import Counted, Owner


@dataclass(frozen=True, slots=True)
class PoolFigures:
    """A pool with its counters; what was paid out counts as used."""

    pool: RiskPool
    counted: Counted


def create(
    session: Session, actor: Actor, *, name: str, name_en: str, sponsor: str, share_ppm: int, fen: int
) -> RiskPool:
    """Set a pool up with its first capital. ``share_ppm`` is the most it bears of a loan.

    Raises:
        NotAllowed: the actor is no administrator of the platform.
        InvalidInput: a share or an amount out of range.
    """
    _check(actor)
    problems: dict[str, list[Words]] = {}
    if not 0 < share_ppm <= PPM:
        problems["share_ppm"] = [
            Words("分担比例应大于 0、不超过 100%。", "A share lies above 0 and up to 100%.")
        ]
    if not 0 < fen <= MAX_FEN:
        problems["amount_fen"] = [Words("金额应大于 0。", "The amount must be above 0.")]
    if problems:
        raise InvalidInput(problems)
    pool = RiskPool(name={"zh": name, "en": name_en or name}, sponsor=sponsor, most_share_ppm=share_ppm)
    session.add(pool)
    session.flush()
    credit.fund_pool(session, actor, pool.id, fen, is_new=True)
    _trace(session, actor, pool, "created", fen)
    return pool


def fund(session: Session, actor: Actor, pool_id: str, *, fen: int) -> RiskPool:
    """More capital comes into a pool.

    Raises:
        NotAllowed: the actor is no administrator of the platform.
        NotFound: there is no such pool.
        InvalidInput: an amount out of range.
    """
    _check(actor)
    pool = pool_of(session, pool_id)
    if not 0 < fen <= MAX_FEN:
        raise InvalidInput({"amount_fen": [Words("金额应大于 0。", "The amount must be above 0.")]})
    credit.fund_pool(session, actor, pool.id, fen)
    _trace(session, actor, pool, "funded", fen)
    return pool


def pool_of(session: Session, public_id: str) -> RiskPool:
    """Raises NotFound where there is no such pool."""
    found = session.scalar(select(RiskPool).where(RiskPool.public_id == public_id))
    if found is None:
        raise NotFound(Words("风险补偿资金池", "risk pool"))
    return found


def pools(session: Session) -> Sequence[RiskPool]:
    return session.scalars(select(RiskPool).order_by(RiskPool.id)).all()


def figures(session: Session) -> list[PoolFigures]:
    """Every pool with what is free, held and used of it."""
    return [
        PoolFigures(pool, counted)
        for pool in pools(session)
        if (counted := limits.counted(session, Owner.POOL, pool.id)) is not None
    ]


def _check(actor: Actor) -> None:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed


def _trace(session: Session, actor: Actor, pool: RiskPool, step: str, fen: int) -> None:
    record_as(
        session,
        actor,
        f"risk_pool.{step}",
        subject_kind="risk_pool",
        subject_id=pool.public_id,
        amount_fen=fen,
    )
