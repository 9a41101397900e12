"""A match that was acted on can be worked out again to the same bytes, whatever has happened since."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from creditbridge.app.replaying import replay as command
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource, FactValue
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.store.database import Database
from lenders.admission.tree import Operator
from matching.applications import kept_matches
from matching.applications.model import KeptMatch, Submission
from tests.products import criterion, rule
from tests.scene import Scene

AGED = rule(
    criterion("platform_grade", Operator.AT_LEAST, "C"),
    criterion("established_on", Operator.AT_LEAST, 3),
    criterion("loan_purpose", Operator.IN_SET, ("working_capital",)),
)


@pytest.fixture
def submission(database: Database, scene: Scene) -> Submission:
    lender, firm = scene.lender(), scene.firm(grade="B")
    product = scene.product(lender, admission=AGED)
    value = FactValue(date(2020, 1, 1), FactSource.REGISTRY, date(2026, 11, 1))
    with database.write() as session:
        facts.record_facts(session, firm.id, {"established_on": value}, actor=None, reason="test")
    (sent,) = scene.submit(firm, [product])
    with database.write() as session:
        lower = FactValue("E", FactSource.PLATFORM_SCORE, date(2026, 11, 2))
        facts.record_facts(session, firm.id, {"platform_grade": lower}, actor=None, reason="test")
    return sent


def test_the_same_bytes_come_again_after_facts_and_days_have_changed(
    database: Database, submission: Submission
) -> None:
    with clock.at(datetime(2029, 3, 1, tzinfo=UTC)), database.read() as session:
        replayed = kept_matches.replay(session, submission.public_id)
    assert replayed.is_same
    assert replayed.same_model
    assert b'"verdict":"eligible"' in replayed.kept
    assert b'"value":"B"' in replayed.kept or b"B" in replayed.kept


def test_what_was_tampered_with_is_told(database: Database, submission: Submission) -> None:
    with database.write() as session:
        match = session.scalars(select(KeptMatch)).one()
        stated = dict(match.facts or {})
        stated["values"] = {
            **stated["values"],
            "platform_grade": {**stated["values"]["platform_grade"], "value": "A"},
        }
        session.execute(update(KeptMatch).values(facts=stated))
    with database.read() as session:
        assert not kept_matches.replay(session, submission.public_id).is_same


def test_past_retention_the_digest_remains(database: Database, submission: Submission) -> None:
    with database.write() as session:
        digest = session.scalars(select(KeptMatch.digest)).one()
        session.execute(update(KeptMatch).values(facts=None))
    with database.read() as session:
        replayed = kept_matches.replay(session, submission.public_id)
        assert (replayed.again, replayed.digest) == (None, digest)
        with pytest.raises(NotFound):
            kept_matches.replay(session, "0" * 20)


class _Context:
    def __init__(self, database: Database) -> None:
        self._database = database

    def database(self) -> Database:
        return self._database


def test_the_command_tells_whether_the_bytes_are_the_same(database: Database, submission: Submission) -> None:
    ran = CliRunner().invoke(command, ["match", submission.public_id], obj=_Context(database))
    assert ran.exit_code == 0, ran.output
    assert "The same bytes again" in ran.output
    with database.write() as session:
        session.execute(update(KeptMatch).values(answer="{}"))
    assert CliRunner().invoke(command, ["match", submission.public_id], obj=_Context(database)).exit_code == 1
