"""A request that is sent again takes effect once and gets the same answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select, text

from creditbridge.kernel import clock
from matching.applications.applicant.api_schemas import EXAMPLE_NEED
from matching.applications.model import Application
from tests.conftest import TODAY
from tests.integration.api.conftest import Caller
from tests.scene import TestFirm

Callers = Callable[..., Caller]


@pytest.fixture
def owner(caller: Callers, firm: TestFirm) -> Caller:
    return caller(firm.owner)


@pytest.fixture
def count(database) -> Callable[[], int]:
    def made() -> int:
        with database.read() as session:
            return session.scalar(select(func.count()).select_from(Application)) or 0

    return made


def test_the_key_is_needed(owner: Caller, count) -> None:
    answer = owner.post("/applications", EXAMPLE_NEED, key=None)
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (400, "idempotency_key_missing")
    assert owner.post("/applications", EXAMPLE_NEED, key="k" * 129).status_code == 400
    assert count() == 0


def test_a_repeat_gets_the_first_answer(owner: Caller, count) -> None:
    first = owner.post("/applications", EXAMPLE_NEED, key="once")
    again = owner.post("/applications", EXAMPLE_NEED, key="once")
    assert (first.status_code, again.status_code, count()) == (201, 201, 1)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotent-Replayed"), again.headers["Idempotent-Replayed"]) == (None, "true")


def test_another_body_under_the_key_is_refused(owner: Caller, count) -> None:
    owner.ok("POST", "/applications", EXAMPLE_NEED, key="once")
    other = owner.post("/applications", {**EXAMPLE_NEED, "term_months": 24}, key="once")
    assert (other.status_code, other.get_json(force=True)["code"]) == (422, "idempotency_key_reused")
    assert count() == 1


def test_another_name_for_the_file_is_another_request(owner: Caller) -> None:
    def send(name: str) -> int:
        return owner.post(
            "/documents/content",
            query_string={"file_name": name, "kind": "tax"},
            data=b"%PDF-1.4\n%%EOF\n",
            content_type="application/pdf",
            key="once",
        ).status_code

    assert [send("a.pdf"), send("a.pdf"), send("b.pdf")] == [201, 201, 422]


def test_a_refused_request_may_be_mended_under_its_key(owner: Caller, count) -> None:
    assert owner.post("/applications", {**EXAMPLE_NEED, "term_months": 0}, key="once").status_code == 422
    assert owner.post("/applications", EXAMPLE_NEED, key="once").status_code == 201
    assert count() == 1


def test_keys_of_two_clients_do_not_meet(caller: Callers, owner: Caller, scene, count) -> None:
    other = caller(scene.firm().owner)
    first = owner.ok("POST", "/applications", EXAMPLE_NEED, key="once")
    second = other.ok("POST", "/applications", EXAMPLE_NEED, key="once")
    assert (first["id"] != second["id"], count()) == (True, 2)


def test_an_answer_is_forgotten_after_a_day(owner: Caller, count) -> None:
    owner.ok("POST", "/applications", EXAMPLE_NEED, key="once")
    with clock.at(TODAY + timedelta(hours=25)):
        owner.ok("POST", "/applications", EXAMPLE_NEED, key="once")
    assert count() == 2


def test_requests_at_once_take_effect_once(owner: Caller, count) -> None:
    ready = threading.Barrier(6)
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        with clock.at(TODAY):
            ready.wait()
            answer = owner.post("/applications", EXAMPLE_NEED, key="once")
            answers.append((answer.status_code, answer.data))

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count() == 1
    assert {status for status, _ in answers} <= {201, 409}
    assert len({body for status, body in answers if status == 201}) == 1


def test_a_writer_that_waits_too_long_is_told_to_come_back(owner: Caller, database, count) -> None:
    if not database.is_sqlite:
        pytest.skip("only SQLite has a single place for writers")
    event.listen(database.engine, "connect", _impatient)
    database.dispose()  # the connections that are open would still wait
    with database.write() as session:
        session.execute(text("SELECT 1"))
        answer = owner.post("/applications", EXAMPLE_NEED)
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "database_unavailable")
    assert count() == 0


def _impatient(connection, record) -> None:
    connection.execute("PRAGMA busy_timeout=50")
