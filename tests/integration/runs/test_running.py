"""A full run over a small city: what it finds, makes current, and leaves behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from creditbridge.access.rules import Role
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FactSource
from creditbridge.facts.model import FactChange
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput
from creditbridge.registry.model import Firm
from creditbridge.runs import service, working
from creditbridge.runs.rules import RunKind, RunState
from creditbridge.scoring.scorecards import GRADES
from creditbridge.store.outbox import OutboxEvent
from tests.integration.runs.conftest import FIRMS, TODAY, drawn
from tests.lake import put


def facts_by_number(database):
    with database.read() as session:
        numbers = dict(session.execute(select(Firm.id, Firm.firm_no)).all())
        return {numbers[firm_id]: known for firm_id, known in facts.all_facts(session)}


def test_a_run_scores_every_firm_that_has_records(city, run):
    done = run()
    assert (done.state, done.firms, done.computed, done.active) == (RunState.FINISHED, FIRMS, FIRMS, None)
    known = facts_by_number(city)
    graded = known[0].values
    assert graded["platform_grade"].value in GRADES
    assert 0 <= graded["platform_score"].value <= 1000
    assert graded["platform_score"].source is FactSource.PLATFORM_SCORE
    assert graded["platform_score"].as_of == TODAY
    assert "platform_score" not in known[FIRMS - 1].values
    assert sum(done.summary["grades"].values()) == FIRMS
    assert done.summary["grades"][""] >= 1


def test_facts_are_read_from_records(city, run):
    put(city, [(2, "penalty.abnormal_unreachable", TODAY - timedelta(days=20), None, None)])
    run()
    known = facts_by_number(city)[2].values
    assert known["abnormal_listed"].value is True
    assert known["abnormal_listed"].source is FactSource.MARKET_SUPERVISION
    assert known["penalties_12m"].value >= 0


def test_labels_become_facts_and_internal_ones_do_not(city, run):
    run()
    labels = facts_by_number(city)[1].values["labels"]
    assert labels.value
    assert labels.source is FactSource.PLATFORM_SCORE


def test_the_same_run_again_changes_nothing(city, run):
    first = run()
    with city.read() as session:
        logged = session.scalars(select(FactChange.id)).all()
    again = run()
    assert again.digest == first.digest
    assert again.changed == 0
    with city.read() as session:
        assert session.scalars(select(FactChange.id)).all() == logged


def test_two_runs_do_not_go_on_at_once(city):
    with city.write() as session:
        service.ask(session, RunKind.FULL, TODAY)
    with city.write() as session, pytest.raises(Conflict) as refused:
        service.ask(session, RunKind.DAILY, TODAY)
    assert refused.value.code == "run_goes_on"


def test_a_run_is_not_for_a_day_to_come_nor_before_the_last(city, run):
    run()
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with city.write() as session, pytest.raises(InvalidInput):
            service.ask(session, RunKind.FULL, day)


def test_a_stopped_run_does_not_go_on(city, people):
    with city.write() as session:
        asked = service.ask(session, RunKind.FULL, TODAY).public_id
    administrator = people.member(Role.PLATFORM_ADMINISTRATOR)
    with city.write() as session:
        service.stop(session, asked, actor=administrator)
    assert working.carry_out(city, asked)
    assert "platform_score" not in facts_by_number(city)[0].values


def interrupted(*_args):
    raise KeyboardInterrupt


def test_a_run_whose_catalogues_were_replaced_is_begun_anew(city, monkeypatch, as_actor, people):
    with city.write() as session:
        asked = service.ask(session, RunKind.FULL, TODAY).public_id
    with monkeypatch.context() as killed:
        killed.setattr(working.pooling, "find_all", interrupted)
        with pytest.raises(KeyboardInterrupt):
            working.carry_out(city, asked)
    with city.write() as session:
        begun = service.run_of(session, asked)
        assert begun.state == RunState.RUNNING
        begun.model = {**begun.model, "catalogues": {"creditbridge.labels": "those of another version"}}
    assert working.carry_out(city, asked)
    with city.read() as session:
        assert service.run_of(session, asked).state == RunState.STOPPED
        anew = service.going_on(session)
        assert (anew.kind, anew.on_date, anew.state) == (RunKind.FULL, TODAY, RunState.WAITING)
    page = as_actor(people.member(Role.PLATFORM_ADMINISTRATOR)).get(f"/platform/runs/{asked}").text
    assert "已按新目录重新发起一次" in page
    assert working.carry_out(city, anew.public_id)
    with city.read() as session:
        assert service.last_current(session).public_id == anew.public_id


def test_a_run_for_a_past_date_changes_nothing_current(city, run):
    run()
    before = facts_by_number(city)
    past = run(RunKind.PAST, date(2026, 5, 31))
    assert past.state == RunState.FINISHED
    assert facts_by_number(city) == before
    with city.read() as session:
        months = service.months_of(session, 0)
        assert [one.run.on_date for one in months] == [date(2026, 5, 31), TODAY]


def test_an_asked_run_is_an_event_that_a_worker_carries_out(city):
    with city.write() as session:
        asked = service.ask(session, RunKind.FULL, TODAY)
        event = session.scalars(select(OutboxEvent).where(OutboxEvent.name == service.ASKED)).one()
        assert event.payload == {"run": asked.public_id}


def test_an_interrupted_run_goes_on_where_it_was(city, run, monkeypatch):
    monkeypatch.setattr("creditbridge.runs.rules.parts_for", lambda _: 4)
    with city.write() as session:
        asked = service.ask(session, RunKind.FULL, TODAY).public_id
    assert not working.carry_out(city, asked, seconds=-1)
    done = []
    real = working._make_current

    def killed(session, work, part, *rest):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(part)
        real(session, work, part, *rest)

    monkeypatch.setattr(working, "_make_current", killed)
    with pytest.raises(KeyboardInterrupt):
        working.carry_out(city, asked)
    put(city, drawn(9, 50, TODAY))  # what comes meanwhile belongs to the next run
    monkeypatch.setattr(working, "_make_current", real)
    assert working.carry_out(city, asked)
    with city.read() as session:
        resumed = service.run_of(session, asked)
        assert (resumed.state, resumed.parts_done) == (RunState.FINISHED, 4)
    assert resumed.computed == FIRMS


@pytest.mark.parametrize("parted", [False, True])
def test_a_daily_run_finds_what_a_full_one_does(city, run, monkeypatch, parted):
    """Day after day with new records, overlays and passing time: bit for bit, facts included."""
    if parted:
        monkeypatch.setattr("creditbridge.runs.rules.parts_for", lambda _: 4)
    start = date(2026, 11, 1)
    with clock.at(clock.now()):
        run(RunKind.FULL, start)
    computed = []
    for step, day in enumerate((date(2026, 11, 2), date(2026, 11, 9), TODAY)):
        put(city, drawn(100 + step, 12, day, days=60))
        daily = run(RunKind.DAILY, day)
        computed.append(daily.computed)
        after_daily = facts_by_number(city)
        full = run(RunKind.FULL, day)
        assert daily.digest == full.digest
        assert full.changed == 0
        assert full.snapshot == daily.snapshot
        assert facts_by_number(city) == after_daily
    assert min(computed) < FIRMS
