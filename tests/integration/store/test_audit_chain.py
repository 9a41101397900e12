from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update

from creditbridge.access.model import Organisation
from creditbridge.access.rules import OrganisationKind
from creditbridge.access.service import create_organisation
from creditbridge.store import audit, audit_changes, audit_head
from creditbridge.store.database import Database
from tests.tampering import TAMPERING, fill, is_noticed, tamper, try_all


def test_an_untouched_chain_verifies(database: Database):
    fill(database, 20)
    with database.read() as session:
        assert list(audit.broken_entries(session)) == []


def test_each_edited_entry_is_found(database: Database):
    fill(database, 12)
    chosen = random.Random(7).sample(range(1, 13), 4)
    with database.write() as session:
        session.execute(
            update(audit.AuditEntry).where(audit.AuditEntry.id.in_(chosen)).values(reason="another reason")
        )
    with database.read() as session:
        assert set(chosen) <= set(audit.broken_entries(session))


def test_a_deleted_entry_breaks_the_one_after_it(database: Database):
    fill(database, 12)
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


@pytest.mark.parametrize("kind", TAMPERING)
def test_every_kind_of_tampering_is_noticed(database: Database, kind: str):
    fill(database, 8)
    with database.write() as session:
        head = audit_head.present(session)
    with database.write_session() as session:
        assert not is_noticed(session, head)
        tamper(session, kind, random.Random(1))
        assert is_noticed(session, head)
        session.rollback()


def test_a_hundred_random_ones_are_all_found(database: Database):
    assert try_all(database, 100, seed=3)["undetected"] == 0


def test_a_head_is_proved_with_the_public_key_alone(database: Database):
    fill(database, 3)
    signer = audit_head.Signer("s" * 40)
    with database.read() as session:
        document = signer.document(audit_head.present(session))
    told = json.loads(document)

    assert audit_head.read(document, public_keys=[signer.public_key]).number == 3
    with pytest.raises(audit_head.BadHead):
        audit_head.read(json.dumps({**told, "number": 2}), public_keys=[signer.public_key])
    with pytest.raises(audit_head.BadHead):
        audit_head.read(document, public_keys=[audit_head.Signer("t" * 40).public_key])
    with pytest.raises(audit_head.BadHead):
        audit_head.read("{}", public_keys=[signer.public_key])


def test_a_head_of_a_former_key_is_read_with_that_key_named(database: Database):
    fill(database, 2)
    former, present = audit_head.Signer("s" * 40), audit_head.Signer("t" * 40)
    with database.read() as session:
        document = former.document(audit_head.present(session))
    assert audit_head.read(document, public_keys=[present.public_key, former.public_key]).number == 2
    forged = json.dumps({**json.loads(document), "public_key": present.public_key})
    with pytest.raises(audit_head.BadHead):
        audit_head.read(forged, public_keys=[present.public_key, former.public_key])


def test_heads_are_kept_beside_the_data(database: Database, tmp_path: Path):
    kept = tmp_path / "heads.jsonl"
    audit_head.keep_in(kept, "s" * 40)
    fill(database, 2)
    with database.read() as session:
        audit_head.keep(session)
        audit_head.keep(session)
    assert len(list(audit_head.kept_in(kept))) == 2


def test_an_entry_tells_before_and_after_without_the_values(database: Database):
    with database.write() as session:
        made = create_organisation(session, OrganisationKind.LENDER, "旧名")
        audit.record(session, "lender.made", subject_kind="lender", subject_id=made.public_id)
    with database.write() as session:
        row = session.scalars(select(Organisation)).one()
        row.name, row.is_active = "新名", False
        audit.record(session, "lender.changed", subject_kind="lender", subject_id=row.public_id)
    with database.read() as session:
        first, second = session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id))
    key = f"organisation:{made.public_id}"
    assert first.changes[key]["name"] == ["", audit_changes.digest_of("旧名")]
    assert second.changes == {
        key: {
            "name": [audit_changes.digest_of("旧名"), audit_changes.digest_of("新名")],
            "is_active": [True, False],
        }
    }
    assert "新名" not in json.dumps(second.changes, ensure_ascii=False)


def test_what_a_savepoint_took_back_belongs_to_no_entry(database: Database):
    with database.write() as session:
        kept = create_organisation(session, OrganisationKind.LENDER, "留下")
        session.flush()
        with session.begin_nested() as savepoint:
            create_organisation(session, OrganisationKind.LENDER, "撤回")
            audit.record(session, "thing.refused", subject_kind="thing", subject_id="1")
            savepoint.rollback()
        with session.begin_nested():
            also = create_organisation(session, OrganisationKind.LENDER, "也留下")
        audit.record(session, "thing.changed", subject_kind="thing", subject_id="1")
        [entry] = session.scalars(select(audit.AuditEntry))
        assert set(entry.changes) == {f"organisation:{one.public_id}" for one in (kept, also)}


def test_what_was_rolled_back_belongs_to_no_entry(database: Database):
    with database.write_session() as session:
        create_organisation(session, OrganisationKind.LENDER, "甲")
        session.flush()
        session.rollback()
        audit.record(session, "thing.changed", subject_kind="thing", subject_id="1")
        session.commit()
        assert session.scalars(select(audit.AuditEntry)).one().changes is None
