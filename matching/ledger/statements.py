"""Statements: what moved on a line, for a lender, or for a firm, the newest first; and what is on single accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from creditbridge.kernel.words import Words
from matching.ledger.model import LedgerAccount, LedgerEntry, LedgerTransaction
from matching.ledger.rules import ACCOUNT_WORDS, TRANSACTION_WORDS, Account, AccountKind, TransactionKind

PAGE = 50
_T = LedgerTransaction


@dataclass(frozen=True, slots=True)
class Named:
    """What a movement is about, for people: the contract or the application, its firm, and the page of it.

    ``line_id`` and ``submission_id`` are public ids, empty where there is none.
    """

    words: Words
    firm: str = ""
    line_id: str = ""
    submission_id: str = ""


Namer = Callable[[Session, Sequence["Movement"]], Mapping[str, Named]]
_namers: list[Namer] = []


def name_with(namer: Namer) -> None:
    """Let a room above tell what movements are about: the books keep keys, and know neither lines nor applications."""
    _namers[:] = [namer]


def names_of(session: Session, rows: Sequence[Movement]) -> Mapping[str, Named]:
    """By the id of each movement."""
    return _namers[0](session, rows) if _namers else {}


@dataclass(frozen=True, slots=True)
class Movement:
    """One transaction as a statement shows it: what it did to principal, interest, and the line's availability."""

    id: str
    at: datetime
    on: date
    kind: TransactionKind
    words: Words
    text: str
    who: str
    memo: str
    line_id: int | None
    firm_id: int | None
    fen: dict[AccountKind, int]
    """By kind of account, whoever owns it."""

    def on_account(self, *kinds: AccountKind) -> int:
        return sum(self.fen.get(kind, 0) for kind in kinds)

    @property
    def principal_fen(self) -> int:
        return self.on_account(AccountKind.PRINCIPAL)

    @property
    def interest_fen(self) -> int:
        return self.on_account(AccountKind.INTEREST_DUE, AccountKind.PENALTY_DUE)

    @property
    def available_fen(self) -> int:
        return self.on_account(AccountKind.LINE_AVAILABLE)

    @property
    def funds_fen(self) -> int:
        """Money received by the lender; below nought where it paid out."""
        return self.on_account(AccountKind.FUNDS)

    @property
    def parts(self) -> list[tuple[Words, int]]:
        return [(ACCOUNT_WORDS[kind], fen) for kind, fen in self.fen.items()]


def of_line(session: Session, line_id: int, *, start: int = 0, limit: int = PAGE) -> Sequence[Movement]:
    """Movements of one line, its quota and drawdowns among them."""
    return _movements(session, _T.line_id == line_id, start=start, limit=limit)


def of_drawdown(session: Session, drawdown_id: int) -> Sequence[Movement]:
    """Every movement of a drawdown: what is owed is worked out from them, and an overdue one has one more each night."""
    return _movements(session, _T.drawdown_id == drawdown_id, start=0, limit=None)


def of_lender(session: Session, lender_id: int, *, start: int = 0, limit: int = PAGE) -> Sequence[Movement]:
    return _movements(session, _T.lender_id == lender_id, start=start, limit=limit)


def of_firm(session: Session, firm_id: int, *, start: int = 0, limit: int = PAGE) -> Sequence[Movement]:
    """Movements on a firm's lines; what an offer holds of a product's quota is the lender's alone."""
    return _movements(session, (_T.firm_id == firm_id) & _T.line_id.is_not(None), start=start, limit=limit)


def balance(session: Session, account: Account) -> int:
    """What is on one account."""
    found = session.scalar(
        select(func.coalesce(func.sum(LedgerEntry.fen), 0))
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(
            LedgerAccount.kind == account.kind.value,
            LedgerAccount.owner_kind == account.owner.value,
            LedgerAccount.owner_id == account.owner_id,
        )
    )
    return int(found or 0)


def drawdown_sums(session: Session, drawdown_id: int, kind: TransactionKind) -> dict[AccountKind, int]:
    """What transactions of a kind did for a drawdown, by kind of account."""
    rows = session.execute(
        select(LedgerAccount.kind, func.sum(LedgerEntry.fen))
        .join(LedgerEntry, LedgerEntry.account_id == LedgerAccount.id)
        .join(_T, _T.id == LedgerEntry.transaction_id)
        .where(_T.drawdown_id == drawdown_id, _T.kind == kind.value)
        .group_by(LedgerAccount.kind)
    )
    return {AccountKind(name): int(fen) for name, fen in rows}


def totals_of_lender(session: Session, lender_id: int) -> dict[AccountKind, int]:
    """What is on all accounts of a lender's lines and loans, by kind."""
    rows = session.execute(
        select(LedgerAccount.kind, func.sum(LedgerEntry.fen))
        .join(LedgerEntry, LedgerEntry.account_id == LedgerAccount.id)
        .join(_T, _T.id == LedgerEntry.transaction_id)
        .where(_T.lender_id == lender_id)
        .group_by(LedgerAccount.kind)
    )
    return {AccountKind(name): int(fen) for name, fen in rows}


def _movements(
    session: Session, mine: ColumnElement[bool], *, start: int, limit: int | None
) -> Sequence[Movement]:
    rows = session.scalars(
        select(_T)
        .where(mine)
        .order_by(_T.at.desc(), _T.id.desc())
        .offset(start)
        .limit(limit)
        .options(selectinload(_T.entries).joinedload(LedgerEntry.account))
    )
    return [_movement(row) for row in rows]


def _movement(row: LedgerTransaction) -> Movement:
    fen: dict[AccountKind, int] = {}
    for entry in row.entries:
        account = AccountKind(entry.account.kind)
        fen[account] = fen.get(account, 0) + entry.fen
    kind = TransactionKind(row.kind)
    return Movement(
        row.public_id,
        row.at,
        row.on_date,
        kind,
        TRANSACTION_WORDS[kind],
        row.about,
        row.user_name,
        row.memo,
        row.line_id,
        row.firm_id,
        fen,
    )
