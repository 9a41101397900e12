from datetime import timedelta

import pytest

from creditbridge.kernel import clock
from creditbridge.outbound import service as outbound
from creditbridge.outbound.service import Answer
from creditbridge.records import batches, pulling, tasks
from creditbridge.store import outbox
from tests.firms import register_firm
from tests.lake import opened

URL = "https://feeds.example.com/list"
HEAD = "uni_social_crd_cd,busexclist,inclu_dt,remove_dt,inclu_reason"


@pytest.fixture
def asked(monkeypatch):
    """What the other side is asked and answers."""
    answers, questions = [], []

    def ask(_method, url, *, headers, limits):
        questions.append((url, headers))
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(outbound, "ask", ask)
    pulling.seal_with("k" * 40)
    return answers, questions


@pytest.fixture
def source(database, administrator, asked):
    with database.write() as session:
        pulling.set_source(session, administrator, "abnormal_list", url=URL, every_hours=24, token="t0ken")
    with database.read() as session:
        return pulling.source_of(session, "abnormal_list").public_id


@pytest.fixture
def answer(database):
    with database.write() as session:
        code = register_firm(session).uscc
    body = f"{HEAD}\n{code},1,2025-03-01,,年报\n".encode()
    return Answer(200, {"content-type": "text/csv; charset=utf-8", "etag": '"v1"', "x-batch-id": "B-1"}, body)


def held(database):
    with database.read() as session:
        return pulling.source_of(session, "abnormal_list")


def test_what_the_other_side_sends_is_taken_as_a_batch(database, source, asked, answer):
    answers, questions = asked
    answers += [answer, Answer(304, {}, b""), answer]
    assert pulling.pull(database, source) is pulling.PullOutcome.TAKEN
    assert sum(opened(database).rows().values()) == 1
    with database.read() as session:
        assert batches.listed(session).batches[0].reference == "B-1"
    assert pulling.pull(database, source) is pulling.PullOutcome.UNCHANGED
    assert pulling.pull(database, source) is pulling.PullOutcome.UNCHANGED
    assert questions[0][1]["Authorization"] == "Bearer t0ken"
    assert questions[1][1]["If-None-Match"] == '"v1"'
    assert sum(opened(database).rows().values()) == 1


@pytest.mark.parametrize("wrong", ["status", "silent", "content"])
def test_what_goes_wrong_is_noted_and_nothing_taken(database, source, asked, wrong):
    answers, _ = asked
    answers.append(
        {
            "status": Answer(500, {}, b"x"),
            "silent": outbound.failed("timed_out"),
            "content": Answer(200, {"content-type": "text/csv"}, b"a,b\n1,2\n"),
        }[wrong]
    )
    assert tasks.pull(database, {"source_id": source})
    assert (held(database).last_outcome, bool(held(database).last_problem)) == ("failed", True)
    assert opened(database).rows() == {}


def test_each_source_is_asked_once_when_its_time_has_come(database, source):
    def due():
        with database.write() as session:
            tasks.pull_due(session, {})
        with database.read() as session:
            return [one for one in outbox.waiting(session) if one.name == pulling.PULL]

    assert len(due()) == 1
    assert len(due()) == 1
    with clock.at(clock.now() + timedelta(hours=25)):
        assert len(due()) == 2


def test_a_stopped_source_is_not_asked(database, administrator, source):
    with database.write() as session:
        pulling.stop(session, administrator, "abnormal_list")
        assert pulling.emit_due(session) == 0
    assert pulling.pull(database, source) is None
    assert held(database).token_sealed == ""


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://feeds.example.com/other", True),
        ("https://feeds.example.com:8443/list", False),
        ("https://thief.example.com/list", False),
        ("https://feeds.example.com.thief.example/list", False),
    ],
)
def test_a_token_is_sent_to_the_server_it_was_given_for_and_no_other(
    database, administrator, source, asked, answer, url, sent
):
    answers, questions = asked
    answers.append(answer)
    with database.write() as session:
        pulling.set_source(session, administrator, "abnormal_list", url=url, every_hours=24)
    pulling.pull(database, source)
    assert ("Authorization" in questions[0][1]) is sent


def test_a_token_sealed_with_a_former_key_is_told_and_not_sent(database, source, asked):
    pulling.seal_with("another key of forty characters and more")
    assert tasks.pull(database, {"source_id": source})
    assert (held(database).last_outcome, asked[1]) == ("failed", [])
    assert "密钥" in held(database).last_problem


def test_looking_after_the_lake_is_left_to_a_job_of_its_own(database):
    with database.write() as session:
        tasks.look_after_lake(session, {})
    with database.read() as session:
        assert [one.name for one in outbox.waiting(session)] == ["records.compact"]
    assert tasks.compact(database, {})
