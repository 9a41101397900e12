"""Jobs of runs: carrying one out, and asking for those that are due."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.records import manifest
from creditbridge.runs import rules, service, working
from creditbridge.runs.rules import RunKind, RunState
from creditbridge.store.database import Database


def carry_out(database: Database, payload: Mapping[str, Any]) -> bool:
    """Go on with a run for a while; answers whether it is over. Called again until it is."""
    return working.carry_out(database, payload["run"])


def catch_up(database: Database, _payload: Mapping[str, Any]) -> bool:
    """Ask for a daily run because of what was laid over records since the last one; called again while one goes on.

    A run that waits will see it by itself, and one that came after it has.
    """
    with database.write() as session:
        under_way = service.going_on(session)
        if under_way is not None:
            return under_way.state == RunState.WAITING
        last = service.last_current(session)
        if last is not None and (last.overlay_no or 0) < manifest.opened(session).watermark.overlay_no:
            service.ask(session, RunKind.DAILY, clock.today())
    return True


def ask_due(session: Session, _payload: Mapping[str, Any]) -> None:
    """Every day: ask for the month's full run, or for a daily one. A run that goes on is let finish first."""
    on = clock.today()
    if service.is_going_on(session):
        return
    last = service.last_current(session)
    if last is not None and last.on_date >= on:
        return
    kind = RunKind.FULL if rules.is_full_due(on, service.last_full_on(session)) else RunKind.DAILY
    service.ask(session, kind, on)
