"""Broker, relay and workers are killed in turn while thousands of events are written: each has its effect, once."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from creditbridge.access.model import Organisation
from creditbridge.app import services
from creditbridge.store import outbox
from creditbridge.store.outbox import OutboxEvent
from tests.chaos.places import PAUSE, Counts, Place, Process, Size, dice
from tests.chaos.processes import EVENT

BATCH = 50
STILL_SECONDS = 180.0
"""After so long without any event done the run ends; what is open then counts as lost."""


def run(place: Place, size: Size) -> Counts:
    events, kills = size.of(5_000, 100), size.of(100, 4)
    command = services.broker(place.folder / "broker", Path(f"{place.folder}/mq")).command
    running: list[Process] = [
        Process(list(command), place.environ, place.folder / "broker.log"),
        place.own_process("relay"),
        place.own_process("worker", "1"),
        place.own_process("worker", "2"),
    ]
    for process in running:
        process.start()
    writer = threading.Thread(target=_write, args=(place, events, kills))
    writer.start()
    random, killed = dice(5), 0
    try:
        while killed < kills:
            PAUSE.wait(random.uniform(0.2, 1.0))
            victim = running[killed % len(running)]
            victim.kill()
            victim.start()
            killed += 1
        writer.join()
        left, end = _open(place), time.monotonic() + STILL_SECONDS
        while left and time.monotonic() < end:
            PAUSE.wait(0.5)
            before, left = left, _open(place)
            if left < before:
                end = time.monotonic() + STILL_SECONDS
            for process in running:
                if process.process.poll() is not None:
                    process.start()
    finally:
        writer.join()
        for process in reversed(running):
            process.kill()
    with place.database.read() as session:
        effects = Counter(session.scalars(select(Organisation.name).where(Organisation.name.like("event %"))))
    return {
        "tried": events,
        "kills": killed,
        "lost": sum(f"event {number}" not in effects for number in range(events)),
        "duplicates": sum(count - 1 for count in effects.values()),
    }


def _write(place: Place, events: int, kills: int) -> None:
    """Write the events spread over the time of the kills."""
    for first in range(0, events, BATCH):
        with place.database.write() as session:
            for number in range(first, min(first + BATCH, events)):
                outbox.emit(session, EVENT, label=f"event {number}")
        PAUSE.wait(0.5 * kills / (events / BATCH))


def _open(place: Place) -> int:
    with place.database.read() as session:
        query = select(func.count()).select_from(OutboxEvent).where(OutboxEvent.done_at.is_(None))
        return session.scalar(query) or 0
