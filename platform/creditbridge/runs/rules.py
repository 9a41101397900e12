"""Runs: their kinds, states and parts. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from hashlib import sha256

from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words
from creditbridge.records.buckets import BUCKETS


class RunKind(StrEnum):
    """What a run works through.

    A full run takes every firm, a daily run those touched or due since the run before; for the same date both find
    the same. A past run scores the city as of an earlier date, for trends and back-tests: it gives no labels and changes
    no current fact.
    """

    FULL = "full"
    DAILY = "daily"
    PAST = "past"

    @property
    def publishes(self) -> bool:
        """Whether what it finds becomes current."""
        return self is not RunKind.PAST


class RunState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"


RUN_KIND_WORDS = {
    RunKind.FULL: Words("全量评价", "Full run"),
    RunKind.DAILY: Words("每日评价", "Daily run"),
    RunKind.PAST: Words("历史时点评价", "Run for a past date"),
}
RUN_STATE_WORDS = {
    RunState.WAITING: Words("等待开始", "Waiting"),
    RunState.RUNNING: Words("进行中", "Running"),
    RunState.FINISHED: Words("已完成", "Finished"),
    RunState.STOPPED: Words("已中止", "Stopped"),
}

OTHER_CATALOGUES = "other_catalogues"
PROBLEM_WORDS = {
    OTHER_CATALOGUES: Words(
        "评价进行期间，指标、标签或信用信息目录更新了，这次评价已中止，并已按新目录重新发起一次。",
        "The catalogues of indicators, labels or records were updated while this run went on. It was stopped, "
        "and another one was asked for by the new catalogues.",
    ),
}
"""Why the system stopped a run by itself."""

LIFECYCLE: Lifecycle[RunState] = Lifecycle(
    "run",
    initial=RunState.WAITING,
    steps={
        "begin": ([RunState.WAITING], RunState.RUNNING),
        "finish": ([RunState.RUNNING], RunState.FINISHED),
        "stop": ([RunState.WAITING, RunState.RUNNING], RunState.STOPPED),
    },
    words=RUN_STATE_WORDS,
)

SMALL_CITY = 20_000
"""With so many firms at most, the city is one part: parting it further would cost more than it saves."""


def parts_for(firms: int) -> int:
    """Into how many parts a city is parted. Each is worked on, written and published by itself."""
    return 1 if firms <= SMALL_CITY else BUCKETS


def buckets_in(part: int, parts: int) -> range:
    """The buckets of the lake that make up a part."""
    return range(part, BUCKETS, parts)


def digest_of(part_digests: Iterable[str]) -> str:
    """The digest of a whole run from those of its parts in their order."""
    whole = sha256()
    for digest in part_digests:
        whole.update(bytes.fromhex(digest))
    return whole.hexdigest()


def is_full_due(on: date, last_full_on: date | None) -> bool:
    """A month's first run is a full one, so that every fact is confirmed once a month."""
    return last_full_on is None or (last_full_on.year, last_full_on.month) < (on.year, on.month)


def month_start(on: date) -> date:
    return on.replace(day=1)


def evaluation_id(run_id: str, firm_id: str) -> str:
    """What a past score is asked for again by: the run and the firm, by their public ids."""
    return f"{run_id}.{firm_id}"


def parse_evaluation_id(text: str) -> tuple[str, str] | None:
    """The public ids of run and firm; None if the text is no such id."""
    run_id, dot, firm_id = text.strip().partition(".")
    return (run_id, firm_id) if dot and run_id and firm_id and "." not in firm_id else None
