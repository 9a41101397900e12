"""Moving a row along its life cycle: one step by one writer, with what it sets, or nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select, update

from creditbridge.kernel.errors import Conflict
from creditbridge.store import audit
from creditbridge.store.audit import AuditEntry
from creditbridge.store.transitions import move
from lenders.schemes.model import Scheme
from lenders.schemes.rules import SCHEME, SchemeState


@pytest.fixture
def key(database) -> int:
    with database.write() as session:
        for name in ("一号", "二号"):
            session.add(Scheme(name_zh=name, sponsor_zh="市政府", region_codes=[]))
        session.flush()
        return session.scalars(select(Scheme.id).where(Scheme.name_zh == "一号")).one()


def seen(database, key):
    with database.read() as session:
        row = session.get_one(Scheme, key)
        return row.state, row.version, row.support_zh


def test_a_step_sets_state_version_and_values_on_this_row_alone(database, key):
    with database.write() as session:
        row = session.get_one(Scheme, key)
        assert move(session, row, SCHEME, "close", support_zh="结束") is SchemeState.CLOSED
        assert (row.state, row.version, row.support_zh) == ("closed", 2, "结束")
    assert seen(database, key) == ("closed", 2, "结束")
    assert seen(database, key + 1) == ("open", 1, "")


def test_steps_follow_each_other(database, key):
    with database.write() as session:
        row = session.get_one(Scheme, key)
        move(session, row, SCHEME, "close")
        assert move(session, row, SCHEME, "reopen") is SchemeState.OPEN
    assert seen(database, key) == ("open", 3, "")


def test_an_illegal_step_is_refused_with_nothing_written(database, key):
    with pytest.raises(Conflict) as refused, database.write() as session:
        move(session, session.get_one(Scheme, key), SCHEME, "reopen", support_zh="x")
    assert refused.value.code == "illegal_step"
    assert seen(database, key) == ("open", 1, "")


def test_a_step_that_does_not_exist_is_an_error_of_the_program(database, key):
    with pytest.raises(KeyError), database.write() as session:
        move(session, session.get_one(Scheme, key), SCHEME, "explode")


@pytest.mark.parametrize(
    "meanwhile",
    [{"version": 2}, {"state": "closed"}, {"state": "closed", "version": 2}],
    ids=["version", "state", "both"],
)
def test_whoever_comes_second_is_refused_and_sees_what_is_there_now(database, key, meanwhile):
    with database.write() as session:
        row = session.get_one(Scheme, key)
        # What another transaction committed between the reading and the step.
        session.execute(
            update(Scheme)
            .where(Scheme.id == key)
            .values(**meanwhile)
            .execution_options(synchronize_session=False)
        )
        with pytest.raises(Conflict) as refused:
            move(session, row, SCHEME, "close", support_zh="x")
        assert refused.value.code == "changed_meanwhile"
        assert (row.state, row.version, row.support_zh) == (
            meanwhile.get("state", "open"),
            meanwhile.get("version", 1),
            "",
        )


def test_what_the_session_holds_is_written_before_the_step(database, key):
    with database.write() as session:
        row = session.get_one(Scheme, key)
        row.support_en = "kept"
        move(session, row, SCHEME, "close")
        assert row.support_en == "kept"


def test_a_row_of_another_session_is_not_moved(database, key):
    with database.read() as other:
        row = other.get_one(Scheme, key)
        with pytest.raises(AssertionError), database.write() as session:
            move(session, row, SCHEME, "close")


def test_before_and_after_come_into_the_next_audit_entry(database, key):
    with database.write() as session:
        row = session.get_one(Scheme, key)
        move(session, row, SCHEME, "close", support_zh="结束")
        audit.record(session, "scheme.closed", subject_kind="scheme", subject_id=row.public_id)
    with database.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
        changes = entry.changes[f"scheme:{seen_id(session, key)}"]
    assert changes["state"] == ["open", "closed"]
    assert "support_zh" in changes


def seen_id(session, key):
    return session.get_one(Scheme, key).public_id


def test_the_update_names_state_and_version(database, key):
    said = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    with database.write() as session:
        move(session, session.get_one(Scheme, key), SCHEME, "close")
    (statement,) = (text for text in said if text.startswith("UPDATE scheme"))
    where = statement.split("WHERE")[1]
    assert all(f"scheme.{column} =" in where for column in ("id", "state", "version"))
