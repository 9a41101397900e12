"""The handlers of app run against a real database."""

from __future__ import annotations

from creditbridge.app import handlers, outside, schedule
from creditbridge.app.settings import Settings
from creditbridge.registry.importing import FIRMS_IMPORTED
from creditbridge.store.database import Database


def test_periodic_work_runs_on_an_empty_city(database: Database, settings: Settings) -> None:
    outside.connect(settings)  # says where heads of the trail are kept
    for work in schedule.PERIODIC:
        with database.write() as session:
            work.handler(session, {"slot": "2026-11-23T00:10:00+08:00"})


def test_an_import_without_firms_refreshes_nothing(database: Database) -> None:
    with database.write() as session:
        handlers.EVENTS[FIRMS_IMPORTED](session, {"import_id": "unknown"})
