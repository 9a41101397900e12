"""The processes of one machine: started together, watched, started again when they die, and ended together.

Each runs in a session of its own, so that Ctrl-C reaches the supervisor alone, which then ends them in order, and
so that whatever they fork can be found again. Should the supervisor be killed, :mod:`creditbridge.app.reaper`
ends them.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from creditbridge.app import reaper

STOP_SECONDS = 10.0
DEATHS_TOLERATED = 4
DEATHS_WINDOW_SECONDS = 60.0
LOG_LIMIT_BYTES = 10 * 1024 * 1024


class ServiceFailed(RuntimeError):
    """A process dies again and again; the message is one line."""


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep running. Those of a later ``stage`` are stopped after those of an earlier one."""

    name: str
    command: Sequence[str]
    stage: int = 0


@dataclass(slots=True)
class Child:
    """A service while it runs."""

    service: Service
    process: subprocess.Popen[bytes]
    deaths: list[float] = field(default_factory=list)

    @property
    def session(self) -> int:
        return self.process.pid


class Supervisor:
    """Runs services until it is told to stop them."""

    def __init__(self, *, environ: Mapping[str, str], logs: Path, lock: int) -> None:
        """``lock`` is a file descriptor that the reaper keeps open until the last process is gone."""
        self._environ = dict(environ)
        self._logs = logs
        self._lock = lock
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)
        self._reaper = self._start_reaper()

    def start(self, service: Service) -> None:
        """Start a service and keep it running from now on."""
        self._children.append(Child(service, self._launch(service)))

    def check(self) -> list[str]:
        """Start again what has died; answers the names.

        Raises:
            ServiceFailed: if one has died too often.
        """
        restarted = []
        for child in self._children:
            if child.process.poll() is None:
                continue
            self._forget(child)
            self._count_death(child)
            child.process = self._launch(child.service)
            restarted.append(child.service.name)
        if self._reaper.poll() is not None:
            self._reaper = self._start_reaper()
        return restarted

    def stop(self, *, haste: Event) -> None:
        """End every process, stage by stage; what has not stopped after ten seconds, or in haste, is killed."""
        for stage in sorted({child.service.stage for child in self._children}):
            self._stop_stage([child for child in self._children if child.service.stage == stage], haste)
        self._children.clear()
        assert self._reaper.stdin is not None
        self._reaper.stdin.close()
        self._reaper.wait()

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _launch(self, service: Service) -> subprocess.Popen[bytes]:
        path = self.log_of(service.name)
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        with path.open("ab") as log:
            process = subprocess.Popen(  # noqa: S603 - the commands are our own
                service.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environ,
                start_new_session=True,
            )
        self._tell_reaper(f"+{process.pid}")
        return process

    def _start_reaper(self) -> subprocess.Popen[bytes]:
        started = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", reaper.__file__],
            stdin=subprocess.PIPE,
            pass_fds=[self._lock],
            start_new_session=True,
        )
        self._reaper = started
        for child in self._children:
            self._tell_reaper(f"+{child.session}")
        return started

    def _tell_reaper(self, line: str) -> None:
        assert self._reaper.stdin is not None
        try:
            self._reaper.stdin.write(f"{line}\n".encode())
            self._reaper.stdin.flush()
        except BrokenPipeError:
            self._start_reaper()  # it learns of every child there is when it starts

    def _forget(self, child: Child) -> None:
        """End what a dead child has left behind in its session."""
        reaper.kill([child.session])
        self._tell_reaper(f"-{child.session}")

    def _count_death(self, child: Child) -> None:
        moment = time.monotonic()
        child.deaths = [at for at in child.deaths if moment - at < DEATHS_WINDOW_SECONDS] + [moment]
        if len(child.deaths) > DEATHS_TOLERATED:
            raise ServiceFailed(
                f"The {child.service.name} process stopped {len(child.deaths)} times within a minute "
                f"(exit code {child.process.returncode}). See {self.log_of(child.service.name)}."
            )

    def _stop_stage(self, children: Sequence[Child], haste: Event) -> None:
        for child in children:
            if child.process.poll() is None:
                os.kill(child.process.pid, signal.SIGTERM)
        end_of_patience = time.monotonic() + STOP_SECONDS
        while any(child.process.poll() is None for child in children) and time.monotonic() < end_of_patience:
            if haste.wait(0.05):
                break
        for child in children:
            self._forget(child)
            child.process.wait()
