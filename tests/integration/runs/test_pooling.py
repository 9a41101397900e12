"""Several processes find what one finds, and neither the death of one of them nor of all changes that."""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from creditbridge.labels.model import FirmLabels
from creditbridge.runs import finding, pooling, registrations, service, working
from creditbridge.runs.model import RunPart
from creditbridge.runs.rules import RunKind, RunState
from tests.integration.runs.conftest import TODAY

PARTS = 16
KILLED_AFTER_TWO_PARTS = """
import json, os, signal, sys
from pathlib import Path


def main():
    from creditbridge.app import models  # every table
    from creditbridge.runs import rules, working
    from creditbridge.store.database import Database

    url, places, run_id = json.loads(sys.argv[1])
    rules.parts_for = lambda _firms: 16

    def told(done, parts):
        if done == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    database = Database(url, places={name: Path(path) for name, path in places.items()})
    working.carry_out(database, run_id, told=told, processes=2)


if __name__ == "__main__":
    main()
"""


@pytest.fixture(autouse=True)
def many_parts(monkeypatch):
    monkeypatch.setattr("creditbridge.runs.rules.parts_for", lambda _: PARTS)


@pytest.fixture
def asked(city):
    with city.write() as session:
        return service.ask(session, RunKind.FULL, TODAY).public_id


def outcome(city, run_id):
    """What a run left behind, apart from its id."""
    with city.read() as session:
        run = service.run_of(session, run_id)
        parts = session.execute(
            select(RunPart.part, RunPart.digest, RunPart.computed, RunPart.tallies)
            .where(RunPart.run_id == run.id)
            .order_by(RunPart.id)
        ).all()
        labels = session.execute(
            select(FirmLabels.firm_id, FirmLabels.details, FirmLabels.digest).order_by(FirmLabels.firm_id)
        ).all()
        assert run.state == RunState.FINISHED
        return run.digest, run.snapshot, run.summary, [tuple(row) for row in (*parts, *labels)]


def test_two_processes_leave_behind_what_one_does(city, asked, run):
    assert working.carry_out(city, asked, processes=2)
    by_two = outcome(city, asked)
    by_one = run()
    assert by_two == outcome(city, by_one.public_id)
    assert by_one.changed == 0


def test_a_run_goes_on_when_a_process_that_finds_is_killed(city, asked, run):
    killed = []

    def told(done, _parts):
        if done == 2:
            for child in multiprocessing.active_children():
                os.kill(child.pid, signal.SIGKILL)
                killed.append(child.pid)

    assert working.carry_out(city, asked, told=told, processes=2)
    assert len(killed) == 2
    assert outcome(city, asked) == outcome(city, run().public_id)
    assert not multiprocessing.active_children()


def test_a_run_goes_on_when_the_processes_are_found_lost_as_a_part_is_handed_to_them(
    city, asked, run, monkeypatch
):
    submitted = []
    submit = pooling.ProcessPoolExecutor.submit

    def lost_at_the_sixth(pool, *call):
        submitted.append(call)
        if len(submitted) == 6:
            raise pooling.BrokenProcessPool
        return submit(pool, *call)

    monkeypatch.setattr(pooling.ProcessPoolExecutor, "submit", lost_at_the_sixth)
    assert working.carry_out(city, asked, processes=2)
    assert len(submitted) > PARTS
    assert outcome(city, asked) == outcome(city, run().public_id)


def test_the_others_end_when_the_one_that_writes_is_killed_and_the_run_goes_on_later(
    city, asked, run, tmp_path
):
    script = tmp_path / "killed.py"
    script.write_text(KILLED_AFTER_TWO_PARTS)
    stated = [city.url, {name: str(path) for name, path in city.places.items()}, asked]
    # Whoever is left of them would hold the output open, and this would not return.
    child = subprocess.run(
        [sys.executable, str(script), json.dumps(stated)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        timeout=100,
    )
    assert child.returncode == -signal.SIGKILL
    with city.read() as session:
        assert service.run_of(session, asked).parts_done == 2
    assert working.carry_out(city, asked, processes=2)
    assert outcome(city, asked) == outcome(city, run().public_id)


def test_no_transaction_is_open_while_parts_are_found(city, asked, monkeypatch):
    taken = []

    def finding_noticed(*work):
        taken.append(city.engine.pool.checkedout())
        return finding.find(*work)

    monkeypatch.setattr(pooling, "find", finding_noticed)
    assert working.carry_out(city, asked, processes=1)
    assert taken == [0] * PARTS


def test_a_run_handed_back_leaves_no_process_behind(city, asked):
    assert not working.carry_out(city, asked, seconds=-1, processes=2)
    assert not multiprocessing.active_children()


def test_a_run_that_rests_on_one_before_starts_no_processes(city, run, monkeypatch):
    run()
    monkeypatch.setattr(pooling, "_started", None)  # calling it would fail
    run(RunKind.DAILY)
    with city.write() as session:
        asked = service.ask(session, RunKind.FULL, TODAY).public_id
    with pytest.raises(TypeError):
        working.carry_out(city, asked, processes=2)


def test_processes_that_are_lost_again_and_again_fail_the_run(city, asked, monkeypatch):
    others = SimpleNamespace(catalogue_digests=dict)  # those that are started read the true ones, and end
    monkeypatch.setattr(pooling, "models", others)
    with pytest.raises(pooling.BrokenProcessPool):
        working.carry_out(city, asked, processes=2)
    with city.read() as session:
        assert service.run_of(session, asked).parts_done == 0


def test_a_run_is_handed_over_whole(city, asked):
    with city.write() as session:
        work = working._begin(session, asked, registrations.read(session))
    again = pickle.loads(pickle.dumps(work))  # noqa: S301 - of this very process
    for part in range(3):
        assert finding.find(again, part, {}).digest == finding.find(replace(work), part, {}).digest
