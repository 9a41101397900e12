"""Finding lines: a firm's own, a lender's own, all for the platform; another's are not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, selectinload

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from matching.lines.model import CreditLine, LineImport
from matching.lines.rules import LineSource, LineState

LINE_WORDS = Words("授信", "credit line")
PAGE = 50
MOST_EXPORTED = 20_000

SORTS = ("granted_on", "amount_fen", "annual_rate_ppm", "balance_fen", "disbursed_fen", "maturity_on")


@dataclass(frozen=True, slots=True)
class Matching:
    """Which lines of those an actor may see. Conditions beyond state and text come from statistics, ready made."""

    state: LineState | None = None
    source: LineSource | None = None
    text: str = ""
    granted_from: date | None = None
    granted_to: date | None = None
    conditions: Sequence[ColumnElement[bool]] = field(default_factory=tuple)
    sort: str = "-granted_on"


def line_of_firm(session: Session, actor: Actor, public_id: str) -> CreditLine:
    """A line of the actor's own firm.

    Raises:
        NotFound: there is none, or it is another firm's.
    """
    firm = claims.firm_of(session, actor)
    return _found(session, public_id, CreditLine.firm_id == firm.id)


def line_of_lender(session: Session, actor: Actor, public_id: str) -> CreditLine:
    """A line of the actor's lender.

    Raises:
        NotFound: there is none, or it is another lender's.
    """
    return _found(session, public_id, CreditLine.lender_organisation_id == actor.organisation_id)


def line_of_platform(session: Session, actor: Actor, public_id: str) -> CreditLine:
    """Any line, for those who run the platform.

    Raises:
        NotFound: there is none, or for anybody else.
    """
    if not actor.is_platform:
        raise NotFound(LINE_WORDS)
    return _found(session, public_id)


def lines_of_firm(session: Session, actor: Actor) -> Sequence[CreditLine]:
    """The standing lines of the actor's firm, the newest grant first."""
    firm = claims.firm_of(session, actor)
    query = select(CreditLine).where(CreditLine.firm_id == firm.id, CreditLine.standing.is_not(None))
    return session.scalars(query.order_by(CreditLine.granted_on.desc(), CreditLine.id.desc())).all()


def page_of(
    session: Session, actor: Actor, wanted: Matching, *, start: int = 0, limit: int = PAGE
) -> tuple[Sequence[CreditLine], int | None]:
    """A page of the standing lines the actor may see; the cursor is the number of lines before it, None at the end."""
    rows = session.scalars(
        _ordered(query_of(actor, wanted), wanted.sort).offset(start).limit(limit + 1)
    ).all()
    return rows[:limit], start + limit if len(rows) > limit else None


def all_of(session: Session, actor: Actor, wanted: Matching) -> Sequence[CreditLine]:
    """All of them, for a file."""
    return session.scalars(_ordered(query_of(actor, wanted), wanted.sort).limit(MOST_EXPORTED)).all()


def query_of(actor: Actor, wanted: Matching) -> Select[CreditLine]:
    """The standing lines an actor may see that match: the platform's members all, a lender's its own.

    Raises:
        NotFound: for a firm's account, which has a page of its own.
    """
    conditions = [CreditLine.standing.is_not(None), scope(actor), *wanted.conditions]
    if wanted.state is not None:
        conditions.append(CreditLine.state == wanted.state.value)
    if wanted.source is not None:
        conditions.append(CreditLine.source == wanted.source.value)
    if wanted.granted_from is not None:
        conditions.append(CreditLine.granted_on >= wanted.granted_from)
    if wanted.granted_to is not None:
        conditions.append(CreditLine.granted_on <= wanted.granted_to)
    if wanted.text:
        conditions.append(_says(wanted.text))
    return select(CreditLine).where(*conditions)


def scope(actor: Actor) -> ColumnElement[bool]:
    """Which lines an actor's statistics and lists are of.

    Raises:
        NotFound: for a firm's account.
    """
    if actor.is_platform:
        return CreditLine.id > 0
    if actor.is_lender:
        return CreditLine.lender_organisation_id == actor.organisation_id
    raise NotFound(LINE_WORDS)


def shown_grade(actor: Actor, line: CreditLine) -> str | None:
    """The firm's grade as this actor may see it.

    The grade is shared under consent only. A grant that ended an application rested on one; an offline grant did not,
    so recording it opens nothing about the firm to the lender.
    """
    if actor.is_lender and line.source == LineSource.OFFLINE:
        return None
    return line.grade


def import_of(session: Session, actor: Actor, public_id: str) -> LineImport:
    """An import of the actor's lender, with its refused rows.

    Raises:
        NotFound: there is none, or it is another lender's.
    """
    lender = institutions.lender_of(session, actor)
    found = session.scalar(
        select(LineImport)
        .where(LineImport.public_id == public_id, LineImport.lender_id == lender.id)
        .options(selectinload(LineImport.refusals))
    )
    if found is None:
        raise NotFound(Words("导入记录", "import"))
    return found


def imports_of(session: Session, actor: Actor, *, limit: int = 20) -> Sequence[LineImport]:
    """The lender's newest imports."""
    lender = institutions.lender_of(session, actor)
    query = select(LineImport).where(LineImport.lender_id == lender.id)
    return session.scalars(query.order_by(LineImport.id.desc()).limit(limit)).all()


def _says(text: str) -> ColumnElement[bool]:
    return or_(
        CreditLine.contract_number == text,
        CreditLine.firm_name.contains(text, autoescape=True),
        CreditLine.firm_uscc == text.upper(),
    )


def _ordered(query: Select[CreditLine], sort: str) -> Select[CreditLine]:
    name = sort.removeprefix("-")
    column = getattr(CreditLine, name if name in SORTS else SORTS[0])
    return query.order_by(column.desc() if sort.startswith("-") else column, CreditLine.id)


def _found(session: Session, public_id: str, *mine: ColumnElement[bool]) -> CreditLine:
    found = session.scalar(
        select(CreditLine)
        .where(CreditLine.public_id == public_id, *mine)
        .options(
            selectinload(CreditLine.entries),
            selectinload(CreditLine.balances),
            selectinload(CreditLine.renews),
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(LINE_WORDS)
    return found
