"""The books beside their model, a thousand histories of forty steps; and every illegal step of every life cycle."""

from __future__ import annotations

import traceback

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from creditbridge.store import audit
from matching.ledger.checking import trial_balance
from tests import illegal_steps
from tests.books_machine import BooksMachine
from tests.chaos.places import Counts, Place, Size


def run(place: Place, size: Size) -> Counts:
    examples, steps = size.of(1_000, 5), 15 if size is Size.SMALL else 40
    violations, told = 0, ""
    BooksMachine.scene = place.scene()
    try:
        run_state_machine_as_test(
            BooksMachine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except Exception:
        violations, told = 1, traceback.format_exc()[-1500:]
    with place.database.read() as session:
        trial = trial_balance(session)
        broken = sum(1 for _ in audit.broken_entries(session))
    counts = {
        "tried": examples * steps,
        "examples": examples,
        "steps": steps,
        "transactions": trial.transactions,
        "violations": violations + len(trial.findings) + broken,
    }
    return counts | ({"told": told} if told else {})


def run_illegal(place: Place, _size: Size) -> Counts:
    tried, wrong = illegal_steps.try_all(place.database)
    counts = {"tried": tried, "cycles": len(illegal_steps.CYCLES), "violations": len(wrong)}
    return counts | ({"told": wrong[:20]} if wrong else {})
