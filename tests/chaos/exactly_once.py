"""Sixteen clients send the same sixty keys sixteen times each: one effect a key, one answer a key, 422 for another body."""

from __future__ import annotations

import threading
from collections import defaultdict

from sqlalchemy import func, select

from matching.lines.model import CreditLine
from tests.chaos.places import PAUSE, Client, Counts, Place, Size, grant_body, in_threads
from tests.lines import Lines

CLIENTS, KEYS, REPEATS = 16, 60, 16


def run(place: Place, size: Size) -> Counts:
    clients, keys, repeats = size.of(CLIENTS, 4), size.of(KEYS, 10), size.of(REPEATS, 4)
    scene = place.scene()
    lender, firm = scene.lender(), scene.firm()
    uscc, token = Lines(scene).code_of(firm), place.token(lender.reviewer)
    server = place.web()
    answers: dict[int, set[tuple[int, str]]] = defaultdict(set)
    tried, other, held = 0, 0, threading.Lock()

    def client(number: int) -> None:
        nonlocal tried, other
        caller = Client(place, token, number)
        for turn in range(keys * repeats):
            key = (turn + number * 7) % keys
            answer = None
            while answer is None or answer.status_code in (409, 429, 503):
                answer = caller.post("/lender/lines", grant_body(uscc, f"ONCE-{key}"), f"once-{key}")
                if answer is None or answer.status_code != 201:
                    PAUSE.wait(0.01)
                if (
                    answer is not None
                    and answer.status_code == 409
                    and answer.json()["code"] != "still_running"
                ):
                    break
            with held:
                tried += 1
                answers[key].add((answer.status_code, answer.text))
        key = number % keys
        changed = None
        while changed is None or changed.status_code in (409, 429, 503):  # another still uses the key
            changed = caller.post("/lender/lines", grant_body(uscc, f"ONCE-{key}", 20_000_000), f"once-{key}")
        with held:
            other += changed.status_code != 422

    try:
        place.wait_for_web(server)
        in_threads([lambda number=number: client(number) for number in range(clients)])
    finally:
        server.kill()
    with place.database.read() as session:
        effects = session.scalar(select(func.count()).select_from(CreditLine)) or 0
    differing = sum(len(given) - 1 for given in answers.values())
    differing += sum(status != 201 for given in answers.values() for status, _ in given)
    return {
        "tried": tried,
        "clients": clients,
        "keys": keys,
        "repeats": repeats,
        "duplicates": max(0, effects - keys),
        "lost": max(0, keys - effects),
        "differing": differing,
        "changed_body_not_refused": other,
        "violations": other,
    }
