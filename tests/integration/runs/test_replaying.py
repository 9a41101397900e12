"""Past scores again, byte for byte; and what the facts would be."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import update

from creditbridge.facts import service as facts
from creditbridge.facts import snapshots
from creditbridge.facts.actions import Action, ActionKind
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.records import overlays
from creditbridge.records.overlaying import OverlayKind
from creditbridge.registry.model import Firm
from creditbridge.runs import replaying, service, simulating, tasks, working
from creditbridge.runs.model import Run
from creditbridge.runs.rules import RunKind, evaluation_id
from tests.integration.runs.conftest import TODAY, drawn
from tests.lake import put


def firm_of(session, number):
    return session.query(Firm).where(Firm.firm_no == number).one()


def replayed(city, run, number=3):
    with city.read() as session:
        return replaying.replay(session, evaluation_id(run.public_id, firm_of(session, number).public_id))


def test_a_past_score_is_the_same_bytes_whatever_came_since(city, run):
    past = run(RunKind.FULL, date(2026, 11, 1))
    put(city, drawn(5, 200, TODAY))
    with city.write() as session:
        session.execute(update(Firm).where(Firm.firm_no == 3).values(industry_code="5211"))
        firm = firm_of(session, 3)
        held = working.manifest.opened(session).held_of(firm.firm_no)
        overlays.lay(session, 3, int(held.record_no[0]), OverlayKind.DISPUTED)
    run(RunKind.DAILY, TODAY)
    again = replayed(city, past)
    assert again.is_same
    assert again.kept != replayed(city, run(RunKind.DAILY, TODAY)).kept


def test_a_changed_finding_is_found(city, run, monkeypatch):
    done = run()
    real = replaying.results.of
    monkeypatch.setattr(replaying.results, "of", lambda found: _one_more_point(real(found)))
    again = replayed(city, done)
    assert again.kept is not None
    assert not again.is_same


def _one_more_point(found):
    found.score[0] += 1
    return found


def test_past_its_retention_the_digest_remains(city, run):
    done = run()
    for file in (city.places["run_folder"] / done.public_id).iterdir():
        file.unlink()
    replaying.results.read.cache_clear()
    again = replayed(city, done)
    assert again.kept is None
    assert again.run_digest == done.digest


def test_other_catalogues_are_said(city, run):
    done = run()
    with city.write() as session:
        session.get_one(Run, done.id).model = {**done.model, "catalogues": {}}
    with pytest.raises(RuleRefused):
        replayed(city, done)


def test_an_id_that_is_none_is_refused(city, run):
    run()
    with city.read() as session:
        with pytest.raises(InvalidInput):
            replaying.replay(session, "abc")
        with pytest.raises(NotFound):
            replaying.replay(session, "abc.def")


def wait(on):
    return Action("wait", "wait", ActionKind.WAIT, Words("等", "Wait"), Words("", ""), on)


def test_simulating_nothing_today_is_what_the_run_found(city, run):
    run()
    with city.read() as session:
        firm = firm_of(session, 4)
        assert simulating.simulate(session, firm.id, [], TODAY) == facts.facts_of(session, firm.id)


def test_simulating_a_later_day_is_what_a_run_on_it_finds(city, run):
    later = TODAY + timedelta(days=40)
    run()
    with city.read() as session:
        would_be = simulating.simulate(session, firm_of(session, 6).id, [wait(later)], later)
    with clock.at(clock.now() + timedelta(days=40)):
        run(RunKind.FULL, later)
    with city.read() as session:
        found = facts.facts_of(session, firm_of(session, 6).id)
    assert dict(would_be.values) == dict(found.values)


def test_a_repaired_record_is_out_of_every_fact_it_was_in(city, run):
    number = put(city, [(5, "penalty.fine_large", TODAY - timedelta(days=30), None, 900_000)])[0]
    run()
    repair = Action(
        "r", "r", ActionKind.REPAIR, Words("修复", "Repair"), Words("", ""), TODAY, records=(number,)
    )
    with city.read() as session:
        firm = firm_of(session, 5)
        before = facts.facts_of(session, firm.id).values
        after = simulating.simulate(session, firm.id, [repair], TODAY).values
    assert after["penalties_12m"].value == before["penalties_12m"].value - 1
    assert after["platform_score"].value >= before["platform_score"].value
    assert not after["labels"].value & (before["labels"].value - after["labels"].value)


def test_putting_a_fact_right_ends_the_records_it_is_read_from(city, run):
    put(city, [(5, "penalty.abnormal_report", TODAY - timedelta(days=90), None, None)])
    run()
    filed = Action(
        "f",
        "f",
        ActionKind.FILE,
        Words("补报", "File"),
        Words("", ""),
        TODAY,
        values={"annual_report_filed": True},
    )
    with city.read() as session:
        firm = firm_of(session, 5)
        assert facts.facts_of(session, firm.id).values["abnormal_listed"].value is True
        after = simulating.simulate(session, firm.id, [filed], TODAY).values
    assert after["abnormal_listed"].value is False
    assert after["annual_report_filed"].value is True


def test_a_search_works_the_records_out_once_for_each_change_of_them(city, run, monkeypatch):
    number = put(city, [(5, "penalty.fine_large", TODAY - timedelta(days=30), None, 900_000)])[0]
    run()
    words = Words("做", "Do")
    repair = Action("r", "r", ActionKind.REPAIR, words, words, TODAY, records=(number,))
    reports = [
        Action(code, code, ActionKind.REPORT, words, words, TODAY, values={"export_volume_12m": sum_fen})
        for code, sum_fen in (("a", 1_000_00), ("b", 2_000_00))
    ]
    worked_out = []
    evaluate = simulating.evaluate
    monkeypatch.setattr(simulating, "evaluate", lambda *asked: worked_out.append(asked) or evaluate(*asked))
    with city.read() as session:
        firm = firm_of(session, 5)
        simulated = simulating.simulation_of(session, firm.id)
        for actions in ([], *([one] for one in reports), [repair], [repair, reports[0]]):
            assert simulated(actions, TODAY) == simulating.simulate(session, firm.id, actions, TODAY)
    assert len(worked_out) == 2 + 5, "two changes of the records, and each of five sets by itself"


def test_a_snapshot_holds_every_firm_and_its_name(city, run):
    done = run()
    place = city.places["snapshot_folder"]
    snapshots.verify(place, done.snapshot)
    with city.read() as session:
        known = facts.facts_of(session, firm_of(session, 7).id)
    kept = snapshots.read(place, done.snapshot, 7)
    assert kept is not None
    assert (dict(kept.values), dict(kept.lists)) == (dict(known.values), dict(known.lists))
    assert snapshots.read(place, done.snapshot, 4_000) is None


def test_the_months_first_run_is_a_full_one_and_later_ones_daily(city, run):
    with city.write() as session:
        tasks.ask_due(session, {})
    with city.read() as session:
        asked = service.runs(session)[0]
    assert asked.kind == RunKind.FULL
    assert tasks.carry_out(city, {"run": asked.public_id})
    with city.write() as session:
        tasks.ask_due(session, {})
        assert len(service.runs(session)) == 1
    with clock.at(clock.now() + timedelta(days=1)), city.write() as session:
        tasks.ask_due(session, {})
        assert service.runs(session)[0].kind == RunKind.DAILY
