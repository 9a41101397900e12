"""What other rooms read of products, the quota they draw on, and loading a product that is already published.

Writing versions is in :mod:`lenders.products.drafting`, deciding on them in :mod:`lenders.products.deciding`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import CursorResult, Row, Select, case, or_, select, update
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor
from creditbridge.kernel.errors import NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store import change_counter
from creditbridge.store.database import ReadSession
from lenders.admission.amount import Amount
from lenders.admission.tree import Tree
from lenders.institutions.model import Lender
from lenders.institutions.rules import LenderState
from lenders.products import deciding, drafting, lookup
from lenders.products.lifecycle import ProductState, VersionState
from lenders.products.model import Product, ProductVersion
from lenders.products.rules import (
    ApplicantKind,
    Draft,
    LenderRef,
    ProductTerms,
    PublishedProduct,
    SchemeRef,
    in_both,
)
from lenders.schemes.model import Scheme
from lenders.schemes.rules import SchemeState


@dataclass(frozen=True, slots=True)
class _Contents:
    """What stands in a version. A live one is never rewritten, so it is read once by its public id."""

    terms: ProductTerms
    admission: Tree
    amount_formula: Amount | None


@dataclass(frozen=True, slots=True)
class _Published:
    change_seq: int
    products: tuple[PublishedProduct, ...]
    contents: Mapping[str, _Contents]


_cache: WeakKeyDictionary[Engine, _Published] = WeakKeyDictionary()
_at_hand: WeakKeyDictionary[Engine, dict[tuple[str, int], PublishedProduct]] = WeakKeyDictionary()
MOST_AT_HAND = 64
"""Of so many versions that people work on a process keeps what stands in them."""


def published(session: Session) -> Sequence[PublishedProduct]:
    """The live version of every product that is open or suspended, in the order they were made.

    Cached in this process until the change counter moves; then what stands in a version already read is not read again,
    for the counter moves with every fact. Only what a reading session saw is kept: a writing one may
    see changes of its own that are never committed.
    """
    seq = change_counter.current(session)
    engine = _engine(session)
    held = _cache.get(engine)
    if held is not None and held.change_seq == seq:
        return held.products
    shown = (ProductState.OPEN, ProductState.SUSPENDED)
    query = _query(whole=False).where(ProductVersion.state == VersionState.LIVE.value)
    rows = [row for row in session.execute(query.order_by(Product.id)) if row.effective_state in shown]
    contents = _contents_of(session, rows, held.contents if held is not None else {})
    products = tuple(_published(row, contents[row.version_public_id]) for row in rows)
    if isinstance(session, ReadSession):
        _cache[engine] = _Published(seq, products, contents)
    return products


def _contents_of(
    session: Session, rows: Sequence[Row[Any]], kept: Mapping[str, _Contents]
) -> dict[str, _Contents]:
    """What stands in the versions of some rows, by their public ids; what is kept is not read."""
    new = [row.version_id for row in rows if row.version_public_id not in kept]
    read: dict[str, _Contents] = {}
    if new:
        columns = (ProductVersion.terms, ProductVersion.admission, ProductVersion.amount_formula)
        query = select(ProductVersion.public_id, *columns).where(ProductVersion.id.in_(new))
        read = {row.public_id: _contents(row) for row in session.execute(query)}
    return {key: kept.get(key) or read[key] for key in (row.version_public_id for row in rows)}


def published_product(session: Session, public_id: str) -> PublishedProduct:
    """The live version of a product; a retired one is still shown, as retired.

    Raises:
        NotFound: if there is none, or it was never published.
    """
    row = session.execute(
        _query(whole=True).where(
            Product.public_id == public_id, ProductVersion.state == VersionState.LIVE.value
        )
    ).one_or_none()
    if row is None:
        raise NotFound(lookup.PRODUCT_WORDS)
    return _published(row, _contents(row))


def published_of_lender(session: Session, lender_id: int) -> list[PublishedProduct]:
    """A lender's published products."""
    return [found for found in published(session) if found.lender.id == lender_id]


def published_in_scheme(session: Session, scheme_id: int) -> list[PublishedProduct]:
    """The published products under a policy scheme."""
    return [
        found for found in published(session) if found.scheme is not None and found.scheme.id == scheme_id
    ]


def version(session: Session, version_id: int) -> PublishedProduct:
    """Any version by its key, as a submission cites it; the name and terms are those of that version.

    Raises:
        NotFound: if there is none.
    """
    row = session.execute(_query(whole=True).where(ProductVersion.id == version_id)).one_or_none()
    if row is None:
        raise NotFound(lookup.PRODUCT_WORDS)
    return _published(row, _contents(row))


def version_at_hand(session: Session, held: lookup.AtHand) -> PublishedProduct:
    """The version somebody works on, as its row stands; read once by a process for as long as it stands so.

    Raises:
        NotFound: if there is none.
    """
    engine = _engine(session)
    kept = _at_hand.setdefault(engine, {})
    # Not by its key in the database, which a version may inherit from a discarded one.
    key = (held.version_public_id, held.row_version)
    found = kept.get(key)
    if found is None:
        found = version(session, held.version_id)
        if isinstance(session, ReadSession):
            while len(kept) >= MOST_AT_HAND:
                kept.pop(next(iter(kept), key), None)
            kept[key] = found
    return found


def take_quota(session: Session, product_id: int, fen: int) -> None:
    """Take from what may still be granted under the product, in the caller's transaction.

    Raises:
        RuleRefused: ``quota_exhausted`` if less than that is left.
    """
    if not _move_quota(session, product_id, fen):
        raise RuleRefused(
            "quota_exhausted",
            Words(
                "该产品剩余额度不足，请调低金额或选择其他产品。",
                "The product's remaining quota is too small. Lower the amount or choose another product.",
            ),
        )


def return_quota(session: Session, product_id: int, fen: int) -> None:
    """Give back what was taken.

    Raises:
        RuleRefused: ``quota_not_taken`` if more is returned than was ever taken.
    """
    if not _move_quota(session, product_id, -fen):
        raise RuleRefused(
            "quota_not_taken", Words("退回的额度超过已占用额度。", "More quota was returned than was taken.")
        )


def quota_left(session: Session, product_id: int) -> int | None:
    """What may still be granted, in fen; None where the product sets no quota."""
    row = session.execute(
        select(Product.quota_fen, Product.quota_used_fen).where(Product.id == product_id)
    ).one()
    return None if row.quota_fen is None else max(0, row.quota_fen - row.quota_used_fen)


def quotas_used(session: Session) -> dict[int, int]:
    """What is drawn on the quota of every product, by the product's key."""
    return dict(session.execute(select(Product.id, Product.quota_used_fen)).all())


def load_published(
    session: Session, draft: Draft, *, author: Actor, approver: Actor, publisher: Actor
) -> PublishedProduct:
    """Walk a product through its whole life cycle with the officers given: for the demo city and for tests."""
    made = drafting.create_product(session, author, draft)
    drafting.submit(session, author, made.public_id)
    deciding.approve(session, approver, made.public_id)
    deciding.publish(session, publisher, made.public_id)
    return published_product(session, made.public_id)


def _move_quota(session: Session, product_id: int, fen: int) -> bool:
    session.flush()
    used = Product.quota_used_fen + fen
    within = used >= 0 if fen < 0 else or_(Product.quota_fen.is_(None), used <= Product.quota_fen)
    result = session.execute(
        update(Product)
        .where(Product.id == product_id, within)
        .values(quota_used_fen=used)
        .execution_options(synchronize_session=False)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def _engine(session: Session) -> Engine:
    bind = session.get_bind()
    return bind.engine if isinstance(bind, Connection) else bind


@lru_cache(maxsize=2)
def _query(*, whole: bool) -> Select[Any]:
    """One row a version, with what a published product shows; Core rows, for this is read often.

    ``whole`` brings what stands in the version as well.
    """
    contents = (ProductVersion.terms, ProductVersion.admission, ProductVersion.amount_formula)
    state = case(
        (Lender.state == LenderState.EXITED.value, ProductState.RETIRED.value),
        (Product.state != ProductState.OPEN.value, Product.state),
        (Lender.state != LenderState.APPROVED.value, ProductState.SUSPENDED.value),
        (Scheme.state == SchemeState.CLOSED.value, ProductState.SUSPENDED.value),
        else_=Product.state,
    ).label("effective_state")
    return (
        select(
            Product.id.label("product_id"),
            Product.public_id,
            Product.applicant_kind,
            ProductVersion.id.label("version_id"),
            ProductVersion.public_id.label("version_public_id"),
            ProductVersion.number,
            ProductVersion.name_zh,
            ProductVersion.name_en,
            *(contents if whole else ()),
            Lender.id.label("lender_id"),
            Lender.public_id.label("lender_public_id"),
            Lender.organisation_id,
            Organisation.name.label("lender_name"),
            Organisation.name_en.label("lender_name_en"),
            Scheme.id.label("scheme_id"),
            Scheme.public_id.label("scheme_public_id"),
            Scheme.name_zh.label("scheme_name"),
            Scheme.name_en.label("scheme_name_en"),
            Scheme.sponsor_zh.label("scheme_sponsor"),
            Scheme.sponsor_en.label("scheme_sponsor_en"),
            state,
        )
        .join(Product, ProductVersion.product_id == Product.id)
        .join(Lender, Product.lender_id == Lender.id)
        .join(Organisation, Lender.organisation_id == Organisation.id)
        .outerjoin(Scheme, Product.scheme_id == Scheme.id)
    )


def _published(row: Row[Any], contents: _Contents) -> PublishedProduct:
    scheme = None
    if row.scheme_id is not None:
        scheme = SchemeRef(
            row.scheme_id,
            row.scheme_public_id,
            in_both(row.scheme_name, row.scheme_name_en),
            in_both(row.scheme_sponsor, row.scheme_sponsor_en),
        )
    return PublishedProduct(
        product_id=row.product_id,
        public_id=row.public_id,
        version_id=row.version_id,
        version_public_id=row.version_public_id,
        version_number=row.number,
        lender=LenderRef(
            row.lender_id,
            row.lender_public_id,
            row.organisation_id,
            in_both(row.lender_name, row.lender_name_en),
        ),
        name=in_both(row.name_zh, row.name_en),
        applicant_kind=ApplicantKind(row.applicant_kind),
        state=ProductState(row.effective_state),
        terms=contents.terms,
        admission=contents.admission,
        amount_formula=contents.amount_formula,
        scheme=scheme,
    )


def _contents(row: Row[Any]) -> _Contents:
    return _Contents(
        ProductTerms.from_json(row.terms),
        Tree.from_json(row.admission),
        Amount.from_json(row.amount_formula) if row.amount_formula else None,
    )
