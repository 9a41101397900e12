"""What is lent and repaid through the platform, added to a line's figures for lists and statistics."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from matching.lines.model import CreditLine


def add_to_line(session: Session, line: CreditLine, *, lent_fen: int, repaid_fen: int) -> None:
    """Move a line's figures in the transaction that moves the books."""
    session.flush()
    session.execute(
        update(CreditLine)
        .where(CreditLine.id == line.id)
        .values(
            disbursed_fen=CreditLine.disbursed_fen + lent_fen,
            balance_fen=CreditLine.balance_fen + lent_fen - repaid_fen,
            balance_on=clock.today(),
            version=CreditLine.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(line, ["disbursed_fen", "balance_fen", "balance_on", "version"])
