"""Periodic work, as events of the outbox: each slot is emitted once, however many schedulers run.

The mark of the last slot and the event are written in one transaction. A slot that passed while nothing ran is
made up for once at the next start.
"""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from creditbridge.jobs import handlers
from creditbridge.jobs.handlers import Handler
from creditbridge.jobs.model import ScheduleMark
from creditbridge.jobs.rules import Rhythm
from creditbridge.kernel import clock
from creditbridge.store import outbox
from creditbridge.store.database import Database

PREFIX = "schedule."

_registered: dict[str, Rhythm] = {}


def register(name: str, rhythm: Rhythm, handler: Handler) -> None:
    """Say what is done in which rhythm. The handler runs as that of the event ``schedule.<name>``."""
    handlers.register(PREFIX + name, handler)
    _registered[name] = rhythm


def names() -> frozenset[str]:
    """The names of all periodic work."""
    return frozenset(_registered)


def emit_due(database: Database) -> list[str]:
    """Emit an event for each piece of work whose slot has come; answers their names."""
    instant = clock.now()
    slots = {name: rhythm.slot(instant) for name, rhythm in _registered.items()}
    with database.read() as session:
        marks = {mark.name: mark.slot for mark in session.scalars(select(ScheduleMark))}
    emitted = []
    for name, slot in slots.items():
        if name in marks and marks[name] >= slot:
            continue
        try:
            with database.write() as session:
                if _take(session, name, slot):
                    outbox.emit(session, PREFIX + name, slot=slot.isoformat())
                    emitted.append(name)
        except IntegrityError:
            continue  # another scheduler made the mark first
    return emitted


def _take(session: Session, name: str, slot: object) -> bool:
    """Move the mark to this slot, unless another scheduler was first."""
    moved = session.execute(
        update(ScheduleMark).where(ScheduleMark.name == name, ScheduleMark.slot < slot).values(slot=slot)
    )
    assert isinstance(moved, CursorResult)
    if moved.rowcount:
        return True
    if session.scalar(select(ScheduleMark.id).where(ScheduleMark.name == name)) is not None:
        return False
    session.add(ScheduleMark(name=name, slot=slot))
    session.flush()
    return True
