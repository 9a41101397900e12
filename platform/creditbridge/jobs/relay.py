"""The relay: hands waiting outbox events to the queue, and again those that are still not done after a while.

It marks an event as handed over only after the broker has it. Without a broker nothing is marked and nothing is
lost: requests go on, and the relay catches up. A crash between the two hands an event over twice, which its
handler does not notice (see :mod:`creditbridge.jobs.tasks`).
"""

from __future__ import annotations

import logging
from threading import Event

from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy.exc import SQLAlchemyError

from creditbridge.jobs import handlers, queues, schedule
from creditbridge.store import outbox
from creditbridge.store.database import Database

log = logging.getLogger(__name__)

PAUSE_SECONDS = 0.5
PAUSE_AFTER_FAILURE_SECONDS = 2.0
BATCH = 500


def relay_once(database: Database, queue: Queue) -> int:
    """Hand over what waits now; answers how many events.

    Raises:
        RedisError: if the broker does not answer; nothing is marked then.
    """
    with database.read() as session:
        waiting = [(event.id, event.public_id, event.name) for event in outbox.waiting(session, BATCH)]
    if not waiting:
        return 0
    inside = [public_id for _, public_id, name in waiting if handlers.outside_handler_of(name) is None]
    outside = [public_id for _, public_id, name in waiting if handlers.outside_handler_of(name) is not None]
    if inside:
        queues.hand_over(queue, inside)
    if outside:
        queues.hand_over(queues.outside(queue.connection), outside)
    with database.write() as session:
        outbox.mark_enqueued(session, [event_id for event_id, _, _ in waiting])
    return len(waiting)


def run(database: Database, queue: Queue, stop: Event) -> None:
    """Emit due periodic work and relay events until ``stop`` is set."""
    failing = False
    while not stop.is_set():
        try:
            schedule.emit_due(database)
            handed_over = relay_once(database, queue)
        except (RedisError, SQLAlchemyError) as error:
            if not failing:
                log.warning("the relay waits: %s: %s", type(error).__name__, error)
            failing = True
            stop.wait(PAUSE_AFTER_FAILURE_SECONDS)
            continue
        if failing:
            log.warning("the relay goes on")
            failing = False
        if handed_over < BATCH:
            stop.wait(PAUSE_SECONDS)
