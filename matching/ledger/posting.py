"""Writing into the books: the one way transactions and entries come about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import insert, select, tuple_
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel import clock, ids
from matching.ledger.model import LedgerAccount, LedgerEntry, LedgerTransaction
from matching.ledger.rules import (
    SETTLING,
    Account,
    AccountKind,
    Owner,
    Posting,
    TransactionKind,
    Unbalanced,
    check_balanced,
    netted,
)

_CHUNK = 300


@dataclass(frozen=True, slots=True)
class About:
    """What a transaction is about, by keys; ``text`` is a public id or a contract number for people."""

    line_id: int | None = None
    drawdown_id: int | None = None
    product_id: int | None = None
    pool_id: int | None = None
    firm_id: int | None = None
    lender_id: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction before it is written."""

    kind: TransactionKind
    postings: Sequence[Posting]
    about: About
    on: date | None = None
    settles_id: int | None = None
    reference: str | None = None
    memo: str = ""


def post(session: Session, actor: Actor | None, draft: Draft) -> int:
    """Write one transaction; answers its key.

    Raises:
        Unbalanced: the postings do not sum to nought in each book.
    """
    return post_all(session, actor, [draft])[0]


def post_all(session: Session, actor: Actor | None, drafts: Sequence[Draft]) -> list[int]:
    """Write transactions in this order; answers their keys."""
    session.flush()
    ready = [(draft, netted(draft.postings)) for draft in drafts]
    for draft, postings in ready:
        check_balanced(postings)
        if draft.settles_id is not None and draft.kind not in SETTLING:
            raise Unbalanced(f"{draft.kind} settles no hold")
    accounts = _accounts(session, {posting.account for _, postings in ready for posting in postings})
    rows = [_row(actor, draft, postings) for draft, postings in ready]
    keys: dict[str, int] = {}
    for start in range(0, len(rows), _CHUNK):
        found = session.execute(
            insert(LedgerTransaction).returning(LedgerTransaction.id, LedgerTransaction.public_id),
            rows[start : start + _CHUNK],
        )
        keys |= {public_id: key for key, public_id in found}
    entries = [
        {
            "transaction_id": keys[row["public_id"]],
            "account_id": accounts[posting.account],
            "fen": posting.fen,
        }
        for row, (_, postings) in zip(rows, ready, strict=True)
        for posting in postings
    ]
    session.execute(insert(LedgerEntry), entries)
    return [keys[row["public_id"]] for row in rows]


def _row(actor: Actor | None, draft: Draft, postings: Sequence[Posting]) -> dict[str, Any]:
    about = draft.about
    return {
        "public_id": ids.public_id(),
        "kind": draft.kind.value,
        "at": clock.now(),
        "on_date": draft.on or clock.today(),
        "entry_count": len(postings),
        "moved_fen": sum(posting.fen for posting in postings if posting.fen > 0),
        "reference": draft.reference,
        "settles_id": draft.settles_id,
        "line_id": about.line_id,
        "drawdown_id": about.drawdown_id,
        "product_id": about.product_id,
        "pool_id": about.pool_id,
        "firm_id": about.firm_id,
        "lender_id": about.lender_id,
        "about": about.text,
        "memo": draft.memo[:500],
        "user_id": actor.user_id if actor else None,
        "user_name": actor.name if actor else "",
    }


def _accounts(session: Session, wanted: set[Account]) -> dict[Account, int]:
    """The keys of accounts; those that are not there yet are made, whoever else makes them at the same time."""
    found = _find(session, wanted)
    missing = wanted - set(found)
    if missing:
        fresh = postgresql_insert if session.get_bind().dialect.name == "postgresql" else sqlite_insert
        rows = [
            {"kind": row.kind.value, "owner_kind": row.owner.value, "owner_id": row.owner_id}
            for row in sorted(missing, key=lambda row: (row.kind, row.owner, row.owner_id))
        ]
        for start in range(0, len(rows), _CHUNK):
            session.execute(
                fresh(LedgerAccount).values(rows[start : start + _CHUNK]).on_conflict_do_nothing()
            )
        found |= _find(session, missing)
    return found


def _find(session: Session, wanted: set[Account]) -> dict[Account, int]:
    columns = (LedgerAccount.kind, LedgerAccount.owner_kind, LedgerAccount.owner_id)
    keys = [(row.kind.value, row.owner.value, row.owner_id) for row in wanted]
    found: dict[Account, int] = {}
    for start in range(0, len(keys), _CHUNK):
        rows = session.execute(
            select(LedgerAccount.id, *columns).where(tuple_(*columns).in_(keys[start : start + _CHUNK]))
        )
        found |= {
            Account(AccountKind(kind), Owner(owner), owner_id): key for key, kind, owner, owner_id in rows
        }
    return found
