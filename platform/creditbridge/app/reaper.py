"""Ends what a supervisor leaves behind, however the supervisor went, ``kill -9`` included.

The supervisor starts this file as a process of its own and holds the other end of its standard input. It writes
``+123`` when it starts the session 123 and ``-123`` when that has ended. When the input ends, the supervisor is
gone, and every session still noted is ended: asked first, then killed. Only the standard library is used, so that
it starts at once and cannot fail with the rest.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

GRACE_SECONDS = 5.0
KILL_SECONDS = 5.0
PROC = Path("/proc")


def members(sessions: Iterable[int]) -> list[int]:
    """The living processes of these sessions. A process that left its group, as RQ's forks do, is still a member."""
    wanted = set(sessions)
    return [pid for pid in _living() if _session_of(pid) in wanted] if wanted else []


def signal_all(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def end(sessions: Iterable[int], *, grace: float = GRACE_SECONDS) -> None:
    """Ask the leaders of these sessions to stop and, when the grace in seconds is over, kill every member."""
    noted = set(sessions)
    signal_all(noted & set(members(noted)), signal.SIGTERM)
    wait_until_gone(noted, grace)
    kill(noted)


def kill(sessions: Iterable[int]) -> None:
    """Kill every member of these sessions, also those that are being forked just now."""
    noted = set(sessions)
    end_of_patience = time.monotonic() + KILL_SECONDS
    while (left := members(noted)) and time.monotonic() < end_of_patience:
        signal_all(left, signal.SIGKILL)
        time.sleep(0.02)


def wait_until_gone(sessions: Iterable[int], seconds: float) -> bool:
    """Wait at most so long for the sessions to end; answers whether they did."""
    end_of_patience = time.monotonic() + seconds
    noted = set(sessions)
    while members(noted):
        if time.monotonic() > end_of_patience:
            return False
        time.sleep(0.05)
    return True


def _living() -> list[int]:
    if PROC.is_dir():
        return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and not _is_zombie(entry)]
    listing = subprocess.run(["ps", "-axo", "pid=,stat="], capture_output=True, text=True, check=True)  # noqa: S607
    rows = [line.split() for line in listing.stdout.splitlines()]
    return [int(pid) for pid, state in rows if not state.startswith("Z")]


def _is_zombie(entry: Path) -> bool:
    try:
        return (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[
            0
        ] == "Z"
    except OSError:
        return True


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sessions: set[int] = set()
    for line in sys.stdin:
        session = int(line[1:])
        if line.startswith("+"):
            sessions.add(session)
        else:
            sessions.discard(session)
    end(sessions)


if __name__ == "__main__":
    main()
