from __future__ import annotations

from datetime import timedelta

import pytest

from creditbridge.kernel import clock
from creditbridge.store import outbox
from creditbridge.store.database import Database


def test_an_event_is_handed_over_once_and_again_after_a_while(database: Database):
    with database.write() as session:
        event = outbox.emit(session, "room.happened", thing="1")
    with database.write() as session:
        assert [waiting.public_id for waiting in outbox.waiting(session)] == [event.public_id]
        outbox.mark_enqueued(session, [event.id])
    with database.read() as session:
        assert list(outbox.waiting(session)) == []
    with clock.at(clock.now() + outbox.RESEND_AFTER + timedelta(seconds=1)), database.read() as session:
        assert len(outbox.waiting(session)) == 1


def test_a_done_event_is_not_claimed_again(database: Database):
    with database.write() as session:
        event = outbox.emit(session, "room.happened")
    with database.write() as session:
        claimed = outbox.claim_open(session, event.public_id)
        assert claimed is not None
        outbox.mark_done(session, claimed)
    with database.write() as session:
        assert outbox.claim_open(session, event.public_id) is None


def _emit_and_fail(database: Database) -> None:
    with database.write() as session:
        outbox.emit(session, "room.happened")
        session.flush()
        raise ZeroDivisionError


def test_an_event_of_a_failed_unit_never_was(database: Database):
    with pytest.raises(ZeroDivisionError):
        _emit_and_fail(database)
    with database.read() as session:
        assert list(outbox.waiting(session)) == []
