"""Every step of every life cycle from every state it is not legal from, on a real row: refused, and nothing written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select, update

from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.store.audit import AuditEntry
from creditbridge.store.transitions import move
from lenders.products.lifecycle import PRODUCT
from lenders.products.model import Product
from matching.applications.model import Application, Offer, Submission
from matching.applications.rules import APPLICATION, OFFER, SUBMISSION
from matching.drawdowns import amending, requesting
from matching.drawdowns.model import Amendment, Drawdown
from matching.drawdowns.rules import AMENDMENT, DRAWDOWN, Request
from matching.lines.model import CreditLine
from matching.lines.rules import CREDIT_LINE
from tests.lines import Lines
from tests.scene import WAN, Scene

CYCLES: tuple[tuple[type[Any], Lifecycle[Any]], ...] = (
    (Product, PRODUCT),
    (Application, APPLICATION),
    (Submission, SUBMISSION),
    (Offer, OFFER),
    (CreditLine, CREDIT_LINE),
    (Drawdown, DRAWDOWN),
    (Amendment, AMENDMENT),
)


def set_up(scene: Scene) -> None:
    """One row of each kind."""
    lender, firm = scene.lender(), scene.firm()
    line = Lines(scene).online(lender, scene.product(lender), firm)
    with scene.people.database.write() as session:
        requesting.request(session, firm.owner, line.public_id, Request(WAN, 6))
        amending.propose_limit(session, lender.reviewer, line.public_id, amount_fen=WAN, reason="x")


def illegal(cycle: Lifecycle[Any]) -> Iterator[tuple[str, Any]]:
    for name, step in cycle.steps.items():
        for state in cycle.words:
            if state not in step.sources:
                yield name, state


def try_all(database: Any) -> tuple[int, list[str]]:
    """How many were tried, and which were not refused or wrote something."""
    tried, wrong = 0, []
    for model, cycle in CYCLES:
        for name, state in illegal(cycle):
            tried += 1
            with database.write() as session:
                key = session.scalars(select(model.id).limit(1)).one()
                session.execute(
                    update(model)
                    .where(model.id == key)
                    .values(state=state.value)
                    .execution_options(synchronize_session=False)
                )
            before = _seen(database, model, key)
            try:
                with database.write() as session:
                    move(session, session.get_one(model, key), cycle, name)
                wrong.append(f"{cycle.kind}: {name} from {state}")
            except Conflict:
                pass
            if _seen(database, model, key) != before:
                wrong.append(f"{cycle.kind}: {name} from {state} wrote something")
    return tried, wrong


def _seen(database: Any, model: type[Any], key: int) -> tuple[Any, ...]:
    with database.read() as session:
        entries = session.scalar(select(func.count()).select_from(AuditEntry))
        row = session.execute(select(model.state, model.version).where(model.id == key)).one()
        return (*row, entries)
