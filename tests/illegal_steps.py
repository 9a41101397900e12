"""Every step of every life cycle from every state it is not legal from, on a real row: refused, and nothing written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    String,
    Table,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from borrowers.claims.model import Claim
from borrowers.claims.rules import LIFECYCLE as CLAIM_CYCLE
from borrowers.disputes.model import Dispute
from borrowers.disputes.rules import LIFECYCLE as DISPUTE
from borrowers.reported_facts.model import ReportedFact
from borrowers.reported_facts.rules import LIFECYCLE as REPORTED_FACT
from creditbridge.disclosure.model import Consent
from creditbridge.disclosure.rules import LIFECYCLE as CONSENT
from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.notices.mail_rules import MAIL
from creditbridge.notices.model import NoticeMail
from creditbridge.runs.model import Run
from creditbridge.runs.rules import LIFECYCLE as RUN
from creditbridge.scoring.model import ScorecardVersion
from creditbridge.scoring.rules import VERSION as SCORECARD_VERSION
from creditbridge.store.audit import AuditEntry
from creditbridge.store.base import Base
from creditbridge.store.outbox import OutboxEvent
from creditbridge.store.transitions import move
from creditbridge.webhooks.model import WebhookDelivery, WebhookEndpoint
from creditbridge.webhooks.rules import DELIVERY, ENDPOINT
from lenders.institutions.model import Lender
from lenders.institutions.rules import LENDER
from lenders.products.lifecycle import PRODUCT, VERSION
from lenders.products.model import Product, ProductVersion
from lenders.schemes.model import Scheme
from lenders.schemes.rules import SCHEME
from matching.applications.model import Application, Offer, Submission, SupplementRequest
from matching.applications.rules import APPLICATION, OFFER, SUBMISSION, SUPPLEMENT
from matching.approvals.model import ApprovalLimitChange
from matching.approvals.rules import CHANGE
from matching.conflicts.model import ConflictOfInterest
from matching.conflicts.rules import CONFLICT
from matching.drawdowns.model import Amendment, Drawdown
from matching.drawdowns.rules import AMENDMENT, DRAWDOWN
from matching.lines.model import CreditLine
from matching.lines.rules import CREDIT_LINE
from matching.monitoring.model import MonitorAlert
from matching.monitoring.rules import ALERT
from matching.needs.model import FinancingNeed, NeedLender
from matching.needs.rules import NEED, PART

CYCLES: tuple[tuple[type[Any], Lifecycle[Any]], ...] = (
    (Claim, CLAIM_CYCLE),
    (ReportedFact, REPORTED_FACT),
    (Dispute, DISPUTE),
    (Consent, CONSENT),
    (NoticeMail, MAIL),
    (Run, RUN),
    (ScorecardVersion, SCORECARD_VERSION),
    (WebhookEndpoint, ENDPOINT),
    (WebhookDelivery, DELIVERY),
    (Lender, LENDER),
    (Product, PRODUCT),
    (ProductVersion, VERSION),
    (Scheme, SCHEME),
    (Application, APPLICATION),
    (Submission, SUBMISSION),
    (Offer, OFFER),
    (SupplementRequest, SUPPLEMENT),
    (CreditLine, CREDIT_LINE),
    (Drawdown, DRAWDOWN),
    (Amendment, AMENDMENT),
    (MonitorAlert, ALERT),
    (FinancingNeed, NEED),
    (NeedLender, PART),
    (ConflictOfInterest, CONFLICT),
    (ApprovalLimitChange, CHANGE),
)
"""Each table with a life cycle; a test compares it with every life cycle that the code holds."""

KNOWN: dict[str, dict[str, Callable[[], Any]]] = {
    "firm": {"uscc": lambda: f"TRY{next(_numbers)}"},
    "organisation": {"kind": lambda: "firm"},
}
"""What the tables' own rules ask for."""


def illegal(cycle: Lifecycle[Any]) -> Iterator[tuple[str, Any]]:
    for name, step in cycle.steps.items():
        for state in cycle.words:
            if state not in step.sources:
                yield name, state


def try_all(database: Any) -> tuple[int, list[str]]:
    """How many were tried, each on a row of its own kind, and which were not refused or wrote something."""
    tried, wrong = 0, []
    for model, cycle in CYCLES:
        with database.write() as session:
            key = a_row(session, model.__table__)
        for name, state in illegal(cycle):
            tried += 1
            with database.write() as session:
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


def a_row(session: Session, table: Table) -> int:
    """A row with something in every column that must have it, and the rows it points to; answers its key."""
    values = {
        column.name: _value(session, column)
        for column in table.columns
        if not (column.nullable or column.primary_key or column.server_default is not None)
        and (column.default is None or column.foreign_keys)
    }
    values |= {name: value() for name, value in KNOWN.get(table.name, {}).items()}
    return int(session.execute(insert(table).values(**values)).inserted_primary_key[0])


def _value(session: Session, column: Any) -> Any:
    for key in column.foreign_keys:
        return a_row(session, key.column.table)
    kinds: tuple[tuple[Any, Any], ...] = (
        (Boolean, False),
        (Integer, next(_numbers)),
        (DateTime, datetime(2026, 11, 23, tzinfo=UTC)),
        (Date, date(2026, 11, 23)),
        (LargeBinary, b"x"),
        (JSON, {}),
        (String, f"x{next(_numbers)}"[: getattr(column.type, "length", None) or 20]),
    )
    kind = getattr(column.type, "impl", column.type)
    return next(value for one, value in kinds if isinstance(kind, one) or isinstance(column.type, one))


def _endless() -> Iterator[int]:
    number = 10
    while True:
        yield number
        number += 1


_numbers = _endless()


def _seen(database: Any, model: type[Any], key: int) -> tuple[Any, ...]:
    """The whole row, and how much of the trail and of what is to be done there is."""
    with database.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(table)) for table in (AuditEntry, OutboxEvent)
        ]
        row = session.execute(
            select(*Base.metadata.tables[model.__tablename__].columns).where(model.id == key)
        )
        return (*row.one(), *counts)
