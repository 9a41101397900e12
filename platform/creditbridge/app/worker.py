"""What a worker process and the relay process run."""

from __future__ import annotations

import signal
from threading import Event
from types import FrameType

from creditbridge.app import handlers, logs, outside, reactions
from creditbridge.app.settings import Settings, SettingsError
from creditbridge.jobs import queues, relay, worker
from creditbridge.store.database import Database


def run_worker(settings: Settings, *, burst: bool = False) -> None:
    """Work on jobs until told to stop, or with ``burst`` until there are none."""
    _set_up(settings)
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
    handlers.register()
    reactions.connect()


def _broker_url(settings: Settings) -> str:
    if not settings.redis_url:
        raise SettingsError(
            "REDIS_URL must say where the broker is, for example redis://localhost:6379/0; "
            "only `creditbridge run` starts one by itself."
        )
    return settings.redis_url
