"""A checker over the history of concurrent reads and writes under kills: every line's balance is one register.

For each line one client writes, in growing order, what was paid out in all; others read it meanwhile. A read must answer
a value that some write wrote: none older than the last write acknowledged before the read began, none newer than the
last write begun before it ended, and of two reads one after the other the second none older than the first.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from sqlalchemy import select

from matching.lines.model import CreditLine
from tests.chaos.places import PAUSE, Client, Counts, Place, Size, dice, in_threads
from tests.lines import Lines

LINES, READERS = 8, 2
STEP_FEN = 100
AS_OF = "2026-02-01"


@dataclass
class Register:
    """One line's writes and reads, by the monotonic clock."""

    line_id: str
    begun: list[tuple[float, int]] = field(default_factory=list)
    acknowledged: list[tuple[float, int]] = field(default_factory=list)
    reads: list[list[tuple[float, float, int]]] = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def violations(self) -> int:
        found = 0
        for reads in self.reads:
            seen = 0
            for began, ended, value in reads:
                least = max((v for at, v in self.acknowledged if at < began), default=0)
                most = max((v for at, v in self.begun if at <= ended), default=0)
                found += not least <= value <= most
                found += value < seen or value % STEP_FEN != 0
                seen = value
        return found


def run(place: Place, size: Size) -> Counts:
    operations, kills = size.of(10_000, 300), size.of(20, 2)
    writes = -(-operations // ((1 + READERS) * LINES))
    scene = place.scene()
    lender, firm = scene.lender(), scene.firm()
    book = Lines(scene)
    registers = [
        Register(book.offline(lender, firm, granted_on=_day("2026-01-05")).public_id) for _ in range(LINES)
    ]
    token = place.token(lender.reviewer)
    server = place.web()
    stop = threading.Event()

    def killer() -> None:
        random = dice(3)
        for _ in range(kills):
            if stop.wait(random.uniform(0.5, 2.0)):
                return
            server.kill()
            server.start()
            place.wait_for_web(server)

    try:
        place.wait_for_web(server)
        killing = threading.Thread(target=killer)
        killing.start()
        work = [lambda r=r, n=n: _write(Client(place, token, n), r, writes) for n, r in enumerate(registers)]
        for number, register in enumerate(registers):
            for reader in range(READERS):
                register.reads.append([])
                seat = LINES + number * READERS + reader
                work.append(
                    lambda r=register, n=seat, k=reader: _read(Client(place, token, n), r, r.reads[k], writes)
                )
        in_threads(work)
        stop.set()
        killing.join()
    finally:
        server.kill()
    done = sum(len(r.acknowledged) + sum(len(reads) for reads in r.reads) for r in registers)
    return {
        "tried": done,
        "kills": kills,
        "lines": LINES,
        "violations": sum(register.violations() for register in registers),
        "lost": _lost(place, registers),
    }


def _write(caller: Client, register: Register, writes: int) -> None:
    try:
        for number in range(1, writes + 1):
            value = number * STEP_FEN
            register.begun.append((time.monotonic(), value))
            body = {"as_of": AS_OF, "disbursed_fen": value, "balance_fen": value}
            while True:
                answer = caller.post(f"/lender/lines/{register.line_id}/balances", body, f"h-{value}")
                if answer is not None and answer.status_code == 201:
                    break
                PAUSE.wait(0.02)
            register.acknowledged.append((time.monotonic(), value))
    finally:
        register.done.set()


def _read(caller: Client, register: Register, reads: list[tuple[float, float, int]], most: int) -> None:
    while not register.done.is_set() and len(reads) < most:
        began = time.monotonic()
        answer = caller.get(f"/lender/lines/{register.line_id}")
        if answer is not None and answer.ok:
            reads.append((began, time.monotonic(), answer.json()["disbursed_fen"]))
        else:
            PAUSE.wait(0.02)


def _lost(place: Place, registers: list[Register]) -> int:
    """Lines that end with less than the last acknowledged write."""
    with place.database.read() as session:
        held = {line.public_id: line.disbursed_fen for line in session.scalars(select(CreditLine))}
    return sum(held[r.line_id] < (r.acknowledged[-1][1] if r.acknowledged else 0) for r in registers)


def _day(text: str):
    from datetime import date

    return date.fromisoformat(text)
