"""The command line: quick help, one clear line for an error, exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from creditbridge.access.model import Membership, Organisation
from creditbridge.app import schema
from creditbridge.app.cli import main
from creditbridge.store import audit, audit_head
from creditbridge.store.database import Database

PASSWORD = "a long phrase for the first one"
CREATE = ("admin", "create", "--organisation", "某市平台", "--login", "admin", "--name", "王管理")


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENVIRONMENT", "test")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def own_database(tmp_path: Path):
    opened = Database(f"sqlite:///{tmp_path / 'data' / 'creditbridge.sqlite3'}")
    yield opened
    opened.dispose()


def call(*arguments: str, **options: object) -> Result:
    return CliRunner().invoke(main, arguments, **options)


def test_help_names_every_command() -> None:
    shown = call("--help")

    assert shown.exit_code == 0
    for name in ("admin", "audit", "facts", "firms", "migrate", "relay", "run", "serve", "version", "worker"):
        assert f"\n  {name} " in shown.output


def test_help_loads_neither_database_nor_web() -> None:
    script = "import sys; from creditbridge.app import cli; print(sorted({'sqlalchemy','flask','rq'} & set(sys.modules)))"
    asked = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert asked.stdout.strip() == "[]"


@pytest.mark.parametrize("group", ["firms", "facts"])
def test_the_rooms_bring_their_commands(group: str) -> None:
    shown = call(group, "--help")

    assert shown.exit_code == 0
    assert "import" in shown.output


def test_migrate_says_where_it_got() -> None:
    assert call("migrate").output == f"The database is at revision {schema.head()}.\n"
    assert call("migrate").output == f"The database is at revision {schema.head()} already.\n"


def test_a_wrong_setting_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    told = call("migrate")

    assert told.exit_code == 1
    assert told.output == "Error: PORT must be a whole number from 1 to 65535, not 'many'.\n"


def test_a_worker_without_a_broker_is_told_what_it_needs() -> None:
    told = call("worker", "--burst")

    assert told.exit_code == 1
    assert told.output.startswith("Error: REDIS_URL must say where the broker is")


def test_a_second_administrator_works_for_the_same_operator(own_database: Database) -> None:
    assert call(*CREATE, "--password", PASSWORD).exit_code == 0
    again = call(*CREATE, "--password", PASSWORD)
    second = call("admin", "create", "--login", "admin2", "--name", "苏复核", "--password", PASSWORD)

    assert again.exit_code == 1
    assert again.output == "Error: This login name is taken. Choose another.\n"
    assert second.output == "admin2 can sign in as platform administrator.\n"
    with own_database.read() as session:
        assert session.query(Membership).count() == 2
        assert session.query(Organisation).count() == 1


def test_a_poor_password_is_refused() -> None:
    told = call(*CREATE, "--password", "short")

    assert told.exit_code == 1
    assert "Use at least" in told.output


def test_a_whole_audit_trail_is_said_to_be_whole() -> None:
    call(*CREATE, "--password", PASSWORD)
    told = call("audit", "verify")

    assert (told.exit_code, told.output) == (0, "The audit trail is whole.\n")


def test_a_trail_whose_end_was_cut_off_is_found_by_a_head_that_was_kept(
    own_database: Database, tmp_path: Path
) -> None:
    call(*CREATE, "--password", PASSWORD)
    head = call("audit", "head").output.strip()
    assert call("audit", "verify", "--head", head).exit_code == 0
    with own_database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER append_only_audit_entry_delete"))
        connection.execute(text(f"DELETE FROM {audit.AuditEntry.__tablename__}"))

    assert call("audit", "verify").exit_code == 0, "the chain alone cannot tell"
    told = call("audit", "verify", "--head", head)
    assert told.exit_code == 1
    assert "cut off or replaced" in told.output
    forged = call("audit", "verify", "--head", head.replace('"number": 1', '"number": 0'))
    assert forged.exit_code == 1
    assert "not signed by this installation" in forged.output


def test_heads_of_a_former_key_are_checked_when_it_is_named(own_database: Database) -> None:
    call(*CREATE, "--password", PASSWORD)
    former = audit_head.Signer("a key that was changed since, of forty characters")
    with own_database.read() as session:
        head = former.document(audit_head.present(session))

    refused = call("audit", "verify", "--head", head)
    assert (refused.exit_code, "--public-key" in refused.output) == (1, True)
    assert call("audit", "verify", "--head", head, "--public-key", former.public_key).exit_code == 0


def test_a_changed_audit_entry_is_named(own_database: Database) -> None:
    call(*CREATE, "--password", PASSWORD)
    with own_database.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER append_only_audit_entry_update"))
        connection.execute(text(f"UPDATE {audit.AuditEntry.__tablename__} SET reason = 'other' WHERE id = 1"))
    told = call("audit", "verify")

    assert told.exit_code == 1
    assert "Entry 1 does not fit the chain." in told.output
