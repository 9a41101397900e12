"""Rows of the city that are told in the order of time, whatever order its parts are made in.

The parts of a load go back and forth in time: the market of two years, then a firm's story of last spring. What an
auditor reads from one end to the other, the audit trail and the ledger of looks, is kept back and written at the
end, the oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

from creditbridge.disclosure.model import AccessEntry
from creditbridge.kernel import clock, ids
from creditbridge.store import audit
from creditbridge.store.audit import AuditEntry


@contextmanager
def telling_in_order(session: Session) -> Iterator[None]:
    """Keep back entries of the audit trail and of the ledger of looks, and write them by their moment at the end."""
    entries: list[AuditEntry] = []
    looks: list[AccessEntry] = []

    def keep_back(flushed: Session, *_: Any) -> None:
        for row in list(flushed.new):
            if isinstance(row, AuditEntry):
                entries.append(row)
            elif isinstance(row, AccessEntry):
                # What the database would fill in stands at once: an alert names the look it rests on.
                row.at = getattr(row, "at", None) or clock.now()
                row.public_id = getattr(row, "public_id", None) or ids.public_id()
                looks.append(row)
            else:
                continue
            flushed.expunge(row)

    event.listen(session, "before_flush", keep_back)
    try:
        yield
        session.flush()
    finally:
        event.remove(session, "before_flush", keep_back)
    looks.sort(key=lambda look: look.at)
    session.add_all(looks)
    session.flush()
    _chain(entries)
    session.add_all(entries)
    session.flush()


def _chain(entries: list[AuditEntry]) -> None:
    """Number entries by their moment and link each to the one before."""
    entries.sort(key=lambda entry: entry.at)
    before = audit.GENESIS
    for number, entry in enumerate(entries, start=1):
        entry.id, entry.previous_hash = number, before
        entry.hash = before = audit.digest(entry)
