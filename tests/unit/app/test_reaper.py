"""The reaper ends what it was told of when its input ends, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from creditbridge.app import reaper

SLEEP = [sys.executable, "-S", "-c", "import time; print('on', flush=True); time.sleep(600)"]
DEAF = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(600)",
]


@pytest.fixture
def sessions() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def launch(sessions: list[subprocess.Popen[str]], command: list[str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    sessions.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "on\n"
    return process


def test_it_ends_what_it_was_told_of(sessions: list[subprocess.Popen[str]]) -> None:
    ended, gone, other = (launch(sessions, SLEEP) for _ in range(3))

    told = f"+{ended.pid}\n+{gone.pid}\n-{gone.pid}\n"
    subprocess.run(
        [sys.executable, "-I", "-S", reaper.__file__], input=told, text=True, check=True, timeout=30
    )

    assert ended.wait(10) != 0
    assert gone.poll() is None
    assert other.poll() is None


def test_what_does_not_listen_is_killed(sessions: list[subprocess.Popen[str]]) -> None:
    deaf = launch(sessions, DEAF)

    reaper.end([deaf.pid], grace=0.2)

    assert deaf.wait(10) == -9


def test_members_of_a_session_are_found() -> None:
    assert reaper.members([]) == []
