"""The run command: everything on this machine, from an empty folder to a page that answers, and back to nothing.

Order: take the place (folder, port); migrate and load the demo city into an empty demo database, while the web server
imports itself and waits; start the broker; when the first page answers, start the relay and the workers; say where it
is, watch. A stop goes the other way round.
"""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from threading import Event
from types import FrameType

from rich.console import Console

from creditbridge.app import first_start, place, schema, services
from creditbridge.app.processes import Supervisor
from creditbridge.app.settings import Settings, prepare_data_dir, secret_key
from creditbridge.store.database import Database

READY_WITHIN_SECONDS = 120.0
WATCH_SECONDS = 0.25
SAME_REQUEST_SECONDS = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class NotReady(RuntimeError):
    """The web server did not answer in time; the message is one line."""


class StopAsked:
    """Whether SIGINT, SIGTERM or SIGHUP has come. A second one, given a moment later, asks for haste."""

    def __init__(self) -> None:
        self.stop = Event()
        self.haste = Event()
        self._at = 0.0
        for number in STOP_SIGNALS:
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        # One Ctrl-C can arrive twice, from the terminal and from make; that is no haste.
        if self.stop.is_set() and time.monotonic() - self._at > SAME_REQUEST_SECONDS:
            self.haste.set()
        elif not self.stop.is_set():
            self._at = time.monotonic()
            self.stop.set()


def run(settings: Settings, console: Console) -> None:
    """Run until SIGINT, SIGTERM or SIGHUP.

    Raises:
        SettingsError: if the place is taken or a setting cannot be used.
        SchemaError: if the database does not answer or is newer than the code.
        ServiceFailed: if a process dies again and again.
        NotReady: if the web server does not answer in time.
    """
    _leave_on_signals()
    prepare_data_dir(settings)
    lock = place.take(settings)
    secret_key(settings)  # made once, before several processes would make one each
    supervisor = Supervisor(environ=_environment(settings), logs=settings.data_dir / "logs", lock=lock)
    _prepare(supervisor, settings, console)
    asked = StopAsked()
    try:
        _start_broker(supervisor, settings)
        _wait_until_ready(supervisor, settings, asked.stop)
        if not asked.stop.is_set():
            _start_background(supervisor, settings)
            _announce(settings, console)
        while not asked.stop.wait(WATCH_SECONDS):
            for name in supervisor.check():
                console.print(f"[yellow]The {name} process had stopped and was started again.[/]")
    finally:
        console.print("Stopping …")
        supervisor.stop(haste=asked.haste)
    console.print("Stopped.")


def migrate(settings: Settings) -> bool:
    """Bring the database up to date; answers whether anything had to be done."""
    database = Database(settings.database_url, places=settings.places)
    try:
        return schema.upgrade(database)
    finally:
        database.dispose()


def base_url(settings: Settings) -> str:
    """Where the web server of this machine answers."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _leave_on_signals() -> None:
    """Until the database is prepared, a signal ends this process where it stands; nothing half-done is kept."""

    def leave(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        raise SystemExit(128 + number)

    for number in STOP_SIGNALS:
        signal.signal(number, leave)


def _environment(settings: Settings) -> Mapping[str, str]:
    """The environment of the children: as given, with what was worked out from it."""
    socket = place.socket_path(settings.data_dir)
    return {
        **os.environ,
        "ENVIRONMENT": settings.environment,
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or f"unix://{socket}",
        "PYTHONUNBUFFERED": "1",
    }


def _prepare(supervisor: Supervisor, settings: Settings, console: Console) -> None:
    """Make the database ready; the web server starts meanwhile, but opens nothing and answers nobody until it is."""
    try:
        with place.preparing(settings):
            supervisor.start(services.web(settings))
            first_start.prepare(settings, console)
    except BaseException:
        at_once = Event()
        at_once.set()
        supervisor.stop(haste=at_once)
        raise


def _start_broker(supervisor: Supervisor, settings: Settings) -> None:
    if not settings.redis_url:
        folder = settings.data_dir / "broker"
        supervisor.start(services.broker(folder, place.socket_path(settings.data_dir)))


def _start_background(supervisor: Supervisor, settings: Settings) -> None:
    """What nobody who opens a page waits for comes after the first page: each of these imports for a second or two."""
    supervisor.start(services.relay())
    for number in range(1, settings.job_workers + 1):
        supervisor.start(services.worker(number))


def _wait_until_ready(supervisor: Supervisor, settings: Settings, stop: Event) -> None:
    end_of_patience = time.monotonic() + READY_WITHIN_SECONDS
    while not stop.wait(WATCH_SECONDS):
        supervisor.check()
        if _answers(base_url(settings) + "/readyz"):
            return
        if time.monotonic() > end_of_patience:
            raise NotReady(
                f"The web server did not become ready within {READY_WITHIN_SECONDS:.0f} seconds. "
                f"See {supervisor.log_of('web')}."
            )


def _answers(url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _announce(settings: Settings, console: Console) -> None:
    if settings.is_demo:
        first_start.print_accounts(settings, console)
    console.print()
    console.print(f"[bold green]CreditBridge 信桥 is ready:[/] [bold]{base_url(settings)}[/]")
    console.print(
        f"Data: {_short(settings.data_dir)}   Logs: {_short(settings.data_dir / 'logs')}   Stop: Ctrl-C"
    )


def _short(path: Path) -> str:
    """The path as seen from here, when it lies below."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
