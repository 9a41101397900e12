"""The relay: hands waiting outbox events to the queue, and again those that are still not done after a while.

It marks an event as handed over only after the broker has it. Without a broker nothing is marked and nothing is
lost: requests go on, and the relay catches up. A crash between the two hands an event over twice, which its
handler does not notice (see :mod:`creditbridge.jobs.tasks`). An event whose job still waits in a long line is left
there: handed over again and again, it would make the line longer and longer.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An event that is to be handed over, or was a while ago and is not done."""

    id: int
    public_id: str
    name: str
    was_handed_over: bool

    @property
    def asks_outside(self) -> bool:
        return handlers.outside_handler_of(self.name) is not None


def relay_once(database: Database, queue: Queue) -> int:
    """Hand over what waits now and is not in line already; answers how many events.

    Raises:
        RedisError: if the broker does not answer; nothing is marked then.
    """
    with database.read() as session:
        waiting = [
            _Waiting(event.id, event.public_id, event.name, event.enqueued_at is not None)
            for event in outbox.waiting(session, BATCH)
        ]
    if not waiting:
        return 0
    away = queues.outside(queue.connection)
    in_line: frozenset[str] = frozenset()
    if any(event.was_handed_over for event in waiting):
        in_line = queues.in_line(queue) | queues.in_line(away)
    left = [event for event in waiting if event.public_id in in_line]
    missing = [event for event in waiting if event.public_id not in in_line]
    for line, asks_outside in ((queue, False), (away, True)):
        if own := [event.public_id for event in missing if event.asks_outside is asks_outside]:
            queues.hand_over(line, own)
    with database.write() as session:
        outbox.mark_enqueued(session, [event.id for event in missing])
        outbox.mark_still_in_line(session, [event.id for event in left])
    return len(missing)


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
