from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from matching.ledger.checking import trial_balance
from tests.books_machine import BooksMachine


def test_the_books_follow_their_model(scene, database):
    BooksMachine.scene = scene
    run_state_machine_as_test(
        BooksMachine,
        settings=settings(
            max_examples=4,
            stateful_step_count=20,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    with database.read() as session:
        assert trial_balance(session).findings == ()
