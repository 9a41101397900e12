"""A product's quota in the books: held by an offer, used by a grant, given back. The counter is the product's own."""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from lenders.products import service as products
from matching.ledger import rules
from matching.ledger.posting import About, Draft, post
from matching.ledger.rules import AccountKind, Posting, TransactionKind, moved


def hold(session: Session, actor: Actor | None, product_id: int, fen: int, about: About) -> None:
    """Hold quota for an offer.

    Raises:
        RuleRefused: ``quota_exhausted``.
    """
    products.take_quota(session, product_id, fen)
    _post(
        session,
        actor,
        TransactionKind.QUOTA_HOLD,
        about,
        _between(product_id, fen, AccountKind.QUOTA_FREE, AccountKind.QUOTA_HELD),
    )


def void(session: Session, actor: Actor | None, product_id: int, fen: int, about: About) -> None:
    """Give back what an offer held."""
    products.return_quota(session, product_id, fen)
    _post(
        session,
        actor,
        TransactionKind.QUOTA_VOID,
        about,
        _between(product_id, fen, AccountKind.QUOTA_HELD, AccountKind.QUOTA_FREE),
    )


def use_held(
    session: Session, actor: Actor | None, product_id: int, *, held_fen: int, granted_fen: int, about: About
) -> None:
    """A grant uses what its offer held; what it does not need is given back, what it lacks is taken.

    Raises:
        RuleRefused: ``quota_exhausted``.
    """
    if granted_fen > held_fen:
        hold(session, actor, product_id, granted_fen - held_fen, about)
    elif granted_fen < held_fen:
        void(session, actor, product_id, held_fen - granted_fen, about)
    _post(
        session,
        actor,
        TransactionKind.QUOTA_POST,
        about,
        _between(product_id, granted_fen, AccountKind.QUOTA_HELD, AccountKind.QUOTA_USED),
    )


def shift_used(session: Session, actor: Actor | None, product_id: int | None, fen: int, about: About) -> None:
    """Use more quota for a grant, or give back what one used (below nought).

    Raises:
        RuleRefused: ``quota_exhausted``.
    """
    if product_id is None or fen == 0:
        return
    if fen > 0:
        products.take_quota(session, product_id, fen)
        _post(
            session,
            actor,
            TransactionKind.QUOTA_POST,
            about,
            _between(product_id, fen, AccountKind.QUOTA_FREE, AccountKind.QUOTA_USED),
        )
    else:
        products.return_quota(session, product_id, -fen)
        _post(
            session,
            actor,
            TransactionKind.QUOTA_VOID,
            about,
            _between(product_id, -fen, AccountKind.QUOTA_USED, AccountKind.QUOTA_FREE),
        )


def _between(product_id: int, fen: int, source: AccountKind, target: AccountKind) -> tuple[Posting, Posting]:
    return moved(fen, rules.quota(product_id, source), rules.quota(product_id, target))


def _post(
    session: Session,
    actor: Actor | None,
    kind: TransactionKind,
    about: About,
    postings: tuple[Posting, Posting],
) -> None:
    post(session, actor, Draft(kind, postings, about))
