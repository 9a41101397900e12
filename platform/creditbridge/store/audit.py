"""The audit trail: an append-only chain of who did what to which thing, when and why.

Each entry's hash covers its content and the hash before it, so that an edit or a deletion inside the chain
shows when it is verified. One writer at a time extends the chain: SQLite writers queue at ``BEGIN IMMEDIATE``,
PostgreSQL takes an advisory lock for the transaction. Entries hold ids, states and digests; values of credit
and personal data never.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from creditbridge.kernel import clock
from creditbridge.store import audit_changes
from creditbridge.store.base import Base, BigId, Json

GENESIS = "0" * 64
ALGORITHM = "sha256.2"
"""SHA-256 over everything an entry says. Entries of ``sha256`` were made without their number and changes."""
_CHAIN_LOCK = 7_305_101  # any constant will do, it only has to be the same everywhere


class AuditEntry(Base):
    """One link of the chain. Triggers refuse UPDATE and DELETE."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor_id: Mapped[int | None]
    organisation_id: Mapped[int | None] = mapped_column(index=True)
    via: Mapped[str] = mapped_column(String(16))
    action: Mapped[str] = mapped_column(String(80), index=True)
    subject_kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(String(64), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    changes: Mapped[dict[str, Any] | None] = mapped_column(Json)
    """Before and after of every row changed since the unit of work's last entry (``store.audit_changes``)."""
    algorithm: Mapped[str] = mapped_column(String(16), default=ALGORITHM)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


def record(
    session: Session,
    action: str,
    *,
    subject_kind: str,
    subject_id: str,
    actor_id: int | None = None,
    organisation_id: int | None = None,
    via: str = "page",
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry in the caller's transaction. ``details`` must be JSON-safe and free of credit data."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    session.flush()
    last = session.execute(
        select(AuditEntry.id, AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)
    ).first()
    entry = AuditEntry(
        id=last.id + 1 if last else 1,
        at=clock.now(),
        actor_id=actor_id,
        organisation_id=organisation_id,
        via=via,
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        reason=reason,
        details=details or {},
        changes=audit_changes.taken(session),
        algorithm=ALGORITHM,
        previous_hash=last.hash if last else GENESIS,
    )
    entry.hash = digest(entry)
    session.add(entry)
    session.flush()
    return entry


def digest(entry: AuditEntry) -> str:
    """The hash that an entry's content must have."""
    numbered = [] if entry.algorithm == "sha256" else [entry.algorithm, entry.id, entry.changes]
    content = json.dumps(
        [
            *numbered,
            entry.previous_hash,
            entry.at.isoformat(timespec="microseconds"),
            entry.actor_id,
            entry.organisation_id,
            entry.via,
            entry.action,
            entry.subject_kind,
            entry.subject_id,
            entry.reason,
            entry.details,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


def broken_entries(session: Session) -> Iterator[int]:
    """Yield the id of each entry whose content or whose link to the one before does not compute."""
    previous = GENESIS
    statement = select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    with closing(session.scalars(statement)) as entries:  # whoever stops at the first leaves no cursor open
        for entry in entries:
            if entry.previous_hash != previous or entry.hash != digest(entry):
                yield entry.id
            previous = entry.hash
