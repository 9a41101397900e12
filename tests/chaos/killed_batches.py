"""Batches are taken and a city is evaluated under kill -9: each batch wholly or not at all, each run as if never killed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
from sqlalchemy import select

from creditbridge.demo.generating import delivering
from creditbridge.demo.generating.drawing import City
from creditbridge.facts import service as facts
from creditbridge.kernel import clock
from creditbridge.records import manifest
from creditbridge.records.model import RecordBatch
from creditbridge.registry import importing
from creditbridge.registry.model import Firm
from creditbridge.runs import rules, service, working
from creditbridge.runs.model import Run
from creditbridge.runs.rules import RunKind, RunState
from creditbridge.sheets.limits import OPERATOR
from creditbridge.store.database import Database
from tests.chaos.places import PAUSE, Counts, Place, Process, Size, dice

PARTS = 16
"""Into how many parts the small city is parted here, so that a run can be killed between them and within one."""
STEPS_WAITED_FOR = 1_200
STEP = 0.05


def run_intake(place: Place, size: Size) -> Counts:
    """Kill whoever takes batches, again and again: what the lake shows are the batches marked as taken, whole."""
    kills, rows = (20, 20_000) if size is Size.FULL else (2, 1_500)
    folder = place.folder / "delivery"
    city = City(firms=300, records=rows * (kills + 2), seed=23, until=date(2026, 10, 31))
    done = delivering.deliver(city, folder, rows_in_a_file=rows)
    _register(place.database, folder)
    child = place.own_process("intake", str(folder))
    chance, torn, killed, taken = dice(31), 0, 0, 0
    longest = _first_step(child, lambda: bool(_taken(place.database)))
    for _ in range(kills):
        torn += _torn(place.database)
        child.start()
        killed += _kill_while_it_works(child, chance, 1.5 * longest)
        taken = len(_taken(place.database))
    torn += _torn(place.database)
    child.start()
    ended = child.process.wait(timeout=300)
    held = _numbers(place.database)
    return {
        "tried": len(done.files),
        "kills": killed,
        "taken_before_the_last_kill": taken,
        "lost": max(0, done.accepted - len(held)) + (len(done.files) - len(_taken(place.database))),
        "duplicates": max(0, len(held) - done.accepted) + len(held) - len(np.unique(held)),
        "violations": torn + (ended != 0) + _torn(place.database) + (not place.is_sound()),
    }


def run_evaluation(place: Place, size: Size) -> Counts:
    """Kill whoever carries a run out: resumed, it ends with the content hash, snapshot and facts of one never killed."""
    kills, rows = (20, 40_000) if size is Size.FULL else (2, 2_000)
    folder = place.folder / "delivery"
    city = City(firms=400, records=rows, seed=29, until=date(2026, 10, 31))
    delivering.deliver(city, folder)
    _register(place.database, folder)
    taking = place.own_process("intake", str(folder))
    taking.start()
    refused = taking.process.wait(timeout=300)
    asked = _ask(place.database)
    child = place.own_process("evaluation", asked)
    chance, killed, parts_of_a_life = dice(37), 0, []
    longest = _first_step(child, lambda: bool(_run(place.database, asked).parts_done))
    for _ in range(kills):
        before = _run(place.database, asked).parts_done
        child.start()
        killed += _kill_while_it_works(child, chance, 3 * longest)  # parts that follow the first are quick
        now = _run(place.database, asked)
        parts_of_a_life.append(now.parts_done - before)
        if now.state == RunState.FINISHED:
            asked = _ask(place.database)
            child.command = [*child.command[:-1], asked]
    child.start()
    ended = child.process.wait(timeout=300)
    resumed, found = _run(place.database, asked), _facts(place.database)
    again = _ask(place.database)
    child.command = [*child.command[:-1], again]
    child.start()
    ended += child.process.wait(timeout=300)
    whole = _run(place.database, again)
    return {
        "tried": killed + 2,
        "kills": killed,
        "parts_done_in_killed_lives": sum(parts_of_a_life),
        "differing": (resumed.digest != whole.digest)
        + (resumed.snapshot != whole.snapshot)
        + (found != _facts(place.database))
        + whole.changed,
        "violations": (refused != 0)
        + (ended != 0)
        + (resumed.parts_done != PARTS)
        + (resumed.state != RunState.FINISHED)
        + (not place.is_sound()),
    }


def take_all(database: Database, folder: Path, say: Callable[[str], None]) -> None:
    """Take every file that was not taken yet; what the process under the kills does."""
    from creditbridge.kernel.errors import DuplicateRequest
    from creditbridge.records import intake
    from creditbridge.records.feeds import feeds

    for file in sorted(folder.glob("records-*.parquet")):
        say(file.name)
        try:
            intake.take(database, feeds()[delivering.FEED], intake.Sent(file, file.name))
        except DuplicateRequest:
            continue


def evaluate(database: Database, run_id: str, say: Callable[[str], None]) -> None:
    """Go on with a run; what the process under the kills does."""
    rules.parts_for = lambda _firms: PARTS
    say("evaluating")
    while not working.carry_out(database, run_id, told=lambda done, parts: say(f"{done}/{parts}")):
        pass


def _first_step(child: Process, is_taken: Callable[[], bool]) -> float:
    """Let it take its first step and kill it then; answers how many seconds that took from where it began to work."""
    child.start()
    _wait_until_it_works(child)
    began = time.monotonic()
    for _ in range(STEPS_WAITED_FOR):
        if is_taken() or child.process.poll() is not None:
            break
        PAUSE.wait(STEP)
    took = time.monotonic() - began
    child.kill()
    return took


def _kill_while_it_works(child: Process, chance: random.Random, longest: float) -> bool:
    """Wait until it works, then a moment, then kill it; answers False for one that had ended by itself."""
    if _wait_until_it_works(child):
        PAUSE.wait(chance.uniform(0.0, longest))
    lived = child.process.poll() is None
    child.kill()
    return lived


def _wait_until_it_works(child: Process) -> bool:
    """Wait until it says that it works; answers whether it still does."""
    said = child.log.stat().st_size
    for _ in range(STEPS_WAITED_FOR):
        if child.process.poll() is not None or child.log.stat().st_size > said:
            break
        PAUSE.wait(STEP)
    return child.process.poll() is None


def _register(database: Database, folder: Path) -> None:
    with database.write() as session:
        file = folder / delivering.FIRMS_FILE
        importing.import_firms(session, None, file, file.name, limits=OPERATOR)


def _taken(database: Database) -> list[tuple[int, int]]:
    """Of each batch that is marked as taken its first record and how many."""
    with database.read() as session:
        rows = session.execute(
            select(RecordBatch.first_record_no, RecordBatch.records).where(RecordBatch.state == "taken")
        )
        return [(int(first), int(count)) for first, count in rows]


def _numbers(database: Database) -> np.ndarray:
    """The number of every record the lake holds of any firm, whether it counts today or is past its time."""
    with database.read() as session:
        lake = manifest.opened(session)
        firms = session.scalars(select(Firm.firm_no)).all()
    return np.sort(np.concatenate([lake.held_of(firm_no).record_no for firm_no in firms]))


def _torn(database: Database) -> int:
    """How many records are seen of no taken batch, or are missing of one."""
    with database.read() as session:
        lake = manifest.opened(session)
        rows = session.execute(
            select(RecordBatch.first_record_no, RecordBatch.records).where(RecordBatch.state == "taken")
        ).all()
    shown = sum(lake.rows().values())
    return abs(shown - sum(int(count) for _, count in rows))


def _ask(database: Database) -> str:
    with database.write() as session:
        return service.ask(session, RunKind.FULL, clock.today()).public_id


def _run(database: Database, public_id: str) -> Run:
    with database.read() as session:
        return service.run_of(session, public_id)


def _facts(database: Database) -> dict[int, object]:
    with database.read() as session:
        return {
            firm_id: (dict(known.values), dict(known.lists)) for firm_id, known in facts.all_facts(session)
        }
