"""What a worker does with a job: bring about one outbox event, at most once.

The event is claimed, brought about and marked done in one transaction (see :mod:`creditbridge.jobs.handlers` for
those that ask somebody outside). A job that was delivered twice finds the
event done and does nothing; one that was lost is handed over again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from creditbridge.jobs import handlers
from creditbridge.store import outbox
from creditbridge.store.database import Database, is_retryable

MAX_TRIES = 3


class _Workplace:
    """The database of this process. RQ calls a job by its name and arguments alone, so it must be found here."""

    database: Database | None = None


def work_on(database: Database) -> None:
    """Say which database the jobs of this process, and of the processes it forks, work on."""
    _Workplace.database = database


def handle(public_id: str) -> bool:
    """Bring about one event; answers whether there was anything left to do.

    Raises:
        UnknownEvent: if no handler is registered for it.
        Exception: whatever the handler raised; it is noted on the event, which stays open.
    """
    database = _Workplace.database
    assert database is not None, "the worker has not said which database it works on"
    try:
        return _bring_about(database, public_id)
    except Exception as error:
        _note_failure(database, public_id, error)
        raise


def _bring_about(database: Database, public_id: str) -> bool:
    for attempt in range(1, MAX_TRIES + 1):
        try:
            with database.write() as session:
                event = outbox.claim_open(session, public_id)
                if event is None:
                    return False
                outside = handlers.outside_handler_of(event.name)
                if outside is None:
                    handlers.handler_of(event.name)(session, event.payload)
                    outbox.mark_done(session, event)
        except SQLAlchemyError as error:
            if attempt == MAX_TRIES or not is_retryable(error):
                raise
        else:
            return outside is None or _ask_outside(database, outside, public_id, event.payload)
    raise AssertionError("the last try either answers or raises")


def _ask_outside(
    database: Database, handler: handlers.OutsideHandler, public_id: str, payload: Mapping[str, Any]
) -> bool:
    """Let a handler ask somebody outside with no transaction open; the event is done when it says so."""
    if handler(database, payload):
        with database.write() as session:
            event = outbox.claim_open(session, public_id)
            if event is not None:
                outbox.mark_done(session, event)
    return True


def _note_failure(database: Database, public_id: str, error: Exception) -> None:
    """Keep what went wrong beside the event. If even that fails, the handler's error matters more."""
    with suppress(SQLAlchemyError), database.write() as session:
        outbox.mark_failed(session, public_id, f"{type(error).__name__}: {error}")
