"""Tampering with the audit trail as somebody with the database in hand could, and whether it is noticed."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from creditbridge.store import audit, audit_head
from creditbridge.store.audit import AuditEntry
from creditbridge.store.audit_head import Head
from creditbridge.store.database import Database

EDITED = {
    "at": lambda entry: entry.at + timedelta(seconds=1),
    "actor_id": lambda entry: (entry.actor_id or 0) + 1,
    "organisation_id": lambda entry: (entry.organisation_id or 0) + 1,
    "via": lambda entry: entry.via + "x",
    "action": lambda entry: entry.action + "x",
    "subject_kind": lambda entry: entry.subject_kind + "x",
    "subject_id": lambda entry: entry.subject_id + "x",
    "reason": lambda entry: entry.reason + " ",
    "details": lambda entry: {**entry.details, "n": -1},
    "changes": lambda _entry: {"thing:1": {"state": ["a", "b"]}},
    "algorithm": lambda entry: "sha256" if entry.algorithm != "sha256" else "none",
    "previous_hash": lambda entry: entry.previous_hash[::-1] if entry.previous_hash != "0" * 64 else "1" * 64,
    "hash": lambda entry: "f" * 60 + f"{entry.id:04d}"[-4:],
}
TAMPERING = (*(f"edit {column}" for column in EDITED), "renumber", "delete", "truncate", "forge")


def fill(database: Database, entries: int) -> None:
    with database.write() as session:
        for number in range(entries):
            audit.record(
                session, "thing.changed", subject_kind="thing", subject_id=str(number), details={"n": number}
            )


def is_noticed(session: Session, kept: Head) -> bool:
    """What ``creditbridge audit verify`` looks at: the chain, and a head that was kept."""
    session.expire_all()
    return any(True for _ in audit.broken_entries(session)) or not audit_head.holds(session, kept)


def tamper(session: Session, kind: str, dice: random.Random) -> None:
    """One change to the trail, in the caller's transaction."""
    last = session.scalar(select(func.max(AuditEntry.id))) or 0
    chosen = dice.randint(1, last)
    if kind.startswith("edit "):
        column = kind.removeprefix("edit ")
        entry = session.get_one(AuditEntry, chosen, populate_existing=True)
        _edit(session, chosen, {column: EDITED[column](entry)})
    elif kind == "renumber":
        _edit(session, last, {"id": last + dice.randint(1, 1000)})
    elif kind == "delete":
        session.execute(delete(AuditEntry).where(AuditEntry.id == chosen))
    elif kind == "truncate":
        session.execute(delete(AuditEntry).where(AuditEntry.id >= chosen))
    else:
        _forge(session, last)


def _edit(session: Session, number: int, values: dict[str, Any]) -> None:
    session.execute(
        update(AuditEntry)
        .where(AuditEntry.id == number)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _forge(session: Session, last: int) -> None:
    """Replace the last entry by another that fits the chain: only a kept head can tell."""
    entry = session.get_one(AuditEntry, last, populate_existing=True)
    values = {column.key: getattr(entry, column.key) for column in AuditEntry.__table__.columns}
    session.execute(delete(AuditEntry).where(AuditEntry.id == last))
    session.expunge_all()
    forged = AuditEntry(**{**values, "reason": "nothing happened"})
    values |= {"reason": "nothing happened", "hash": audit.digest(forged)}
    session.execute(insert(AuditEntry), [values])


def try_all(database: Database, times: int, *, seed: int, entries: int = 40) -> dict[str, int]:
    """Tamper so many times with a trail, each time undone; answers how often, and how often it went unnoticed."""
    fill(database, entries)
    dice = random.Random(seed)
    undetected = 0
    with database.read() as session:
        kept = audit_head.present(session)
    with database.write_session() as session:
        for number in range(times):
            kind = TAMPERING[number % len(TAMPERING)]
            undone = session.begin_nested()
            tamper(session, kind, dice)
            undetected += not is_noticed(session, kept)
            undone.rollback()
        session.rollback()
    return {"tried": times, "undetected": undetected}
