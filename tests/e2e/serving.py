"""A real server process of this run's own: its own port, data folder and SQLite file."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from creditbridge.app import schema
from creditbridge.app.settings import Settings, load, prepare_data_dir, secret_key
from creditbridge.store.database import Database

READY_WITHIN_SECONDS = 60
STOPPED_WITHIN_SECONDS = 20
ASK_EVERY_SECONDS = 0.1


def settings_for(data_dir: Path) -> Settings:
    """Settings of a demo installation on a free port; the demo city itself is not loaded."""
    settings = load({"ENVIRONMENT": "demo", "DATA_DIR": str(data_dir), "PORT": str(_free_port())})
    prepare_data_dir(settings)
    secret_key(settings)
    return settings


def migrated(settings: Settings) -> Database:
    database = Database(settings.database_url, places=settings.places)
    schema.upgrade(database)
    return database


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Serve until the block ends; gives the address. Everything the server says goes to ``server.log``."""
    log = settings.data_dir / "server.log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "creditbridge.app.cli", "serve"],
            env=_environment(settings),
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(process, settings, log)
            yield settings.public_url
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(settings: Settings) -> dict[str, str]:
    ours = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL", "HOST"}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return {
        **inherited,
        "ENVIRONMENT": settings.environment,
        "DATA_DIR": str(settings.data_dir),
        "PORT": str(settings.port),
        "WEB_WORKERS": "1",
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }


def _wait_until_ready(process: subprocess.Popen[bytes], settings: Settings, log: Path) -> None:
    pause = Event()
    for _ in range(int(READY_WITHIN_SECONDS / ASK_EVERY_SECONDS)):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{settings.public_url}/healthz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pause.wait(ASK_EVERY_SECONDS)
    raise RuntimeError(f"The server did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOPPED_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
