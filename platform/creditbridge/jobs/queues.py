"""The queue between relay and workers: on Valkey or Redis, JSON inside.

The broker is never the record: whatever it loses is handed over again from the outbox. Jobs are JSON because
RQ's default, pickle, would let whoever can write to the broker run code in the workers.
"""

from __future__ import annotations

from redis import Redis
from rq import Queue, Retry
from rq.serializers import JSONSerializer

from creditbridge.kernel import ids

EVENTS = "events"
OUTSIDE = "outside"
"""Events that wait for somebody outside have a queue of their own, so that a slow receiver holds up no other event."""
HANDLE = "creditbridge.jobs.tasks.handle"

JOB_TIMEOUT_SECONDS = 600
QUEUED_FOR_SECONDS = (
    86_400  # longer than any line; a job that outlives it is handed over again when its turn comes
)
RESULT_KEPT_SECONDS = 60
FAILURE_KEPT_SECONDS = 86_400
CONNECT_SECONDS = 2
_OF_ONE_HAND_OVER = "-"
# At once, so that no scheduler process is needed for it; the sweeper's tries are the ones spread over time.
RETRY = Retry(max=2)


def connect(url: str) -> Redis:
    """A connection to the broker, made at first use; without a broker it fails within seconds."""
    return Redis.from_url(url, socket_connect_timeout=CONNECT_SECONDS)


def events(connection: Redis) -> Queue:
    """The queue of outbox events."""
    return Queue(
        EVENTS, connection=connection, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT_SECONDS
    )


def outside(connection: Redis) -> Queue:
    """The queue of events that ask somebody outside."""
    return Queue(
        OUTSIDE, connection=connection, serializer=JSONSerializer, default_timeout=JOB_TIMEOUT_SECONDS
    )


def hand_over(queue: Queue, public_ids: list[str]) -> None:
    """Put one job a waiting event on the queue, all in one round trip; each is retried a few times by the worker."""
    queue.enqueue_many(
        [
            Queue.prepare_data(
                HANDLE,
                args=[public_id],
                job_id=f"{public_id}{_OF_ONE_HAND_OVER}{ids.public_id()}",
                ttl=QUEUED_FOR_SECONDS,
                result_ttl=RESULT_KEPT_SECONDS,
                failure_ttl=FAILURE_KEPT_SECONDS,
                retry=RETRY,
                description=f"event {public_id}",
            )
            for public_id in public_ids
        ]
    )


def in_line(queue: Queue) -> frozenset[str]:
    """The public ids of the events with a job that still waits in the queue."""
    return frozenset(job_id.partition(_OF_ONE_HAND_OVER)[0] for job_id in queue.get_job_ids())
