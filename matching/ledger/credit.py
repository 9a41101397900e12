"""A line's limit and the loans on it, in the books: each use case moves the counters and writes the entries together.

``shares`` is what a risk pool bears of a loan, in ppm; the pool's part of an amount is rounded once, on what is
outstanding, so that nothing is left of it when a loan is repaid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.kernel.money import apply_rate
from matching.ledger import limits, rules
from matching.ledger.posting import About, Draft, post
from matching.ledger.rules import Account, AccountKind, Owner, Posting, TransactionKind, moved

_K = AccountKind


@dataclass(frozen=True, slots=True)
class Loan:
    """One drawdown in the books: its accounts, its pool's share, and whether repayment frees the line's limit."""

    about: About
    revolving: bool
    pool_share_ppm: int = 0

    @property
    def line_id(self) -> int:
        assert self.about.line_id is not None
        return self.about.line_id

    def account(self, kind: AccountKind) -> Account:
        """The loan's own account; a line that is only reported on has one for all its loans."""
        if self.about.drawdown_id is None:
            return Account(kind, Owner.LINE, self.line_id)
        return Account(kind, Owner.DRAWDOWN, self.about.drawdown_id)

    def of_lender(self, kind: AccountKind) -> Account:
        assert self.about.lender_id is not None
        return rules.lender(self.about.lender_id, kind)

    def pool_part(self, fen: int) -> int:
        return apply_rate(fen, self.pool_share_ppm) if self.about.pool_id is not None else 0

    def pool_move(self, fen: int, source: AccountKind, target: AccountKind) -> tuple[Posting, ...]:
        if self.about.pool_id is None or fen == 0:
            return ()
        return moved(fen, rules.pool(self.about.pool_id, source), rules.pool(self.about.pool_id, target))


def open_line(session: Session, actor: Actor | None, about: About, fen: int, *, is_open: bool = True) -> None:
    """A line's limit comes into the books."""
    key = _line(about)
    limits.open_limit(session, Owner.LINE, key, fen, is_open=is_open)
    postings = moved(fen, rules.line(key, _K.LINE_LIMIT), rules.line(key, _K.LINE_AVAILABLE))
    post(session, actor, Draft(TransactionKind.LINE_OPEN, postings, about))


def change_limit(session: Session, actor: Actor | None, about: About, fen: int) -> None:
    """Raise a line's limit, or lower it by no more than is available.

    Raises:
        RuleRefused: ``limit_in_use``.
    """
    if fen == 0:
        return
    key = _line(about)
    limits.change(session, Owner.LINE, key, fen)
    postings = moved(fen, rules.line(key, _K.LINE_LIMIT), rules.line(key, _K.LINE_AVAILABLE))
    post(session, actor, Draft(TransactionKind.LINE_CHANGE, postings, about))


def close_line(session: Session, actor: Actor | None, about: About, *, reason: str) -> int:
    """A line ends: what is available is gone, what is drawn stays to be repaid. Answers what went."""
    key = _line(about)
    limits.set_open(session, Owner.LINE, key, is_open=False, reason=reason)
    now = limits.counted(session, Owner.LINE, key)
    left = now.available_fen if now else 0
    if left:
        limits.change(session, Owner.LINE, key, -left)
        postings = moved(left, rules.line(key, _K.LINE_AVAILABLE), rules.line(key, _K.LINE_LIMIT))
        post(session, actor, Draft(TransactionKind.LINE_CLOSE, postings, about, memo=reason))
    return left


def hold(session: Session, actor: Actor | None, loan: Loan, fen: int) -> int:
    """Hold part of a line, and of its risk pool, for a drawdown; answers the hold's key.

    Raises:
        RuleRefused: ``limit_closed`` or ``limit_exhausted``; nothing is held then.
    """
    limits.hold(session, Owner.LINE, loan.line_id, fen)
    part = loan.pool_part(fen)
    if part:
        limits.hold(session, Owner.POOL, _pool(loan), part)
    postings = [
        *_on_line(loan, fen, _K.LINE_AVAILABLE, _K.LINE_HELD),
        *loan.pool_move(part, _K.POOL_FREE, _K.POOL_HELD),
    ]
    return post(session, actor, Draft(TransactionKind.DRAW_HOLD, postings, loan.about))


def void(session: Session, actor: Actor | None, loan: Loan, hold_id: int, fen: int) -> None:
    """Free a hold. What comes back to a line that ended meanwhile cannot be drawn: its limit is closed.

    Raises:
        DuplicateRequest: ``hold_settled``, when the transaction is written.
    """
    limits.void(session, Owner.LINE, loan.line_id, fen)
    part = loan.pool_part(fen)
    if part:
        limits.void(session, Owner.POOL, _pool(loan), part)
    postings = [
        *_on_line(loan, fen, _K.LINE_HELD, _K.LINE_AVAILABLE),
        *loan.pool_move(part, _K.POOL_HELD, _K.POOL_FREE),
    ]
    post(session, actor, Draft(TransactionKind.DRAW_VOID, postings, loan.about, settles_id=hold_id))


def pay_out(session: Session, actor: Actor | None, loan: Loan, hold_id: int, *, fen: int, on: date) -> None:
    """Use a hold: the money goes to the firm and is outstanding."""
    _use_hold(session, actor, loan, hold_id, fen=fen, on=on, source=_K.FUNDS)


def carry_in(
    session: Session, actor: Actor | None, loan: Loan, hold_id: int, *, fen: int, on: date, memo: str
) -> None:
    """Use a hold for principal that comes over from a renewed loan: no money goes out. After :func:`carry_out`."""
    _use_hold(session, actor, loan, hold_id, fen=fen, on=on, source=_K.CARRIED, memo=memo)


def carry_out(session: Session, actor: Actor | None, loan: Loan, parts: Parts, on: date, *, memo: str) -> int:
    """All principal of a loan goes over to the loan that renews it: no money comes in. The limit is freed as by payment."""
    _free(session, loan, parts, frees_line=loan.revolving)
    postings = [*_off(loan, parts, _K.CARRIED), *_freed(loan, parts, frees_line=loan.revolving)]
    return post(session, actor, Draft(TransactionKind.CARRY_OUT, postings, loan.about, on, memo=memo))


def _use_hold(
    session: Session,
    actor: Actor | None,
    loan: Loan,
    hold_id: int,
    *,
    fen: int,
    on: date,
    source: AccountKind,
    memo: str = "",
) -> None:
    limits.use(session, Owner.LINE, loan.line_id, fen)
    part = loan.pool_part(fen)
    if part:
        limits.use(session, Owner.POOL, _pool(loan), part)
    postings = [
        *_on_line(loan, fen, _K.LINE_HELD, _K.LINE_USED),
        *loan.pool_move(part, _K.POOL_HELD, _K.POOL_USED),
        *moved(fen, loan.of_lender(source), loan.account(_K.PRINCIPAL)),
    ]
    draft = Draft(TransactionKind.DRAW_POST, postings, loan.about, on, settles_id=hold_id, memo=memo)
    post(session, actor, draft)


def charge(
    session: Session, actor: Actor | None, loan: Loan, *, interest_fen: int, penalty_fen: int, on: date
) -> None:
    """Interest and penalty interest fall due."""
    postings: list[Posting] = []
    if interest_fen:
        postings += moved(interest_fen, loan.of_lender(_K.INTEREST_INCOME), loan.account(_K.INTEREST_DUE))
    if penalty_fen:
        postings += moved(penalty_fen, loan.of_lender(_K.PENALTY_INCOME), loan.account(_K.PENALTY_DUE))
    if postings:
        post(session, actor, Draft(TransactionKind.CHARGE, postings, loan.about, on))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a payment, a compensation or a loss takes off a loan."""

    principal_fen: int
    interest_fen: int = 0
    penalty_fen: int = 0
    outstanding_fen: int = 0
    """Principal outstanding before it."""


def repay(
    session: Session, actor: Actor | None, loan: Loan, parts: Parts, on: date, *, memo: str = ""
) -> int:
    """The firm pays; answers the transaction's key. On a revolving line the principal is available again."""
    _free(session, loan, parts, frees_line=loan.revolving)
    postings = [*_off(loan, parts, _K.FUNDS), *_freed(loan, parts, frees_line=loan.revolving)]
    return post(session, actor, Draft(TransactionKind.REPAYMENT, postings, loan.about, on, memo=memo))


def compensate(
    session: Session, actor: Actor | None, loan: Loan, parts: Parts, on: date, *, memo: str
) -> None:
    """Guarantor and risk pool pay for the firm. The line's limit stays used: the firm cannot draw on it again."""
    part = loan.pool_part(parts.outstanding_fen)
    postings = [*_off(loan, parts, _K.COMPENSATED), *loan.pool_move(part, _K.POOL_USED, _K.POOL_PAID)]
    post(session, actor, Draft(TransactionKind.COMPENSATION, postings, loan.about, on, memo=memo))


def write_off(
    session: Session, actor: Actor | None, loan: Loan, parts: Parts, on: date, *, memo: str
) -> None:
    """The lender bears the loss. The line's limit stays used."""
    _free(session, loan, parts, frees_line=False)
    postings = [*_off(loan, parts, _K.LOSS), *_freed(loan, parts, frees_line=False)]
    post(session, actor, Draft(TransactionKind.WRITE_OFF, postings, loan.about, on, memo=memo))


def report(
    session: Session, actor: Actor | None, loan: Loan, *, lent_fen: int, repaid_fen: int, on: date
) -> None:
    """What a lender reports of a line whose loans it keeps itself: so much more lent, so much more repaid.

    Either may be below nought where a report takes an earlier one back.

    Raises:
        RuleRefused: ``limit_exhausted``.
    """
    used = lent_fen - repaid_fen if loan.revolving else lent_fen
    postings = [
        *moved(lent_fen, loan.of_lender(_K.FUNDS), loan.account(_K.PRINCIPAL)),
        *moved(repaid_fen, loan.account(_K.PRINCIPAL), loan.of_lender(_K.FUNDS)),
        *_on_line(loan, used, _K.LINE_AVAILABLE, _K.LINE_USED),
    ]
    if used:
        limits.shift_used(session, Owner.LINE, loan.line_id, used)
    if rules.netted(postings):
        post(session, actor, Draft(TransactionKind.REPORT, postings, loan.about, on))


def shift_line_used(session: Session, actor: Actor | None, loan: Loan, fen: int) -> None:
    """Count more of a line as used, or less (below nought), where nothing is lent or repaid.

    Raises:
        RuleRefused: ``limit_exhausted``.
    """
    if fen == 0:
        return
    limits.shift_used(session, Owner.LINE, loan.line_id, fen)
    postings = _on_line(loan, fen, _K.LINE_AVAILABLE, _K.LINE_USED)
    post(session, actor, Draft(TransactionKind.LINE_CHANGE, postings, loan.about))


def fund_pool(session: Session, actor: Actor | None, pool_id: int, fen: int, *, is_new: bool = False) -> None:
    """Capital comes into a risk pool, or leaves it (below nought).

    Raises:
        RuleRefused: ``limit_in_use``.
    """
    if is_new:
        limits.open_limit(session, Owner.POOL, pool_id, fen)
    else:
        limits.change(session, Owner.POOL, pool_id, fen)
    postings = moved(fen, rules.pool(pool_id, _K.POOL_CAPITAL), rules.pool(pool_id, _K.POOL_FREE))
    post(session, actor, Draft(TransactionKind.POOL_FUND, postings, About(pool_id=pool_id)))


def _free(session: Session, loan: Loan, parts: Parts, *, frees_line: bool) -> None:
    if frees_line and parts.principal_fen:
        limits.shift_used(session, Owner.LINE, loan.line_id, -parts.principal_fen)
    part = _pool_freed(loan, parts)
    if part:
        limits.shift_used(session, Owner.POOL, _pool(loan), -part)


def _freed(loan: Loan, parts: Parts, *, frees_line: bool) -> Iterable[Posting]:
    postings = list(loan.pool_move(_pool_freed(loan, parts), _K.POOL_USED, _K.POOL_FREE))
    if frees_line:
        postings += _on_line(loan, parts.principal_fen, _K.LINE_USED, _K.LINE_AVAILABLE)
    return postings


def _pool_freed(loan: Loan, parts: Parts) -> int:
    before, after = parts.outstanding_fen, parts.outstanding_fen - parts.principal_fen
    return loan.pool_part(before) - loan.pool_part(after)


def _off(loan: Loan, parts: Parts, onto: AccountKind) -> list[Posting]:
    target = loan.of_lender(onto)
    return [
        *moved(parts.principal_fen, loan.account(_K.PRINCIPAL), target),
        *moved(parts.interest_fen, loan.account(_K.INTEREST_DUE), target),
        *moved(parts.penalty_fen, loan.account(_K.PENALTY_DUE), target),
    ]


def _on_line(loan: Loan, fen: int, source: AccountKind, target: AccountKind) -> tuple[Posting, ...]:
    return moved(fen, rules.line(loan.line_id, source), rules.line(loan.line_id, target))


def _line(about: About) -> int:
    assert about.line_id is not None
    return about.line_id


def _pool(loan: Loan) -> int:
    assert loan.about.pool_id is not None
    return loan.about.pool_id
