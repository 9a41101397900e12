"""The worker: takes jobs off the queue, each in a forked process of its own.

The intervals are such that the job of a killed worker is taken up again within about a minute; with RQ's defaults
it took 13 minutes or never.
"""

from __future__ import annotations

from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from creditbridge.jobs import queues, tasks
from creditbridge.store.database import Database

WORKER_TTL_SECONDS = 30
MAINTENANCE_SECONDS = 10
MONITORING_SECONDS = 5


def make(database: Database, connection: Redis) -> Worker:
    """A worker of both queues. The database must not be connected yet: its pool would be shared with forks."""
    tasks.work_on(database)
    return Worker(
        [queues.events(connection), queues.outside(connection)],  # in this order of preference
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        maintenance_interval=MAINTENANCE_SECONDS,
        job_monitoring_interval=MONITORING_SECONDS,
    )


def run(database: Database, connection: Redis, *, burst: bool = False) -> None:
    """Work until told to stop, or with ``burst`` until the queue is empty."""
    make(database, connection).work(burst=burst, logging_level="WARNING")
