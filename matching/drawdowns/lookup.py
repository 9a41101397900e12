"""Finding drawdowns and amendments: a firm's own and a lender's own; another's are not found."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, selectinload

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from matching.drawdowns.model import Amendment, Drawdown
from matching.drawdowns.rules import DrawdownState

PAGE = 50
DRAWDOWN_WORDS = Words("提款", "drawdown")


def drawdown_of_firm(session: Session, actor: Actor, public_id: str) -> Drawdown:
    """A drawdown of the actor's own firm.

    Raises:
        NotFound: there is none, or it is another firm's.
    """
    return _found(session, public_id, Drawdown.firm_id == claims.firm_of(session, actor).id)


def drawdown_of_lender(session: Session, actor: Actor, public_id: str) -> Drawdown:
    """A drawdown on a line of the actor's lender.

    Raises:
        NotFound: there is none, or it is another lender's.
    """
    return _found(session, public_id, Drawdown.lender_organisation_id == actor.organisation_id)


def of_line(session: Session, line_id: int) -> Sequence[Drawdown]:
    """The drawdowns of a line that was found for the actor already, the newest first."""
    query = select(Drawdown).where(Drawdown.line_id == line_id)
    return session.scalars(query.order_by(Drawdown.id.desc()).options(selectinload(Drawdown.line))).all()


def page_of_lender(
    session: Session, actor: Actor, *, state: DrawdownState | None = None, start: int = 0, limit: int = PAGE
) -> tuple[Sequence[Drawdown], int | None]:
    """A page of the lender's drawdowns, the newest first, and where the next begins."""
    query = select(Drawdown).where(Drawdown.lender_organisation_id == actor.organisation_id)
    if state is not None:
        query = query.where(Drawdown.state == state.value)
    rows = session.scalars(
        query.order_by(Drawdown.id.desc()).offset(start).limit(limit + 1).options(selectinload(Drawdown.line))
    ).all()
    return rows[:limit], start + limit if len(rows) > limit else None


def amendment_of_firm(session: Session, actor: Actor, public_id: str) -> Amendment:
    """An amendment of the actor's own firm.

    Raises:
        NotFound: there is none, or it is another firm's.
    """
    return _amendment(session, public_id, Amendment.firm_id == claims.firm_of(session, actor).id)


def amendment_of_lender(session: Session, actor: Actor, public_id: str) -> Amendment:
    """An amendment of the actor's lender.

    Raises:
        NotFound: there is none, or it is another lender's.
    """
    return _amendment(session, public_id, Amendment.lender_organisation_id == actor.organisation_id)


def amendments_of_line(session: Session, line_id: int) -> Sequence[Amendment]:
    query = select(Amendment).where(Amendment.line_id == line_id).order_by(Amendment.id.desc())
    return session.scalars(query.options(selectinload(Amendment.drawdown))).all()


def _found(session: Session, public_id: str, mine: ColumnElement[bool]) -> Drawdown:
    found = session.scalar(
        select(Drawdown)
        .where(Drawdown.public_id == public_id, mine)
        .options(selectinload(Drawdown.line), selectinload(Drawdown.changes))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(DRAWDOWN_WORDS)
    return found


def _amendment(session: Session, public_id: str, mine: ColumnElement[bool]) -> Amendment:
    found = session.scalar(
        select(Amendment)
        .where(Amendment.public_id == public_id, mine)
        .options(selectinload(Amendment.line), selectinload(Amendment.drawdown))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(Words("变更", "amendment"))
    return found
