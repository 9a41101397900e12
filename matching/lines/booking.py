"""Lines in the books: what a grant, a correction, a report and the end of a line move there.

The books are the truth; a line's amounts stand in its row as well, for lists and statistics, and the trial balance
holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from matching.ledger import credit, limits, quotas
from matching.ledger.credit import Loan
from matching.ledger.model import LedgerAccount, LedgerEntry, LedgerTransaction
from matching.ledger.posting import About
from matching.ledger.rules import AccountKind, Counted, Owner, TransactionKind
from matching.lines.model import CreditLine
from matching.lines.rules import BalanceReport, LineState


def about(line: CreditLine) -> About:
    """What the books say a line's transactions are about."""
    return About(
        line_id=line.id,
        product_id=line.product_id,
        firm_id=line.firm_id,
        lender_id=line.lender_id,
        text=line.contract_number,
    )


def reported_loan(line: CreditLine) -> Loan:
    """All loans of a line whose lender keeps them itself and reports."""
    return Loan(about(line), line.revolving)


def open_line(session: Session, actor: Actor | None, line: CreditLine) -> None:
    """The limit of a new line; nothing can be drawn before it is signed."""
    credit.open_line(session, actor, about(line), line.amount_fen, is_open=False)


def follow_state(session: Session, actor: Actor | None, line: CreditLine) -> None:
    """Let the limit take drawdowns exactly while the line is active and no policy blocks it; end it with the line."""
    if line.state_now in (LineState.ACTIVE, LineState.FROZEN, LineState.PENDING_SIGNING):
        is_open = line.state_now is LineState.ACTIVE and not line.drawing_blocked
        reason = line.drawing_blocked or line.state_reason
        limits.set_open(session, Owner.LINE, line.id, is_open=is_open, reason=reason)
        return
    credit.close_line(session, actor, about(line), reason=line.state_reason or line.state)
    if line.state_now is LineState.CANCELLED:
        quotas.shift_used(session, actor, line.product_id, -line.amount_fen, about(line))


def change_amount(session: Session, actor: Actor | None, line: CreditLine, fen: int) -> None:
    """The limit and what the grant draws on the product's quota change together.

    Raises:
        RuleRefused: ``quota_exhausted`` or ``limit_in_use``.
    """
    quotas.shift_used(session, actor, line.product_id, fen, about(line))
    credit.change_limit(session, actor, about(line), fen)


def report(
    session: Session, actor: Actor | None, line: CreditLine, now: BalanceReport, before: BalanceReport
) -> None:
    """Take the loans that the lender keeps itself from what was reported before to what is reported now."""
    lent = now.disbursed_fen - before.disbursed_fen
    repaid = lent - (now.balance_fen - before.balance_fen)
    credit.report(session, actor, reported_loan(line), lent_fen=lent, repaid_fen=repaid, on=now.as_of)


def set_revolving(session: Session, actor: Actor, line: CreditLine, revolving: bool) -> None:
    """A correction says whether repayment frees the limit: what is used is what is outstanding, or all ever lent."""
    if line.revolving == revolving:
        return
    loan = reported_loan(line)
    repaid = line.disbursed_fen - line.balance_fen
    credit.shift_line_used(session, actor, loan, -repaid if revolving else repaid)
    line.revolving = revolving


def take_back(session: Session, actor: Actor, line: CreditLine, on: date) -> None:
    """A record that is voided leaves nothing in the books but its history."""
    report(
        session, actor, line, BalanceReport(on, 0, 0), BalanceReport(on, line.disbursed_fen, line.balance_fen)
    )
    counters = counters_of(session, line)
    if counters is not None and counters.limit_fen:
        credit.change_limit(session, actor, about(line), -counters.limit_fen)
    quotas.shift_used(session, actor, line.product_id, -line.amount_fen, about(line))


def counters_of(session: Session, line: CreditLine) -> Counted | None:
    """Limit, held and used of a line."""
    return limits.counted(session, Owner.LINE, line.id)


def has_drawdowns(session: Session, line: CreditLine) -> bool:
    """Whether the line is, or was, drawn on through the platform."""
    found = session.scalar(
        select(LedgerTransaction.id)
        .where(LedgerTransaction.line_id == line.id, LedgerTransaction.drawdown_id.is_not(None))
        .limit(1)
    )
    return found is not None


def differences(session: Session) -> Iterator[str]:
    """Witness of the trial balance: lines whose row says something else than the books."""
    principal = _sum_by_line(AccountKind.PRINCIPAL)
    limit = _sum_by_line(AccountKind.LINE_LIMIT, but=TransactionKind.LINE_CLOSE)
    rows = session.execute(
        select(
            CreditLine.id,
            CreditLine.amount_fen,
            CreditLine.balance_fen,
            func.coalesce(limit.c.fen, 0),
            func.coalesce(principal.c.fen, 0),
        )
        .outerjoin(principal, principal.c.line_id == CreditLine.id)
        .outerjoin(limit, limit.c.line_id == CreditLine.id)
        .where(
            CreditLine.standing.is_not(None),
            or_(
                CreditLine.amount_fen + func.coalesce(limit.c.fen, 0) != 0,
                CreditLine.balance_fen != func.coalesce(principal.c.fen, 0),
            ),
        )
        .limit(50)
    )
    for key, amount, balance, booked_limit, booked_principal in rows:
        yield (
            f"line {key}: grants {amount} and has {balance} outstanding, "
            f"the books say {-booked_limit} and {booked_principal}"
        )


def _sum_by_line(kind: AccountKind, *, but: TransactionKind | None = None):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a subquery
    query = (
        select(LedgerTransaction.line_id, func.sum(LedgerEntry.fen).label("fen"))
        .join(LedgerEntry, LedgerEntry.transaction_id == LedgerTransaction.id)
        .join(LedgerAccount, LedgerAccount.id == LedgerEntry.account_id)
        .where(LedgerAccount.kind == kind.value, LedgerTransaction.line_id.is_not(None))
        .group_by(LedgerTransaction.line_id)
    )
    if but is not None:
        query = query.where(LedgerTransaction.kind != but.value)
    return query.subquery()
