"""What was recorded stays as it was recorded, and what was cut off is missed."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from creditbridge.app.migrations import triggers
from creditbridge.store import audit, audit_head
from creditbridge.store.database import Database
from matching.applications import offering, reviewing
from tests.scene import terms


@pytest.fixture
def offered(database: Database, scene, lender, firm, product) -> None:
    sent = scene.submit(firm, [product])[0].public_id
    with database.write() as session:
        reviewing.accept(session, lender.reviewer, sent)
        reviewing.start_review(session, lender.reviewer, sent)
        offering.propose_terms(session, lender.reviewer, sent, terms())
        offering.approve_terms(session, lender.approver, sent)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE offer SET amount_fen = 1",
        "UPDATE offer SET annual_rate_ppm = 240000, conditions = 'x'",
        "DELETE FROM offer",
        "UPDATE submission_event SET reason = 'another'",
        "DELETE FROM submission_event",
    ],
)
@pytest.mark.usefixtures("offered")
def test_terms_and_steps_cannot_be_rewritten(database: Database, statement: str) -> None:
    # The triggers are made and rolled back with the refused change: other tests have tables without them.
    with database.write_session() as session:
        triggers.create(session.connection())
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text(statement))
        session.rollback()


def _record(session: Session, action: str) -> None:
    audit.record(session, action, subject_kind="thing", subject_id="1")


def test_a_trail_that_was_cut_no_longer_holds_its_head(database: Database) -> None:
    with database.write() as session:
        _record(session, "first")
        _record(session, "second")
    with database.write() as session:
        kept = audit_head.present(session)
        assert audit_head.holds(session, kept)
        session.execute(text("DELETE FROM audit_entry WHERE action = 'second'"))
        assert list(audit.broken_entries(session)) == []
        assert not audit_head.holds(session, kept)


def test_another_entry_in_the_place_of_the_head_is_found(database: Database) -> None:
    with database.write() as session:
        _record(session, "first")
        kept = audit_head.present(session)
        session.execute(text("DELETE FROM audit_entry"))
        _record(session, "another")
        assert not audit_head.holds(session, kept)
