"""No lost job, no double effect: the way from an outbox row to its effect, over a real broker."""

from __future__ import annotations

import os
import signal
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as BrokerAway
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from sqlalchemy import select

from creditbridge.access.model import Organisation
from creditbridge.access.rules import OrganisationKind
from creditbridge.access.service import create_organisation
from creditbridge.jobs import handlers, queues, relay, tasks, worker
from creditbridge.kernel import clock
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent


def emit(database: Database, name: str) -> str:
    with database.write() as session:
        made = OutboxEvent(name="test.happened", payload={"name": name})
        session.add(made)
        session.flush()
        return made.public_id


def event(database: Database, public_id: str) -> OutboxEvent:
    with database.read() as session:
        return session.scalars(select(OutboxEvent).where(OutboxEvent.public_id == public_id)).one()


def work_off(queue: Queue) -> None:
    SimpleWorker([queue], connection=queue.connection, serializer=JSONSerializer).work(
        burst=True, logging_level="ERROR"
    )


def found_organisation(session, payload) -> None:
    create_organisation(session, OrganisationKind.LENDER, payload["name"])


def organisations(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(select(Organisation.name)))


def test_an_event_is_handed_over_brought_about_and_done(workplace: Database, queue: Queue) -> None:
    handlers.register("test.happened", found_organisation)
    public_id = emit(workplace, "甲")

    assert relay.relay_once(workplace, queue) == 1
    work_off(queue)

    assert organisations(workplace) == ["甲"]
    assert event(workplace, public_id).done_at is not None


def test_jobs_are_json(workplace: Database, queue: Queue) -> None:
    public_id = emit(workplace, "甲")
    relay.relay_once(workplace, queue)

    assert queue.jobs[0].args == [public_id]
    assert queue.jobs[0].serializer is JSONSerializer
    assert queue.jobs[0].retries_left == queues.RETRY.max


def test_an_event_handed_over_is_not_handed_over_again_at_once(workplace: Database, queue: Queue) -> None:
    emit(workplace, "甲")
    relay.relay_once(workplace, queue)

    assert relay.relay_once(workplace, queue) == 0


def test_a_job_the_broker_lost_is_handed_over_again(
    workplace: Database, queue: Queue, broker: Redis, frozen_clock: datetime
) -> None:
    handlers.register("test.happened", found_organisation)
    emit(workplace, "甲")
    relay.relay_once(workplace, queue)
    broker.flushall()

    with clock.at(frozen_clock + outbox.RESEND_AFTER + timedelta(seconds=1)):
        assert relay.relay_once(workplace, queue) == 1
        work_off(queue)

    assert organisations(workplace) == ["甲"]


def test_a_job_that_waits_in_a_long_line_is_not_put_there_again(
    workplace: Database, queue: Queue, broker: Redis, frozen_clock: datetime
) -> None:
    handlers.register("test.happened", found_organisation)
    waiting = [emit(workplace, name) for name in "甲乙"]
    relay.relay_once(workplace, queue)
    broker.lpop(queue.key)  # the first one's job is lost with a worker

    for turn in range(1, 2 * outbox.SELDOM_AFTER):
        with clock.at(frozen_clock + turn * (outbox.RESEND_AFTER + timedelta(seconds=1))):
            assert relay.relay_once(workplace, queue) == (turn == 1)
            assert relay.relay_once(workplace, queue) == 0
    assert len(queue) == 2
    assert [event(workplace, public_id).attempts for public_id in waiting] == [2, 1]

    work_off(queue)
    assert sorted(organisations(workplace)) == sorted("甲乙")


def test_an_event_that_asks_outside_is_looked_for_in_its_own_line(
    workplace: Database, queue: Queue, frozen_clock: datetime
) -> None:
    handlers.register_outside("test.happened", lambda _database, _payload: True)
    emit(workplace, "甲")
    relay.relay_once(workplace, queue)
    with clock.at(frozen_clock + outbox.RESEND_AFTER + timedelta(seconds=1)):
        assert relay.relay_once(workplace, queue) == 0
    assert (len(queue), len(queues.outside(queue.connection))) == (0, 1)


def test_a_job_delivered_twice_has_one_effect(workplace: Database, queue: Queue) -> None:
    handlers.register("test.happened", found_organisation)
    public_id = emit(workplace, "甲")
    queues.hand_over(queue, [public_id, public_id])
    work_off(queue)

    assert organisations(workplace) == ["甲"]
    assert tasks.handle(public_id) is False


def test_without_a_broker_nothing_is_marked_and_the_relay_catches_up(
    workplace: Database, queue: Queue
) -> None:
    public_id = emit(workplace, "甲")
    nowhere = queues.events(queues.connect("unix:///nowhere/s"))
    with pytest.raises(BrokerAway):
        relay.relay_once(workplace, nowhere)

    assert event(workplace, public_id).enqueued_at is None
    assert relay.relay_once(workplace, queue) == 1


def test_a_failing_handler_leaves_no_trace_but_the_error(workplace: Database) -> None:
    def fail_half_way(session, payload) -> None:
        found_organisation(session, payload)
        raise RuntimeError("half-way")

    handlers.register("test.happened", fail_half_way)
    public_id = emit(workplace, "甲")

    with pytest.raises(RuntimeError, match="half-way"):
        tasks.handle(public_id)

    assert organisations(workplace) == []
    assert event(workplace, public_id).done_at is None
    assert event(workplace, public_id).last_error == "RuntimeError: half-way"


def test_an_event_nobody_handles_stays_open_and_says_so(workplace: Database) -> None:
    public_id = emit(workplace, "甲")

    with pytest.raises(handlers.UnknownEvent):
        tasks.handle(public_id)

    assert "no handler" in event(workplace, public_id).last_error


def test_an_event_that_always_fails_is_never_given_up(
    workplace: Database, queue: Queue, frozen_clock: datetime
) -> None:
    public_id = emit(workplace, "甲")
    with workplace.write() as session:
        row = session.scalars(select(OutboxEvent).where(OutboxEvent.public_id == public_id)).one()
        row.attempts, row.enqueued_at = outbox.SELDOM_AFTER, frozen_clock

    with clock.at(frozen_clock + outbox.RESEND_AFTER * 2):
        assert relay.relay_once(workplace, queue) == 0
    with clock.at(frozen_clock + outbox.RESEND_SELDOM_AFTER + timedelta(seconds=1)):
        assert relay.relay_once(workplace, queue) == 1


def test_an_event_has_one_handler() -> None:
    handlers.register("test.happened", found_organisation)
    handlers.register("test.happened", found_organisation)
    with pytest.raises(ValueError, match="already has a handler"):
        handlers.register("test.happened", lambda _session, _payload: None)


def test_the_relay_runs_until_it_is_told_to_stop(workplace: Database, queue: Queue, broker: Redis) -> None:
    public_id = emit(workplace, "甲")
    stop = Event()
    running = Thread(target=relay.run, args=(workplace, queue, stop))
    running.start()
    try:
        assert broker.blpop([queue.key], timeout=10) is not None
    finally:
        stop.set()
        running.join(10)

    assert not running.is_alive()
    assert event(workplace, public_id).enqueued_at is not None


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking beside threads of other tests
def test_a_worker_whose_job_is_killed_leaves_the_event_open(
    workplace: Database, queue: Queue, broker: Redis
) -> None:
    def kill_myself(session, payload) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    handlers.register("test.happened", kill_myself)
    public_id = emit(workplace, "甲")
    relay.relay_once(workplace, queue)
    workplace.dispose()
    worker.run(workplace, broker, burst=True)

    assert event(workplace, public_id).done_at is None


def test_a_worker_is_missed_within_half_a_minute(workplace: Database, broker: Redis) -> None:
    made = worker.make(workplace, broker)

    assert (made.worker_ttl, made.maintenance_interval, made.job_monitoring_interval) == (30, 10, 5)
