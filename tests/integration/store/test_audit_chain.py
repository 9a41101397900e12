from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import delete, func, select, update

from creditbridge.store import audit
from creditbridge.store.database import Database


def _fill(database: Database, entries: int) -> None:
    with database.write() as session:
        for number in range(entries):
            audit.record(
                session, "thing.changed", subject_kind="thing", subject_id=str(number), details={"n": number}
            )


def test_an_untouched_chain_verifies(database: Database):
    _fill(database, 20)
    with database.read() as session:
        assert list(audit.broken_entries(session)) == []


def test_each_edited_entry_is_found(database: Database):
    _fill(database, 12)
    chosen = random.Random(7).sample(range(1, 13), 4)
    with database.write() as session:
        session.execute(
            update(audit.AuditEntry).where(audit.AuditEntry.id.in_(chosen)).values(reason="another reason")
        )
    with database.read() as session:
        assert set(chosen) <= set(audit.broken_entries(session))


def test_a_deleted_entry_breaks_the_one_after_it(database: Database):
    _fill(database, 12)
    with database.write() as session:
        session.execute(delete(audit.AuditEntry).where(audit.AuditEntry.id == 5))
    with database.read() as session:
        assert list(audit.broken_entries(session)) == [6]


def test_concurrent_writers_extend_one_chain(database: Database):
    def write(number: int) -> None:
        with database.write() as session:
            audit.record(session, "thing.changed", subject_kind="thing", subject_id=str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(audit.AuditEntry)) == 40
        assert list(audit.broken_entries(session)) == []
