"""Worker and relay as in production, with a handler that can be counted: each event founds an organisation of its name.

What the broker lost is handed over again after a few seconds instead of a minute, so that a hundred kills end in time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import OrganisationKind
from creditbridge.access.service import create_organisation
from creditbridge.app import outside, reactions, worker
from creditbridge.app.settings import load
from creditbridge.jobs import handlers, schedule
from creditbridge.store import outbox
from creditbridge.store.database import Database

EVENT = "chaos.happened"
outbox.RESEND_AFTER = timedelta(seconds=8)


def effect(session: Session, payload: Mapping[str, Any]) -> None:
    """One row an event: a second row of a name is a double effect."""
    create_organisation(session, OrganisationKind.LENDER, payload["label"])


def main(role: str, *arguments: str) -> None:
    if role in ("intake", "evaluation"):
        _work_on_records(role, *arguments)
        return
    handlers.register(EVENT, effect)
    if role == "worker":
        worker.run_worker(load())
    else:
        schedule.emit_due = lambda _database: []  # periodic work is not what is counted here
        worker.run_relay(load())


def _work_on_records(role: str, argument: str) -> None:
    """Take the batches of a folder, or carry a run out, and say each step."""
    from tests.chaos import killed_batches

    settings = load()
    outside.connect(settings)
    reactions.connect()
    database = Database(settings.database_url, places=settings.places)

    def say(step: str) -> None:
        print(step, flush=True)

    if role == "intake":
        killed_batches.take_all(database, Path(argument), say)
    else:
        killed_batches.evaluate(database, argument, say)


if __name__ == "__main__":
    main(*sys.argv[1:])
