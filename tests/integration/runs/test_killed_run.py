"""A run that is killed (not interrupted: killed) in the middle of a part ends as one that never was."""

import json
import os
import signal
import subprocess
import sys

from creditbridge.runs import service, working
from creditbridge.runs.rules import RunKind, RunState
from tests.integration.runs.conftest import TODAY

PARTS = 4
KILLED_IN_A_PART = """
import json, os, signal, sys
from pathlib import Path
from creditbridge.app import models  # every table
from creditbridge.runs import rules, working
from creditbridge.store.database import Database

url, places, run_id, after = json.loads(sys.argv[1])
rules.parts_for = lambda _firms: 4
real, calls = working._make_current, []

def killed(session, *arguments, **options):
    real(session, *arguments, **options)
    calls.append(1)
    if len(calls) == after:
        session.flush()
        os.kill(os.getpid(), signal.SIGKILL)  # the part's file is written, its transaction is open

working._make_current = killed
working.carry_out(Database(url, places={name: Path(path) for name, path in places.items()}), run_id)
"""


def killed(city, asked, after):
    stated = [city.url, {name: str(path) for name, path in city.places.items()}, asked, after]
    child = subprocess.run(
        [sys.executable, "-c", KILLED_IN_A_PART, json.dumps(stated)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=200,
    )
    assert child.returncode == -signal.SIGKILL


def of(city, asked):
    with city.read() as session:
        return service.run_of(session, asked)


def test_a_killed_run_that_goes_on_finds_what_one_never_killed_does(city, run, monkeypatch):
    monkeypatch.setattr("creditbridge.runs.rules.parts_for", lambda _: PARTS)
    with city.write() as session:
        asked = service.ask(session, RunKind.FULL, TODAY).public_id
    killed(city, asked, 3)
    assert (of(city, asked).state, of(city, asked).parts_done) == (RunState.RUNNING, 2)
    killed(city, asked, 1)
    assert of(city, asked).parts_done == 2
    assert working.carry_out(city, asked)
    resumed = of(city, asked)
    whole = run()
    assert (resumed.state, resumed.parts_done) == (RunState.FINISHED, PARTS)
    assert (resumed.digest, resumed.snapshot) == (whole.digest, whole.snapshot)
    assert whole.changed == 0
