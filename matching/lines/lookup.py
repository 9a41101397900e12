"""Finding lines: a firm's own, a lender's own, all for the platform; another's are not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, selectinload

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry import service as registry
from lenders.institutions import service as institutions
from lenders.products import service as products
from matching.lines.dimensions import Selection
from matching.lines.model import CreditLine, LineImport
from matching.lines.selecting import LINE_WORDS, conditions

PAGE = 50
MOST_EXPORTED = 20_000

NEWEST = "-granted_on"
SORTS = ("granted_on", "amount_fen", "annual_rate_ppm", "balance_fen", "disbursed_fen", "maturity_on")


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


@dataclass(frozen=True, slots=True)
class Sources:
    """What a line was granted to and under, by public ids; None for a grant under no product of the platform."""

    firm_id: str
    product_id: str | None
    version: int | None


def sources_of(session: Session, line: CreditLine) -> Sources:
    """The firm's record and the product version whose conditions applied, to follow a line back to them."""
    firm = registry.firm_by_id(session, line.firm_id)
    if line.product_version_id is None:
        return Sources(firm.public_id, None, None)
    product = products.version(session, line.product_version_id)
    return Sources(firm.public_id, product.public_id, product.version_number)


def lines_of_firm(session: Session, actor: Actor) -> Sequence[CreditLine]:
    """The standing lines of the actor's firm, the newest grant first."""
    firm = claims.firm_of(session, actor)
    query = select(CreditLine).where(CreditLine.firm_id == firm.id, CreditLine.standing.is_not(None))
    return session.scalars(query.order_by(CreditLine.granted_on.desc(), CreditLine.id.desc())).all()


def page_of(
    session: Session,
    actor: Actor,
    wanted: Selection,
    *,
    sort: str = NEWEST,
    start: int = 0,
    limit: int = PAGE,
) -> tuple[Sequence[CreditLine], int | None]:
    """A page of the lines the actor may see; the cursor is the number of lines before it, None at the end."""
    query = _ordered(select(CreditLine).where(*conditions(session, actor, wanted)), sort)
    rows = session.scalars(query.offset(start).limit(limit + 1)).all()
    return rows[:limit], start + limit if len(rows) > limit else None


def all_of(session: Session, actor: Actor, wanted: Selection, *, sort: str = NEWEST) -> Sequence[CreditLine]:
    """All of them, for a file."""
    query = _ordered(select(CreditLine).where(*conditions(session, actor, wanted)), sort)
    return session.scalars(query.limit(MOST_EXPORTED)).all()


def count_of(session: Session, actor: Actor, wanted: Selection) -> tuple[int, int]:
    """How many lines the actor may see, and the sum of what they grant in fen."""
    lines, fen = session.execute(
        select(func.count(), func.sum(CreditLine.amount_fen)).where(*conditions(session, actor, wanted))
    ).one()
    return lines, int(fen or 0)


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


def _ordered(query: Select[CreditLine], sort: str) -> Select[CreditLine]:
    name = sort.removeprefix("-")
    column = getattr(CreditLine, name if name in SORTS else "granted_on")
    return query.order_by(column.desc() if sort.startswith("-") else column, CreditLine.id.desc())


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
