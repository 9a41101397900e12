"""Worker and relay as in production, with a handler that can be counted: each event founds an organisation of its name.

What the broker lost is handed over again after a few seconds instead of a minute, so that a hundred kills end in time.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.access.rules import OrganisationKind
from creditbridge.access.service import create_organisation
from creditbridge.app import worker
from creditbridge.app.settings import load
from creditbridge.jobs import handlers, schedule
from creditbridge.store import outbox

EVENT = "chaos.happened"
outbox.RESEND_AFTER = timedelta(seconds=8)


def effect(session: Session, payload: Mapping[str, Any]) -> None:
    """One row an event: a second row of a name is a double effect."""
    create_organisation(session, OrganisationKind.LENDER, payload["label"])


def main(role: str) -> None:
    handlers.register(EVENT, effect)
    if role == "worker":
        worker.run_worker(load())
    else:
        schedule.emit_due = lambda _database: []  # periodic work is not what is counted here
        worker.run_relay(load())


if __name__ == "__main__":
    main(sys.argv[1])
