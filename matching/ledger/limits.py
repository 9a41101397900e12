"""The counters of lines and risk pools. Each moves by one conditional update whose row count is looked at."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, select, update
from sqlalchemy.orm import Session

from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.money import amount_words
from creditbridge.kernel.words import Words
from matching.ledger.model import LedgerLimit
from matching.ledger.rules import Counted, Owner, Unbalanced

_L = LedgerLimit


def open_limit(session: Session, owner: Owner, owner_id: int, fen: int, *, is_open: bool = True) -> None:
    """A new limit with nothing drawn on it."""
    session.add(LedgerLimit(owner_kind=owner.value, owner_id=owner_id, limit_fen=fen, is_open=is_open))
    session.flush()


def counted(session: Session, owner: Owner, owner_id: int) -> Counted | None:
    """The counters as they stand; None where there is no such limit."""
    row = session.execute(
        select(_L.limit_fen, _L.held_fen, _L.used_fen).where(
            _L.owner_kind == owner.value, _L.owner_id == owner_id
        )
    ).one_or_none()
    return Counted(*row) if row else None


def why_closed(session: Session, owner: Owner, owner_id: int) -> str | None:
    """Why a limit takes no new holds; None while it does."""
    row = session.execute(
        select(_L.is_open, _L.closed_reason).where(_L.owner_kind == owner.value, _L.owner_id == owner_id)
    ).one_or_none()
    return None if row is None or row.is_open else row.closed_reason


def hold(session: Session, owner: Owner, owner_id: int, fen: int) -> None:
    """Hold part of what is free.

    Raises:
        RuleRefused: ``limit_closed``, or ``limit_exhausted`` where less than that is free.
    """
    within = _L.used_fen + _L.held_fen + fen <= _L.limit_fen
    if _move(session, owner, owner_id, within & _L.is_open, held_fen=_L.held_fen + fen):
        return
    if why_closed(session, owner, owner_id) is not None:
        raise _closed()
    now = counted(session, owner, owner_id)
    words = Words("可用额度不足，目前可用 {left}。", "Not enough is available: {left} is left.")
    if owner is Owner.POOL:
        words = Words("风险补偿资金余额不足，剩余 {left}。", "The risk pool has too little left: {left}.")
    left = now.available_fen if now else 0
    raise RuleRefused("limit_exhausted", words.fill(left=amount_words(left)))


def void(session: Session, owner: Owner, owner_id: int, fen: int) -> None:
    """Free what was held."""
    _must(_move(session, owner, owner_id, _L.held_fen >= fen, held_fen=_L.held_fen - fen))


def use(session: Session, owner: Owner, owner_id: int, fen: int) -> None:
    """Use what was held.

    Raises:
        RuleRefused: ``limit_closed`` where the limit was closed after the hold.
    """
    moved = _move(
        session,
        owner,
        owner_id,
        (_L.held_fen >= fen) & _L.is_open,
        held_fen=_L.held_fen - fen,
        used_fen=_L.used_fen + fen,
    )
    if not moved and why_closed(session, owner, owner_id) is not None:
        raise _closed()
    _must(moved)


def shift_used(session: Session, owner: Owner, owner_id: int, fen: int) -> None:
    """Use more, or free what was used (below nought), without a hold before.

    Raises:
        RuleRefused: ``limit_exhausted``.
    """
    used = _L.used_fen + fen
    if not _move(session, owner, owner_id, (used >= 0) & (used + _L.held_fen <= _L.limit_fen), used_fen=used):
        raise RuleRefused(
            "limit_exhausted", Words("超过额度，或低于 0。", "Above the limit, or below nought.")
        )


def change(session: Session, owner: Owner, owner_id: int, fen: int) -> None:
    """Raise a limit, or lower it (below nought) by no more than is free.

    Raises:
        RuleRefused: ``limit_in_use``.
    """
    limit = _L.limit_fen + fen
    if not _move(
        session, owner, owner_id, (limit >= 0) & (_L.used_fen + _L.held_fen <= limit), limit_fen=limit
    ):
        raise RuleRefused(
            "limit_in_use",
            Words("额度不能低于已用和占用的金额。", "A limit cannot fall below what is used and held."),
        )


def set_open(session: Session, owner: Owner, owner_id: int, *, is_open: bool, reason: str = "") -> None:
    """Let a limit take new holds or not; what is drawn stays untouched."""
    session.flush()
    session.execute(
        update(_L)
        .where(_L.owner_kind == owner.value, _L.owner_id == owner_id)
        .values(is_open=is_open, closed_reason="" if is_open else reason[:500])
        .execution_options(synchronize_session=False)
    )


def _move(session: Session, owner: Owner, owner_id: int, only_if: ColumnElement[bool], **values: Any) -> bool:
    session.flush()
    result = session.execute(
        update(_L)
        .where(_L.owner_kind == owner.value, _L.owner_id == owner_id, only_if)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def _closed() -> RuleRefused:
    return RuleRefused(
        "limit_closed",
        Words("该额度目前不能新增用信。", "Nothing new can be drawn on this limit at present."),
    )


def _must(moved: bool) -> None:
    if not moved:
        raise Unbalanced("a hold that is not there was settled")
