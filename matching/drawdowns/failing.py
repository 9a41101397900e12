"""Loans on the books that went badly, by line: for whoever asks later whether the grant was right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from matching.drawdowns.model import Drawdown
from matching.drawdowns.rules import DrawdownState
from matching.ledger.model import LedgerAccount, LedgerEntry, LedgerTransaction
from matching.ledger.rules import AccountKind, TransactionKind

FAILED = (DrawdownState.OVERDUE, DrawdownState.COMPENSATED, DrawdownState.WRITTEN_OFF)
KNOWN = (*FAILED, DrawdownState.SETTLED)
"""States of loans of which is known how they went."""
_ENDS_BADLY = (TransactionKind.COMPENSATION.value, TransactionKind.WRITE_OFF.value)


@dataclass(frozen=True, slots=True)
class Failed:
    """A line's loans that are overdue, were compensated or written off: the gravest state, and their principal.

    The principal is what is outstanding of an overdue loan, and what was outstanding when another ended.
    """

    state: DrawdownState
    principal_fen: int


def lines_with(states: Collection[DrawdownState]) -> Select[int]:
    """The keys of lines with a loan in one of these states, to be asked for inside another query."""
    return select(Drawdown.line_id).where(Drawdown.state.in_([state.value for state in states]))


def failed_by_line(session: Session) -> dict[int, Failed]:
    """What failed of each line, by its key, as the books say."""
    lost = case(
        (LedgerTransaction.kind.in_(_ENDS_BADLY), -LedgerEntry.fen),
        (Drawdown.state == DrawdownState.OVERDUE.value, LedgerEntry.fen),
        else_=0,
    )
    rows = session.execute(
        select(Drawdown.line_id, Drawdown.state, func.sum(lost))
        .join(LedgerTransaction, LedgerTransaction.drawdown_id == Drawdown.id)
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(
            LedgerAccount.kind == AccountKind.PRINCIPAL.value,
            Drawdown.state.in_([state.value for state in FAILED]),
        )
        .group_by(Drawdown.line_id, Drawdown.state)
    )
    found: dict[int, Failed] = {}
    for line_id, stated, fen in rows:
        state, before = DrawdownState(stated), found.get(line_id)
        if before is not None:
            state = max(state, before.state, key=FAILED.index)
        found[line_id] = Failed(state, int(fen) + (before.principal_fen if before else 0))
    return found
