"""The migrated schema is the one the code means, on both databases."""

from __future__ import annotations

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from creditbridge.app import schema
from creditbridge.app.migrations import triggers
from creditbridge.store import audit, change_counter
from creditbridge.store.database import Database


@pytest.fixture
def migrated(bare: Database) -> Database:
    schema.upgrade(bare)
    return bare


def test_migrations_make_exactly_the_tables_of_the_code(migrated: Database) -> None:
    with migrated.engine.connect() as connection:
        assert schema.differences(connection) == []


def test_migrations_form_one_line() -> None:
    assert len(ScriptDirectory.from_config(schema.config()).get_heads()) == 1


def test_upgrading_again_does_nothing(migrated: Database) -> None:
    assert schema.upgrade(migrated) is False


def test_the_change_counter_has_its_row(migrated: Database) -> None:
    with migrated.read() as session:
        assert session.get(change_counter.ChangeCounter, 1) is not None


def test_a_database_of_a_newer_version_is_refused(migrated: Database) -> None:
    with migrated.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(schema.SchemaError, match="9999, which is newer than this version") as refusal:
        schema.upgrade(migrated)

    assert "\n" not in str(refusal.value)


def test_a_failed_migration_leaves_nothing_behind(bare: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("half-way")

    monkeypatch.setattr(triggers, "create", fail)
    with pytest.raises(RuntimeError, match="half-way"):
        schema.upgrade(bare)

    with bare.engine.connect() as connection:
        assert schema.revision(connection) is None
    monkeypatch.undo()
    assert schema.upgrade(bare) is True


@pytest.mark.parametrize("change", ["UPDATE audit_entry SET reason = 'other'", "DELETE FROM audit_entry"])
def test_the_audit_trail_refuses_changes(migrated: Database, change: str) -> None:
    with migrated.write() as session:
        audit.record(session, "test.done", subject_kind="test", subject_id="1")

    with pytest.raises(DBAPIError, match="append-only"), migrated.engine.begin() as connection:
        connection.execute(text(change))

    with migrated.read() as session:
        assert session.query(audit.AuditEntry).one().reason == ""


@pytest.mark.parametrize("table", ["ledger_account", "ledger_transaction", "ledger_entry"])
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_the_books_refuse_changes(migrated: Database, table: str, change: str) -> None:
    with migrated.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO ledger_account (kind, owner_kind, owner_id) VALUES ('funds', 'lender', 1)")
        )
        connection.execute(
            text(
                "INSERT INTO ledger_transaction (public_id, kind, at, on_date, entry_count, moved_fen, about, memo,"
                " user_name) VALUES ('a', 'report', '2026-11-23 00:00:00', '2026-11-23', 2, 1, '', '', '')"
            )
        )
        connection.execute(
            text("INSERT INTO ledger_entry (transaction_id, account_id, fen) VALUES (1, 1, 5)")
        )

    with pytest.raises(DBAPIError, match="append-only"), migrated.engine.begin() as connection:
        connection.execute(text(change.format(table)))


@pytest.mark.parametrize("fen", [0, None])
def test_an_entry_of_nothing_is_refused(migrated: Database, fen: int | None) -> None:
    with pytest.raises(DBAPIError), migrated.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO ledger_entry (transaction_id, account_id, fen) VALUES (1, 1, :fen)"),
            {"fen": fen},
        )


def test_every_append_only_table_exists(migrated: Database) -> None:
    assert set(triggers.REFUSED) <= set(schema.Base.metadata.tables)
