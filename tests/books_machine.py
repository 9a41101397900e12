"""A model of one credit line and its drawdowns, run beside the real thing: after every step both say the same.

The suite runs a few examples of it, ``make chaos`` a thousand of forty steps.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, DomainError, InvalidInput, RuleRefused
from matching.drawdowns import amending, deciding, requesting, servicing
from matching.drawdowns.model import Drawdown
from matching.drawdowns.position import position
from matching.drawdowns.rules import DRAWDOWN, DrawdownState, Request
from matching.drawdowns.servicing import Payment
from matching.ledger import limits
from matching.ledger.checking import trial_balance
from matching.ledger.rules import Counted, Owner
from matching.lines import holding
from matching.lines.model import CreditLine
from tests.lines import Lines
from tests.scene import WAN, Scene

amounts = st.integers(1, 160 * WAN)


class BooksMachine(RuleBasedStateMachine):
    """Draws, repayments, freezes and changes of the limit in any order. Set ``scene`` before running it."""

    scene: Scene
    cast: dict[str, Any] = {}  # noqa: RUF012 - the lender and its product serve every example
    drawdowns: Bundle[str] = Bundle("drawdowns")

    @initialize()
    def start(self) -> None:
        if self.cast.get("scene") is not self.scene:
            lender = self.scene.lender()
            self.cast.update(scene=self.scene, lender=lender, product=self.scene.product(lender))
        self.lender, self.firm = self.cast["lender"], self.scene.firm()
        self.line = Lines(self.scene).offline(
            self.lender,
            self.firm,
            product=self.cast["product"],
            contract_number=f"M-{self.scene.made}",
            granted_on=clock.today(),
            amount_fen=150 * WAN,
        )
        with self.database.write() as session:
            session.get_one(CreditLine, self.line.id).revolving = True
        self.limit, self.frozen, self.amendment = 150 * WAN, False, ""
        self.states: dict[str, DrawdownState] = {}
        self.amount: dict[str, int] = {}
        self.left: dict[str, int] = {}

    @property
    def database(self) -> Any:
        return self.scene.people.database

    def act(self, use: Any, *arguments: Any, **values: Any) -> Any:
        with self.database.write() as session:
            return use(session, *arguments, **values)

    def refused(
        self, errors: type[DomainError] | tuple[type[DomainError], ...], use: Any, *a: Any, **v: Any
    ) -> None:
        try:
            self.act(use, *a, **v)
        except errors:
            return
        raise AssertionError(f"{use.__name__} was not refused")

    def of(self, *states: DrawdownState) -> int:
        return sum(self.amount[key] for key, state in self.states.items() if state in states)

    @property
    def held(self) -> int:
        return self.of(DrawdownState.REQUESTED, DrawdownState.APPROVED)

    @property
    def used(self) -> int:
        return sum(self.left.values())

    @rule(target=drawdowns, fen=amounts)
    def request(self, fen: int) -> str:
        asked = Request(fen, 6)
        if self.frozen:
            self.refused(Conflict, requesting.request, self.firm.owner, self.line.public_id, asked)
            return ""
        if self.used + self.held + fen > self.limit:
            self.refused(RuleRefused, requesting.request, self.firm.owner, self.line.public_id, asked)
            return ""
        key = self.act(requesting.request, self.firm.owner, self.line.public_id, asked).public_id
        self.states[key], self.amount[key] = DrawdownState.REQUESTED, fen
        return str(key)

    def step(self, key: str, name: str, use: Any, actor: Any, **values: Any) -> bool:
        """Take a step where the life cycle allows it; where it does not, it must be refused."""
        if not key:
            return False
        if self.states[key] not in DRAWDOWN.step(name).sources:
            self.refused(Conflict, use, actor, key, **values)
            return False
        self.act(use, actor, key, **values)
        self.states[key] = DRAWDOWN.step(name).target
        return True

    @rule(key=drawdowns)
    def approve(self, key: str) -> None:
        self.step(key, "approve", deciding.approve, self.lender.approver)

    @rule(key=consumes(drawdowns))
    def reject(self, key: str) -> None:
        self.step(key, "reject", deciding.reject, self.lender.approver, reason="x")

    @rule(key=drawdowns)
    def cancel(self, key: str) -> None:
        self.step(key, "cancel", requesting.cancel, self.firm.owner, reason="x")

    @rule(key=drawdowns)
    def pay_out(self, key: str) -> None:
        today = clock.today()
        if self.frozen and key and self.states[key] is DrawdownState.APPROVED:
            self.refused(RuleRefused, deciding.disburse, self.lender.reviewer, key, on=today)
        elif self.step(key, "disburse", deciding.disburse, self.lender.reviewer, on=today):
            self.states[key], self.left[key] = DrawdownState.PERFORMING, self.amount[key]

    @rule(key=drawdowns, fen=amounts)
    def repay(self, key: str, fen: int) -> None:
        if not key:
            return
        payment = Payment(fen, clock.today())
        if self.states[key] is not DrawdownState.PERFORMING:
            self.refused(Conflict, servicing.repay, self.lender.reviewer, key, payment)
        elif fen > self.left[key]:
            self.refused(InvalidInput, servicing.repay, self.lender.reviewer, key, payment)
        else:
            self.act(servicing.repay, self.lender.reviewer, key, payment)
            self.left[key] -= fen
            if not self.left[key]:
                self.states[key] = DrawdownState.SETTLED

    @rule(key=drawdowns)
    def repay_all(self, key: str) -> None:
        if key and self.left.get(key):
            self.repay(key, self.left[key])

    @rule(key=drawdowns)
    def end_badly(self, key: str) -> None:
        """Nothing is overdue on the day it was paid out."""
        if key:
            for name in ("compensate", "write_off"):
                self.refused(Conflict, servicing.end_badly, self.lender.approver, key, name, reason="x")

    @rule()
    def freeze(self) -> None:
        name = "unfreeze" if self.frozen else "freeze"
        self.act(holding.take_step, self.lender.approver, self.line.public_id, name, reason="x")
        self.frozen = not self.frozen

    @rule(fen=amounts)
    def change_limit(self, fen: int) -> None:
        if fen == self.limit:
            return
        made = self.act(
            amending.propose_limit, self.lender.reviewer, self.line.public_id, amount_fen=fen, reason="x"
        ).public_id
        self.act(amending.decide, self.lender.approver, made, "approve")
        if fen < self.used + self.held:
            self.refused(RuleRefused, amending.answer, self.firm.owner, made, "accept")
            self.act(amending.answer, self.firm.owner, made, "decline")
        else:
            self.act(amending.answer, self.firm.owner, made, "accept")
            self.limit = fen

    @invariant()
    def the_counters_are_the_models(self) -> None:
        if not hasattr(self, "line"):
            return
        with self.database.read() as session:
            found = limits.counted(session, Owner.LINE, self.line.id)
            row = session.get_one(CreditLine, self.line.id)
            assert found == Counted(self.limit, self.held, self.used)
            assert (row.amount_fen, row.balance_fen) == (self.limit, self.used)

    def teardown(self) -> None:
        if not hasattr(self, "line"):
            return
        with self.database.read() as session:
            for key, state in self.states.items():
                row = session.query(Drawdown).filter_by(public_id=key).one()
                assert row.state_now is state
                assert position(session, row, clock.today()).outstanding_fen == self.left.get(key, 0)
            if self.scene.made % 20 == 0:
                assert trial_balance(session).findings == ()
