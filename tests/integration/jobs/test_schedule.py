"""Periodic work happens once a slot, and what was missed is made up for."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from creditbridge.jobs import schedule, sweeper, tasks
from creditbridge.jobs.rules import DAILY, HOURLY
from creditbridge.kernel import clock
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent


def open_events(database: Database) -> list[OutboxEvent]:
    with database.read() as session:
        return list(
            session.scalars(select(OutboxEvent).where(OutboxEvent.done_at.is_(None)).order_by(OutboxEvent.id))
        )


@pytest.fixture
def hourly(effects: list[str]) -> None:
    schedule.register("hourly_work", HOURLY, lambda _session, payload: effects.append(payload["slot"]))


def test_due_work_is_emitted_once_a_slot(database: Database, hourly: None, frozen_clock: datetime) -> None:
    assert schedule.emit_due(database) == ["hourly_work"]
    assert schedule.emit_due(database) == []
    with clock.at(frozen_clock + timedelta(hours=1)):
        assert schedule.emit_due(database) == ["hourly_work"]


def test_a_slot_missed_while_nothing_ran_is_made_up_for_once(
    database: Database, hourly: None, frozen_clock: datetime
) -> None:
    schedule.emit_due(database)
    with clock.at(frozen_clock + timedelta(days=3, minutes=5)):
        assert schedule.emit_due(database) == ["hourly_work"]
        assert schedule.emit_due(database) == []


def test_emitted_work_is_done_as_an_event(workplace: Database, hourly: None, effects: list[str]) -> None:
    schedule.emit_due(workplace)
    for event in open_events(workplace):
        tasks.handle(event.public_id)

    assert effects == ["2026-11-23T10:00:00+08:00"]


def test_of_two_schedulers_one_emits(database: Database, hourly: None, frozen_clock: datetime) -> None:
    slot = HOURLY.slot(frozen_clock)
    with database.write() as session:
        assert schedule._take(session, "hourly_work", slot) is True
    with database.write() as session:
        assert schedule._take(session, "hourly_work", slot) is False


def test_the_sweeper_forgets_events_done_long_ago(database: Database, frozen_clock: datetime) -> None:
    with database.write() as session:
        for done_at in (frozen_clock - timedelta(days=31), frozen_clock - timedelta(days=29), None):
            session.add(OutboxEvent(name="test.happened", payload={}, done_at=done_at))
    with database.write() as session:
        sweeper.sweep(session, {})
    with database.read() as session:
        assert len(session.scalars(select(OutboxEvent)).all()) == 2


def test_the_sweeper_tells_of_events_open_for_long(
    database: Database, frozen_clock: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    schedule.register("sweep", DAILY, sweeper.sweep)
    schedule.emit_due(database)
    with clock.at(frozen_clock + timedelta(hours=2)), database.write() as session:
        sweeper.sweep(session, {})

    assert "1 outbox events have been open" in caplog.text
