from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.schema import CreateSchema, DropSchema

from creditbridge.access.model import Organisation
from creditbridge.kernel import clock
from creditbridge.kernel.errors import DuplicateRequest, KeyReused
from creditbridge.store import idempotency
from creditbridge.store.database import Database


def _asked(key: str = "k1", body: str = "b" * 64) -> idempotency.RequestKey:
    return idempotency.RequestKey("client", "route", key, body)


def _answer(database: Database, asked: idempotency.RequestKey, name: str = "甲") -> bytes:
    """A request as the API makes it: look, take effect, keep, in one transaction."""
    with database.write() as session:
        given = idempotency.answer_given(session, asked)
        if given is not None:
            return given.answer
        session.add(Organisation(kind="firm", name=name))
        session.flush()
        idempotency.keep(
            session, asked, status=201, content_type="application/json", location="", answer=name.encode()
        )
        return name.encode()


def test_a_repeat_gets_the_first_answer_and_no_second_effect(database: Database):
    assert _answer(database, _asked(), "甲") == _answer(database, _asked(), "乙")
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Organisation)) == 1


def test_the_same_key_with_another_body_is_refused(database: Database):
    _answer(database, _asked())
    with pytest.raises(KeyReused):
        _answer(database, _asked(body="c" * 64))


def test_a_key_is_new_again_after_a_day(database: Database):
    _answer(database, _asked(), "甲")
    with clock.at(clock.now() + idempotency.KEPT_FOR + timedelta(seconds=1)):
        assert _answer(database, _asked(), "乙") == "乙".encode()


def test_old_answers_are_forgotten(database: Database):
    _answer(database, _asked())
    with clock.at(clock.now() + timedelta(days=2)), database.write() as session:
        assert idempotency.forget_old(session) == 1


def test_sixteen_clients_at_once_have_one_effect_a_key(database: Database):
    keys = [f"key{number}" for number in range(6)] * 16

    def ask(key: str) -> tuple[str, bytes | None]:
        try:
            return key, _answer(database, _asked(key), key)
        except (DuplicateRequest, IntegrityError):
            return key, None  # a 409: still running; the client asks again

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, keys))
    with database.read() as session:
        made = Counter(session.scalars(select(Organisation.name)))
    assert made == Counter(set(keys))
    assert all(answer in {None, key.encode()} for key, answer in answers)


on_postgresql = pytest.mark.skipif(
    not os.environ.get("TEST_DATABASE_URL"), reason="on SQLite a repeat waits in the writers' queue"
)


@pytest.fixture
def neighbour(database: Database) -> Iterator[Database]:
    """Another installation, in a schema of its own of the same PostgreSQL database."""
    schema = f"test_{uuid.uuid4().hex[:12]}"
    with database.engine.begin() as connection:
        connection.execute(CreateSchema(schema))
    url = database.engine.url.update_query_dict({"options": f"-csearch_path={schema}"})
    opened = Database(url.render_as_string(hide_password=False))
    idempotency.KeptAnswer.metadata.tables["kept_answer"].create(opened.engine)
    yield opened
    opened.dispose()
    with database.engine.begin() as connection:
        connection.execute(DropSchema(schema, cascade=True))


@on_postgresql
def test_a_repeat_beside_the_first_is_refused_until_the_first_has_ended(database: Database):
    with database.write() as first:
        assert idempotency.answer_given(first, _asked()) is None
        with database.write() as second:
            with pytest.raises(DuplicateRequest) as refused:
                idempotency.answer_given(second, _asked(body="c" * 64))
            assert refused.value.code == "still_running"
        with database.write() as second:
            assert idempotency.answer_given(second, _asked("k2")) is None
    with database.write() as second:
        assert idempotency.answer_given(second, _asked()) is None


@on_postgresql
def test_a_repeat_that_waits_does_so_as_long_as_the_first_runs(database: Database):
    def waits() -> None:
        with database.write() as session:
            session.execute(text("SET LOCAL lock_timeout = '50ms'"))
            idempotency.answer_given(session, _asked(), wait=True)

    with database.write() as first:
        idempotency.answer_given(first, _asked())
        with pytest.raises(OperationalError, match="lock timeout"):
            waits()
    waits()


@on_postgresql
@pytest.mark.parametrize("wait", [False, True])
def test_a_key_held_by_one_installation_is_free_in_anothers_schema(
    database: Database, neighbour: Database, wait: bool
):
    with database.write() as mine, neighbour.write() as theirs:
        assert idempotency.answer_given(mine, _asked()) is None
        theirs.execute(text("SET LOCAL lock_timeout = '1s'"))
        assert idempotency.answer_given(theirs, _asked(), wait=wait) is None
        with neighbour.write() as again, pytest.raises(DuplicateRequest):
            idempotency.answer_given(again, _asked())
