"""Finding products and versions for those who work on them; another lender's are not found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import Select, bindparam, case, select
from sqlalchemy.orm import Session, joinedload, selectinload

from creditbridge.access.rules import Actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound, RuleRefused
from creditbridge.kernel.words import Words
from lenders.institutions.model import Lender
from lenders.products.lifecycle import IN_WORK, ProductState, VersionState
from lenders.products.model import Product, ProductEvent, ProductVersion

PRODUCT_WORDS = Words("产品", "product")


def product(session: Session, actor: Actor, public_id: str) -> Product:
    """A product the actor may work on: the platform's members any, a lender's members their own.

    Raises:
        NotFound: if there is none for this actor.
    """
    query = (
        select(Product)
        .join(Product.lender)
        .where(Product.public_id == public_id)
        .options(joinedload(Product.lender), joinedload(Product.scheme), selectinload(Product.versions))
        .execution_options(populate_existing=True)
    )
    if not actor.is_platform:
        query = query.where(Lender.organisation_id == actor.organisation_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound(PRODUCT_WORDS)
    return found


@dataclass(frozen=True, slots=True)
class AtHand:
    """The version of a product that is being written, else the live one, without what stands in it.

    ``row_version`` changes with what stands in it.
    """

    product_id: int
    public_id: str
    applicant_kind: str
    lender_id: int
    version_id: int
    version_public_id: str
    row_version: int


def at_hand(session: Session, actor: Actor, public_id: str) -> AtHand:
    """The same as :func:`product` for who needs the rule of one version only: no other is read.

    Raises:
        NotFound: there is none for this actor, or it has neither a version in work nor a live one.
    """
    row = session.execute(
        _at_hand(of_any=actor.is_platform),
        {"public_id": public_id, "organisation_id": actor.organisation_id},
    ).one_or_none()
    if row is None:
        raise NotFound(PRODUCT_WORDS)
    return AtHand(*row)


@lru_cache(maxsize=2)
def _at_hand(*, of_any: bool) -> Select[int, str, str, int, int, str, int]:
    statement = (
        select(
            Product.id,
            Product.public_id,
            Product.applicant_kind,
            Product.lender_id,
            ProductVersion.id,
            ProductVersion.public_id,
            ProductVersion.version,
        )
        .join(ProductVersion, ProductVersion.product_id == Product.id)
        .join(Lender, Lender.id == Product.lender_id)
        .where(
            Product.public_id == bindparam("public_id"),
            ProductVersion.state.in_([VersionState.LIVE.value, *(state.value for state in IN_WORK)]),
        )
        .order_by(case((ProductVersion.state == VersionState.LIVE.value, 1), else_=0))
        .limit(1)
    )
    return statement if of_any else statement.where(Lender.organisation_id == bindparam("organisation_id"))


def products_of_lender(session: Session, lender_id: int) -> Sequence[Product]:
    """A lender's products with their versions, newest first."""
    return session.scalars(
        select(Product)
        .where(Product.lender_id == lender_id)
        .options(selectinload(Product.versions), joinedload(Product.scheme))
        .order_by(Product.id.desc())
    ).all()


def all_products(session: Session) -> Sequence[Product]:
    """Every lender's products with their versions, newest first, for the platform."""
    return session.scalars(_every_product()).all()


def page_of_products(
    session: Session, *, before: int | None, limit: int
) -> tuple[Sequence[Product], int | None]:
    """The same some at a time, and the number to go on before (None at the end)."""
    query = _every_product().limit(limit + 1)
    if before is not None:
        query = query.where(Product.id < before)
    rows = session.scalars(query).all()
    shown = rows[:limit]
    return shown, shown[-1].id if len(rows) > limit else None


def _every_product() -> Select[Product]:
    return (
        select(Product)
        .options(selectinload(Product.versions), joinedload(Product.lender), joinedload(Product.scheme))
        .order_by(Product.id.desc())
    )


def waiting_for_publication(session: Session) -> Sequence[ProductVersion]:
    """Versions the lenders have approved, the longest waiting first."""
    return session.scalars(
        select(ProductVersion)
        .where(ProductVersion.state == VersionState.PENDING_PUBLICATION.value)
        .options(joinedload(ProductVersion.product).joinedload(Product.lender))
        .order_by(ProductVersion.approved_at, ProductVersion.id)
    ).all()


def numbered_version(found: Product, number: int) -> ProductVersion:
    """A product's version by its number.

    Raises:
        NotFound: if it has none.
    """
    for version in found.versions:
        if version.number == number:
            return version
    raise NotFound(Words("产品版本", "version of the product"))


def version_numbers(session: Session, product_id: int) -> dict[int, int]:
    """The number of every version of a product by its key."""
    statement = select(ProductVersion.id, ProductVersion.number)
    rows = session.execute(statement.where(ProductVersion.product_id == product_id))
    return {row.id: row.number for row in rows}


def live_version(found: Product) -> ProductVersion | None:
    return next((version for version in found.versions if version.state == VersionState.LIVE), None)


def version_in_work(found: Product) -> ProductVersion | None:
    """The version that is being written, approved or published, if any."""
    return next((version for version in found.versions if version.state in IN_WORK), None)


def newest_version(found: Product) -> ProductVersion:
    """The version with the highest number; every product has one."""
    return found.versions[-1]


def check_not_retired(found: Product) -> None:
    """Nothing new is made of a product that is off the platform for good.

    Raises:
        RuleRefused: ``retired``.
    """
    if found.state == ProductState.RETIRED:
        raise RuleRefused(
            "retired",
            Words("产品已下架，不能再修改。", "A retired product cannot be changed any more."),
        )


def note_event(
    session: Session, actor: Actor, found: Product, step: str, *, number: int | None = None, reason: str = ""
) -> None:
    """Put a step into the product's visible history."""
    session.add(
        ProductEvent(
            product_id=found.id,
            version_number=number,
            step=step,
            at=clock.now(),
            who=actor.name,
            organisation=actor.organisation_name,
            reason=reason,
        )
    )


def events_of(session: Session, product_id: int) -> Sequence[ProductEvent]:
    """What happened to a product, the newest first."""
    return session.scalars(
        select(ProductEvent).where(ProductEvent.product_id == product_id).order_by(ProductEvent.id.desc())
    ).all()
