"""The trial balance: proves that the books hold, or says where they do not.

Looked at are every transaction (its entries are all there and sum to nought in each book), every account (none below
nought that must not be), every hold (settled at most once, by its own amount), and every counter (limits of lines and
pools, quotas of products, and what rooms above keep of the books for their lists) against the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from lenders.products import service as products
from matching.ledger.model import LedgerAccount, LedgerEntry, LedgerLimit, LedgerTransaction
from matching.ledger.rules import ACCOUNT_WORDS, COMMITMENTS, CONTRA, AccountKind, Owner

MOST_FINDINGS = 50

_A, _E, _T, _L = LedgerAccount, LedgerEntry, LedgerTransaction, LedgerLimit
_K = AccountKind


@dataclass(frozen=True, slots=True)
class TrialRow:
    """All accounts of one kind: what came onto them, what went off, what is on them."""

    kind: AccountKind
    accounts: int
    onto_fen: int
    off_fen: int

    @property
    def balance_fen(self) -> int:
        return self.onto_fen - self.off_fen


@dataclass(frozen=True, slots=True)
class Trial:
    """The balance of the books and what is wrong with them, in English, for the log and the command line."""

    rows: tuple[TrialRow, ...]
    transactions: int
    entries: int
    findings: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.findings


Witness = Callable[[Session], Iterable[str]]
_WITNESSES: list[Witness] = []


def ask_witness(witness: Witness) -> None:
    """Have a room above tell where what it keeps for its lists differs from the books. Harmless when done again."""
    if witness not in _WITNESSES:
        _WITNESSES.append(witness)


def trial_balance(session: Session) -> Trial:
    """Check the books."""
    findings: list[str] = []
    for check in (_transactions, _sums, _accounts, _holds, _limits, _quotas, *_WITNESSES):
        findings += list(check(session))[: MOST_FINDINGS - len(findings)]
    return Trial(
        tuple(_rows(session)),
        session.scalar(select(func.count()).select_from(_T)) or 0,
        session.scalar(select(func.count()).select_from(_E)) or 0,
        tuple(findings),
    )


def balances(session: Session, kind: AccountKind, owner: Owner) -> dict[int, int]:
    """What is on every account of a kind, by the owner's key."""
    rows = session.execute(
        select(_A.owner_id, func.sum(_E.fen))
        .join(_E, _E.account_id == _A.id)
        .where(_A.kind == kind.value, _A.owner_kind == owner.value)
        .group_by(_A.owner_id)
    )
    return {owner_id: int(fen) for owner_id, fen in rows}


def _rows(session: Session) -> Iterator[TrialRow]:
    found = session.execute(
        select(
            _A.kind,
            func.count(_A.id.distinct()),
            func.sum(case((_E.fen > 0, _E.fen), else_=0)),
            func.sum(case((_E.fen < 0, -_E.fen), else_=0)),
        )
        .join(_E, _E.account_id == _A.id)
        .group_by(_A.kind)
    )
    by_kind = {
        kind: TrialRow(AccountKind(kind), count, int(onto), int(off)) for kind, count, onto, off in found
    }
    yield from (by_kind[kind] for kind in ACCOUNT_WORDS if kind in by_kind)


def _transactions(session: Session) -> Iterator[str]:
    """Each transaction has the entries it was written with, and they sum to nought in each book."""
    commitment = _A.kind.in_([kind.value for kind in COMMITMENTS])
    in_book = func.coalesce(func.sum(case((commitment, _E.fen), else_=0)), 0)
    in_money = func.coalesce(func.sum(case((commitment, 0), else_=_E.fen)), 0)
    onto = func.coalesce(func.sum(case((_E.fen > 0, _E.fen), else_=0)), 0)
    rows = session.execute(
        select(_T.id, _T.kind, in_book, in_money, func.count(_E.id), _T.entry_count, onto, _T.moved_fen)
        .outerjoin(_E, _E.transaction_id == _T.id)
        .outerjoin(_A, _A.id == _E.account_id)
        .group_by(_T.id, _T.kind, _T.entry_count, _T.moved_fen)
        .having(or_(in_book != 0, in_money != 0, func.count(_E.id) != _T.entry_count, onto != _T.moved_fen))
        .limit(MOST_FINDINGS)
    )
    for key, kind, commitments, money, count, stated, moved, said in rows:
        yield (
            f"transaction {key} ({kind}): commitments sum to {commitments}, money to {money}; "
            f"{count} of {stated} entries, {moved} of {said} fen moved"
        )


def _sums(session: Session) -> Iterator[str]:
    orphans = session.scalar(
        select(func.count())
        .select_from(_E)
        .outerjoin(_T, _T.id == _E.transaction_id)
        .outerjoin(_A, _A.id == _E.account_id)
        .where(or_(_T.id.is_(None), _A.id.is_(None)))
    )
    if orphans:
        yield f"{orphans} entries without their transaction or account"
    total = session.scalar(select(func.coalesce(func.sum(_E.fen), 0)))
    if total:
        yield f"all entries sum to {total} fen"


def _accounts(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(_A.kind, _A.owner_kind, _A.owner_id, func.sum(_E.fen))
        .join(_E, _E.account_id == _A.id)
        .where(_A.kind.not_in([kind.value for kind in CONTRA]))
        .group_by(_A.kind, _A.owner_kind, _A.owner_id)
        .having(func.sum(_E.fen) < 0)
        .limit(MOST_FINDINGS)
    )
    for kind, owner, owner_id, fen in rows:
        yield f"account {kind} of {owner} {owner_id} is below nought: {fen} fen"


def _holds(session: Session) -> Iterator[str]:
    """A hold is settled by its own amount: what came onto the held account goes off it."""
    hold, settle = aliased(_T), aliased(_T)
    held, freed = aliased(_E), aliased(_E)
    account = aliased(_A)
    rows = session.execute(
        select(settle.id, hold.id, hold.kind, held.fen, freed.fen)
        .join(hold, hold.id == settle.settles_id)
        .outerjoin(held, and_(held.transaction_id == hold.id, held.fen > 0, _on(held, _K.LINE_HELD)))
        .outerjoin(freed, and_(freed.transaction_id == settle.id, freed.account_id == held.account_id))
        .outerjoin(account, account.id == held.account_id)
        .where(
            or_(held.id.is_(None), freed.id.is_(None), held.fen + freed.fen != 0, hold.kind != "draw_hold")
        )
        .limit(MOST_FINDINGS)
    )
    for settle_id, hold_id, kind, came, went in rows:
        yield f"transaction {settle_id} settles {kind} {hold_id}, which held {came} fen, by {went} fen"


def _on(entry: type[LedgerEntry], kind: AccountKind) -> ColumnElement[bool]:
    return entry.account_id.in_(select(_A.id).where(_A.kind == kind.value))


def _limits(session: Session) -> Iterator[str]:
    for owner, kinds in (
        (Owner.LINE, (_K.LINE_LIMIT, _K.LINE_HELD, _K.LINE_USED, _K.LINE_AVAILABLE)),
        (Owner.POOL, (_K.POOL_CAPITAL, _K.POOL_HELD, _K.POOL_USED, _K.POOL_FREE)),
    ):
        contra, held, used, free = (balances(session, kind, owner) for kind in kinds)
        if owner is Owner.POOL:
            for key, fen in balances(session, _K.POOL_PAID, owner).items():
                used[key] = used.get(key, 0) + fen
        rows = session.execute(
            select(_L.owner_id, _L.limit_fen, _L.held_fen, _L.used_fen).where(_L.owner_kind == owner.value)
        ).all()
        for key, limit_fen, held_fen, used_fen in rows:
            counted = (limit_fen, held_fen, used_fen, limit_fen - held_fen - used_fen)
            booked = (-contra.get(key, 0), held.get(key, 0), used.get(key, 0), free.get(key, 0))
            if counted != booked:
                yield f"{owner} {key}: counters (limit, held, used, free) {counted}, books {booked}"
        for key in set(contra) - {row[0] for row in rows}:
            yield f"{owner} {key} is in the books and has no counters"


def _quotas(session: Session) -> Iterator[str]:
    held, used = (balances(session, kind, Owner.PRODUCT) for kind in (_K.QUOTA_HELD, _K.QUOTA_USED))
    for product_id, fen in products.quotas_used(session).items():
        booked = held.get(product_id, 0) + used.get(product_id, 0)
        if fen != booked:
            yield f"product {product_id}: counter says {fen} fen of quota are used, the books {booked}"
