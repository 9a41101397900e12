"""How a drawdown stands: its schedule with what happened to it, what was paid, and what is owed on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from lenders.pricing.overdue import Owed, PenaltyPolicy
from lenders.pricing.running import (
    Change,
    Extension,
    Keep,
    Prepayment,
    RateChange,
    RunningRow,
    running_schedule,
)
from lenders.pricing.schedule import DayCount, LoanTerms, RepaymentMethod
from matching.drawdowns import rules
from matching.drawdowns.model import Drawdown
from matching.drawdowns.rules import Paid
from matching.ledger import statements
from matching.ledger.credit import Loan
from matching.ledger.posting import About
from matching.ledger.rules import AccountKind, TransactionKind
from matching.ledger.statements import Movement


def terms_of(drawdown: Drawdown, start: date) -> LoanTerms:
    """The terms a drawdown was approved with, for a schedule from a day on."""
    return LoanTerms(
        drawdown.amount_fen,
        drawdown.rate_ppm,
        drawdown.term_months,
        RepaymentMethod(drawdown.repayment_method),
        start,
        day_count=DayCount(drawdown.day_count),
    )


def changes_of(drawdown: Drawdown) -> list[Change]:
    """What happened to the terms, in the order it happened."""
    found: list[Change] = []
    for row in drawdown.changes:
        if row.kind == "prepayment":
            found.append(Prepayment(row.on_date, row.value, Keep(row.keep)))
        elif row.kind == "rate":
            found.append(RateChange(row.on_date, row.value))
        else:
            found.append(Extension(row.on_date, row.value))
    return found


def loan_of(drawdown: Drawdown) -> Loan:
    """The drawdown as the books know it."""
    line = drawdown.line
    about = About(
        line_id=line.id,
        drawdown_id=drawdown.id,
        pool_id=drawdown.pool_id,
        firm_id=drawdown.firm_id,
        lender_id=line.lender_id,
        text=line.contract_number,
    )
    return Loan(about, line.revolving, drawdown.pool_share_ppm)


def policy_of(drawdown: Drawdown) -> PenaltyPolicy:
    return PenaltyPolicy(drawdown.penalty_surcharge_ppm, drawdown.grace_days)


@dataclass(frozen=True)
class Position:
    """A drawdown on a day. Before it is paid out the schedule is a preview from that day on."""

    drawdown: Drawdown
    on: date
    movements: tuple[Movement, ...]

    @cached_property
    def rows(self) -> tuple[RunningRow, ...]:
        start = self.drawdown.paid_out_on or self.on
        return running_schedule(terms_of(self.drawdown, start), changes_of(self.drawdown))

    @cached_property
    def payments(self) -> list[Paid]:
        return [
            Paid(row.on, -row.on_account(AccountKind.PRINCIPAL), -row.on_account(AccountKind.INTEREST_DUE))
            for row in reversed(self.movements)
            if row.kind in (TransactionKind.REPAYMENT, TransactionKind.CARRY_OUT)
        ]

    def _sum(self, kind: AccountKind, *, of: TransactionKind | None = None) -> int:
        return sum(row.on_account(kind) for row in self.movements if of is None or row.kind is of)

    @property
    def outstanding_fen(self) -> int:
        return self._sum(AccountKind.PRINCIPAL)

    @property
    def charged_interest_fen(self) -> int:
        return self._sum(AccountKind.INTEREST_DUE, of=TransactionKind.CHARGE)

    @property
    def charged_penalty_fen(self) -> int:
        return self._sum(AccountKind.PENALTY_DUE, of=TransactionKind.CHARGE)

    @property
    def rate_ppm(self) -> int:
        """The contract's rate on the day."""
        rates = [row.value for row in self.drawdown.changes if row.kind == "rate" and row.on_date <= self.on]
        return rates[-1] if rates else self.drawdown.rate_ppm

    @cached_property
    def penalty_fen(self) -> int:
        """All penalty interest up to the day."""
        return rules.penalty_by(self.rows, self.payments, self.rate_ppm, self.on, policy_of(self.drawdown))

    @cached_property
    def owed(self) -> Owed:
        """What is due by the day and not paid, with penalty interest up to it."""
        if self.drawdown.state_now not in rules.OUTSTANDING:
            return Owed()
        late = rules.late_by(self.rows, self.payments, self.on)
        paid_penalty = -self._sum(AccountKind.PENALTY_DUE, of=TransactionKind.REPAYMENT)
        return Owed(self.penalty_fen - paid_penalty, late.interest_fen, late.principal_fen)

    @property
    def days_late(self) -> int:
        return rules.days_late(self.rows, self.payments, self.on)

    @property
    def is_late(self) -> bool:
        return self.days_late > self.drawdown.grace_days

    @property
    def last_payment_on(self) -> date | None:
        return max((row.on for row in self.payments), default=None)


def position(session: Session, drawdown: Drawdown, on: date) -> Position:
    """How a drawdown stands on a day, by the books."""
    return Position(drawdown, on, tuple(statements.of_drawdown(session, drawdown.id)))
