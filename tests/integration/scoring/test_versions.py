"""Versions of the scorecard: drafted, compared on the whole city, approved by a second person, put into use."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel.errors import (
    Conflict,
    DuplicateRequest,
    InvalidInput,
    NotAllowed,
    NotFound,
    RuleRefused,
)
from creditbridge.runs import models
from creditbridge.scoring import deciding, service, tasks, trying
from creditbridge.scoring.comparing import Comparison
from creditbridge.scoring.model import ScorecardTrial, ScorecardVersion
from creditbridge.scoring.rules import VersionState
from creditbridge.scoring.scorecards import first_scorecard
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent

NOTE = "提高成立年限的权重"


def content(**weights: int) -> dict[str, Any]:
    changed = copy.deepcopy(dict(first_scorecard()))
    changed["weights"] |= weights
    return changed


def started(database: Database, author: Actor, **weights: int) -> str:
    with database.write() as session:
        public_id = service.start(session, author).public_id
        if weights:
            service.rewrite(session, author, public_id, content(**weights), note=NOTE)
    return public_id


def try_it(database: Database, author: Actor, public_id: str) -> ScorecardTrial:
    with database.write() as session:
        trial_id = trying.ask(session, author, public_id).public_id
    assert tasks.carry_out_trial(database, {"trial_id": trial_id})
    with database.read() as session:
        return session.scalars(select(ScorecardTrial).where(ScorecardTrial.public_id == trial_id)).one()


def waiting(database: Database, author: Actor) -> str:
    public_id = started(database, author, firm_age=500)
    try_it(database, author, public_id)
    with database.write() as session:
        service.submit(session, author, public_id)
    return public_id


def row_of(database: Database, public_id: str) -> ScorecardVersion:
    with database.read() as session:
        return service.version(session, public_id)


def test_the_installations_own_is_in_use_until_another_is_approved(database, author):
    with database.read() as session:
        assert service.in_use(session).number == 1
        assert service.in_use(session).public_id is None
    public_id = started(database, author)
    with database.read() as session:
        assert service.in_use(session).number == 1
        assert [row.number for row in service.versions(session)] == [2, 1]
        assert service.in_work(session).public_id == public_id


def test_a_trial_tells_who_moves_on_the_whole_city(city, author):
    trial = try_it(city, author, started(city, author, firm_age=500))
    outcome = Comparison.from_json(trial.result)
    assert trial.state == "done"
    assert trial.firms == outcome.whole.firms == 6
    assert outcome.whole.higher + outcome.whole.lower > 0
    assert set(outcome.by_division) == {17, 52}


def test_a_trial_is_done_once(city, author):
    public_id = started(city, author, firm_age=500)
    trial = try_it(city, author, public_id)
    tasks.carry_out_trial(city, {"trial_id": trial.public_id})
    again = row_of(city, public_id).trials
    assert [one.finished_at for one in again] == [trial.finished_at]


def test_a_trial_of_what_was_changed_meanwhile_comes_to_nothing(city, author):
    public_id = started(city, author, firm_age=500)
    with city.write() as session:
        trial_id = trying.ask(session, author, public_id).public_id
        service.rewrite(session, author, public_id, content(firm_age=400), note=NOTE)
    tasks.carry_out_trial(city, {"trial_id": trial_id})
    assert row_of(city, public_id).trials[0].state == "failed"


def test_the_same_trial_is_not_asked_for_twice(city, author):
    public_id = started(city, author, firm_age=500)
    with city.write() as session:
        trying.ask(session, author, public_id)
        assert session.scalars(select(OutboxEvent).where(OutboxEvent.name == trying.ASKED)).one()
    with city.write() as session, pytest.raises(DuplicateRequest):
        trying.ask(session, author, public_id)


def test_nothing_is_submitted_that_was_not_tried_or_not_changed(city, author):
    public_id = started(city, author)
    with city.write() as session, pytest.raises(RuleRefused, match="nothing_changed"):
        service.submit(session, author, public_id)
    with city.write() as session:
        service.rewrite(session, author, public_id, content(firm_age=500), note=NOTE)
    with city.write() as session, pytest.raises(RuleRefused, match="not_tried"):
        service.submit(session, author, public_id)


def test_a_second_person_puts_it_into_use(city, author, second):
    public_id = waiting(city, author)
    seen = row_of(city, public_id).version
    with city.write() as session, pytest.raises(RuleRefused, match="own_work"):
        deciding.approve(session, author, public_id, seen=seen)
    with city.write() as session:
        deciding.approve(session, second, public_id, seen=seen)
    with city.read() as session:
        present = service.in_use(session)
        assert (present.number, present.card.weights["firm_age"]) == (2, 500)
        assert [row.state for row in service.versions(session)] == [VersionState.LIVE, VersionState.REPLACED]
        assert service.in_work(session) is None
        assert models.current(session, date(2026, 11, 23)).stated["scorecard"]["number"] == 2


def test_a_second_person_hands_it_back_with_a_reason(city, author, second):
    public_id = waiting(city, author)
    seen = row_of(city, public_id).version
    with city.write() as session, pytest.raises(InvalidInput):
        deciding.return_to_draft(session, second, public_id, " ", seen=seen)
    with city.write() as session:
        deciding.return_to_draft(session, second, public_id, "对小微企业影响过大", seen=seen)
    found = row_of(city, public_id)
    assert (found.state, found.returned_reason) == (VersionState.DRAFT, "对小微企业影响过大")


def test_what_changed_since_it_was_looked_at_is_not_decided(city, author, second):
    public_id = waiting(city, author)
    with city.write() as session, pytest.raises(Conflict):
        deciding.approve(session, second, public_id, seen=1)


def test_what_waits_cannot_be_rewritten(city, author):
    public_id = waiting(city, author)
    with city.write() as session, pytest.raises(Conflict):
        service.rewrite(session, author, public_id, content(capital=3), note=NOTE)
    with city.write() as session:
        service.version(session, public_id).digest = "x"
        with pytest.raises(AssertionError, match="cannot be rewritten"):
            session.flush()
        session.rollback()


def test_one_version_is_in_work_at_a_time(database, author):
    public_id = started(database, author)
    with database.write() as session, pytest.raises(DuplicateRequest):
        service.start(session, author)
    with database.write() as session:
        service.discard(session, author, public_id)
    started(database, author)
    with database.read() as session:
        assert [row.number for row in service.versions(session)] == [3, 2, 1]


def test_only_administrators_write(database, people):
    with database.write() as session, pytest.raises(NotAllowed):
        service.start(session, people.member(Role.PLATFORM_AUDITOR))


def test_a_broken_content_is_refused_with_its_places(database, author):
    public_id = started(database, author)
    with database.write() as session, pytest.raises(InvalidInput) as refused:
        service.rewrite(session, author, public_id, content(nonsense=3, firm_age=-1), note=NOTE)
    assert set(refused.value.fields) == {"nonsense", "firm_age"}


def test_an_unknown_version_is_not_found(database):
    with database.read() as session, pytest.raises(NotFound):
        service.version(session, "0" * 20)
