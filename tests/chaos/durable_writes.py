"""The web server is killed again and again while clients write: what was acknowledged is there, once."""

from __future__ import annotations

import threading

from sqlalchemy import select

from creditbridge.store import audit
from matching.lines.model import CreditLine
from tests.chaos.places import PAUSE, Client, Counts, Place, Size, dice, grant_body, in_threads
from tests.lines import Lines

WRITERS = 6


def run(place: Place, size: Size) -> Counts:
    kills = size.of(100, 4)
    scene = place.scene()
    lender, firm = scene.lender(), scene.firm()
    uscc, token = Lines(scene).code_of(firm), place.token(lender.reviewer)
    acknowledged: set[str] = set()
    asked: set[str] = set()
    held, stop = threading.Lock(), threading.Event()
    server = place.web()
    random = dice(11)

    def writer(number: int) -> None:
        caller = Client(place, token, number)
        turn = 0
        while not stop.is_set():
            contract = f"D{number}-{turn}"
            asked.add(contract)
            answer = caller.post("/lender/lines", grant_body(uscc, contract), contract)
            if answer is not None and answer.status_code == 201:
                with held:
                    acknowledged.add(contract)
                turn += 1
            elif answer is None:
                turn += random.randint(0, 1)  # sometimes the same key again, sometimes another
                PAUSE.wait(0.5)  # a server that starts needs the processor more than we do
            else:
                PAUSE.wait(0.05)

    def killer() -> None:
        try:
            for _ in range(kills):
                before = len(acknowledged)
                place.wait_for_web(server)
                for _ in range(100):  # every life of the server writes something
                    if len(acknowledged) > before:
                        break
                    PAUSE.wait(0.05)
                PAUSE.wait(random.uniform(0.0, 0.4))
                server.kill()
                server.start()
            place.wait_for_web(server)
        finally:
            stop.set()

    try:
        in_threads([killer, *(lambda number=number: writer(number) for number in range(WRITERS))])
    finally:
        server.kill()
    with place.database.read() as session:
        found = list(session.scalars(select(CreditLine.contract_number)))
        broken = sum(1 for _ in audit.broken_entries(session))
    return {
        "tried": len(asked),
        "kills": kills,
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - set(found)),
        "duplicates": len(found) - len(set(found)),
        "violations": broken + (not place.is_sound()),
    }
