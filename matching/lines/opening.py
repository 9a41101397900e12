"""Bringing lines that were written in bulk into the books: each with its quota, limit, loans and state."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from matching.ledger import rules
from matching.ledger.model import LedgerLimit
from matching.ledger.posting import About, Draft, post_all
from matching.ledger.rules import AccountKind, Owner, Posting, TransactionKind, moved
from matching.lines import booking
from matching.lines.model import CreditLine
from matching.lines.rules import LineState

_K = AccountKind
_OPEN = (LineState.ACTIVE, LineState.FROZEN, LineState.PENDING_SIGNING)


def open_books(session: Session) -> int:
    """Open the books for every standing line that is not in them yet; answers how many there were.

    The product's own counter is not moved: whoever wrote the lines took their quota.
    """
    known = select(LedgerLimit.owner_id).where(LedgerLimit.owner_kind == Owner.LINE.value)
    lines = session.scalars(
        select(CreditLine).where(CreditLine.standing.is_not(None), CreditLine.id.not_in(known))
    ).all()
    if not lines:
        return 0
    session.execute(insert(LedgerLimit), [_limit(line) for line in lines])
    drafts = [
        Draft(TransactionKind.OPENING, _postings(line), booking.about(line), line.balance_on or clock.today())
        for line in lines
    ]
    closed = [line for line in lines if line.state_now not in _OPEN and line.amount_fen > _used(line)]
    drafts += [Draft(TransactionKind.LINE_CLOSE, _closing(line), booking.about(line)) for line in closed]
    post_all(session, None, drafts)
    return len(lines)


def open_quotas(session: Session, held: Sequence[tuple[About, int]]) -> None:
    """What standing offers hold of quotas, where they were written in bulk."""
    drafts = [
        Draft(
            TransactionKind.OPENING,
            moved(fen, rules.quota(key, _K.QUOTA_FREE), rules.quota(key, _K.QUOTA_HELD)),
            about,
        )
        for about, fen in held
        if (key := about.product_id) is not None and fen
    ]
    if drafts:
        post_all(session, None, drafts)


def _used(line: CreditLine) -> int:
    return line.balance_fen if line.revolving else line.disbursed_fen


def _limit(line: CreditLine) -> dict[str, object]:
    used = _used(line)
    return {
        "owner_kind": Owner.LINE.value,
        "owner_id": line.id,
        "limit_fen": line.amount_fen if line.state_now in _OPEN else used,
        "held_fen": 0,
        "used_fen": used,
        "is_open": line.state_now is LineState.ACTIVE,
        "closed_reason": "",
    }


def _postings(line: CreditLine) -> list[Posting]:
    loan = booking.reported_loan(line)
    postings = [
        *moved(line.amount_fen, rules.line(line.id, _K.LINE_LIMIT), rules.line(line.id, _K.LINE_AVAILABLE)),
        *moved(_used(line), rules.line(line.id, _K.LINE_AVAILABLE), rules.line(line.id, _K.LINE_USED)),
        *moved(line.balance_fen, loan.of_lender(_K.FUNDS), loan.account(_K.PRINCIPAL)),
    ]
    if line.product_id is not None and line.state_now is not LineState.CANCELLED:
        quota = line.product_id
        postings += moved(
            line.amount_fen, rules.quota(quota, _K.QUOTA_FREE), rules.quota(quota, _K.QUOTA_USED)
        )
    return postings


def _closing(line: CreditLine) -> tuple[Posting, Posting]:
    left = line.amount_fen - _used(line)
    return moved(left, rules.line(line.id, _K.LINE_AVAILABLE), rules.line(line.id, _K.LINE_LIMIT))
