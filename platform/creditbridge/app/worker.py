"""What a worker process and the relay process run."""

from __future__ import annotations

import importlib
import signal
from threading import Event
from types import FrameType

from sqlalchemy.orm import configure_mappers

from creditbridge.app import handlers, logs, outside, reactions
from creditbridge.app.settings import Settings, SettingsError
from creditbridge.jobs import queues, relay, worker
from creditbridge.runs import pooling
from creditbridge.store.database import Database

# What rooms import where they call it, since pages do without. A worker has it before it forks: each job would load it
# anew otherwise, for a second.
HEAVY = ("creditbridge.records.intake", "matching.index.tile_kernels", "scipy.optimize")


def run_worker(settings: Settings, *, burst: bool = False) -> None:
    """Work on jobs until told to stop, or with ``burst`` until there are none."""
    _set_up(settings)
    for name in HEAVY:
        importlib.import_module(name)
    configure_mappers()  # else each job would, with the writers' lock in its hand
    worker.run(
        Database(settings.database_url, places=settings.places),
        queues.connect(_broker_url(settings)),
        burst=burst,
    )


def run_relay(settings: Settings) -> None:
    """Hand events and periodic work to the queue until told to stop."""
    _set_up(settings)
    stop = Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, ask_to_stop)
    relay.run(
        Database(settings.database_url, places=settings.places),
        queues.events(queues.connect(_broker_url(settings))),
        stop,
    )


def _set_up(settings: Settings) -> None:
    logs.set_up()
    outside.connect(settings)
    pooling.use(settings.run_processes)
    handlers.register()
    reactions.connect()


def _broker_url(settings: Settings) -> str:
    if not settings.redis_url:
        raise SettingsError(
            "REDIS_URL must say where the broker is, for example redis://localhost:6379/0; "
            "only `creditbridge run` starts one by itself."
        )
    return settings.redis_url
