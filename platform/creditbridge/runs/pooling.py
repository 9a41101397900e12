"""Finding the parts of a run in several processes of this machine.

A process is started afresh (nothing is forked, so no thread or connection is shared), is handed the run once, and then
finds part after part. The process that asked takes them in order, a few ahead of what it writes. Whatever becomes of
it, killed even, the others see it gone and end; if one of them is killed, new ones are started and find its parts again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path

from creditbridge.kernel import catalogue_files
from creditbridge.runs import models
from creditbridge.runs.finding import Found, Work, find

Given = tuple[int, Mapping[int, str]]
"""A part, and the digests of the labels that its firms carry."""
_AHEAD = 2
"""So many parts more than there are processes are under way: they are found while others are written."""
_TRIES = 3
"""So many times in a row the processes may be lost before the run fails."""
_usual = [1]


class OtherCatalogues(RuntimeError):
    """A process that was started reads other catalogues than the one that started it: the installation was changed."""


def use(processes: int) -> None:
    """How many processes find parts of the runs that this process carries out, if a call does not say."""
    _usual[:] = [processes]


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def find_all(
    work: Work, given: Iterator[Given], count: int, processes: int | None = None
) -> Generator[Found, None, None]:
    """Each of ``count`` parts that are given, found, in the same order.

    A run that rests on one before works on few firms: it is not worth starting processes for.

    Raises:
        BrokenProcessPool: the processes were killed again and again.
        OtherCatalogues: a process that was started reads others.
    """
    workers = min(processes or _usual[0], count)
    if workers < 2 or work.base is not None:
        for part, held in given:
            yield find(work, part, held)
    else:
        yield from _found_by(
            workers, _Handed(work, models.catalogue_digests(), catalogue_files.kept()), given
        )


@dataclass(frozen=True, slots=True)
class _Handed:
    """A run on its way to another process. Catalogues are read there once more, and must be the same."""

    work: Work
    catalogues: Mapping[str, str]
    read_from: Path | None


@dataclass(slots=True)
class _UnderWay:
    part: int
    held: Mapping[int, str]
    future: Future[Found]


def _found_by(workers: int, handed: _Handed, given: Iterator[Given]) -> Generator[Found, None, None]:
    processes = _Processes(workers, handed)
    under_way: deque[_UnderWay] = deque()
    try:
        while True:
            for part, held in given:
                under_way.append(_UnderWay(part, held, processes.asked_for(part, held)))
                if len(under_way) >= workers + _AHEAD:
                    break
            if not under_way:
                return
            try:
                found = under_way[0].future.result()
            except BrokenProcessPool:
                processes.replace()
                for one in under_way:
                    one.future = processes.asked_for(one.part, one.held)
            else:
                processes.lost = 0
                under_way.popleft()
                yield found
    finally:
        processes.end()


class _Processes:
    """The processes that find, replaced when one of them is killed.

    Asking for a part never says that they are lost: what it answers does, once it is waited for, as with a part that was
    asked for before.
    """

    def __init__(self, workers: int, handed: _Handed) -> None:
        self._workers = workers
        self._handed = handed
        self._pool = _started(workers, handed)
        self.lost = 0
        """How often in a row they were lost."""

    def asked_for(self, part: int, held: Mapping[int, str]) -> Future[Found]:
        try:
            return self._pool.submit(_find, part, held)
        except BrokenProcessPool as broken:
            refused: Future[Found] = Future()
            refused.set_exception(broken)
            return refused

    def replace(self) -> None:
        """Start others.

        Raises:
            BrokenProcessPool: they were lost too often in a row.
        """
        self.lost += 1
        if self.lost == _TRIES:
            raise BrokenProcessPool(f"lost {_TRIES} times in a row")
        self._pool.shutdown()
        self._pool = _started(self._workers, self._handed)

    def end(self) -> None:
        self._pool.shutdown(cancel_futures=True)


def _started(workers: int, handed: _Handed) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        workers, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(handed,)
    )


# ---- In the other processes ----

_run: list[Work] = []


def _begin(handed: _Handed) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one is told, and ends it
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if handed.read_from is not None:
        catalogue_files.read_from(handed.read_from)
    if dict(models.catalogue_digests()) != dict(handed.catalogues):
        raise OtherCatalogues
    _run[:] = [handed.work]


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _find(part: int, held: Mapping[int, str]) -> Found:
    (work,) = _run
    return find(work, part, held)
