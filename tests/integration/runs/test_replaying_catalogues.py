"""A past score is worked out by the catalogues it was found with, whatever the installation's say by now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from creditbridge.kernel import catalogue_files, clock
from creditbridge.kernel.errors import RuleRefused
from creditbridge.records import compaction
from creditbridge.registry.model import Firm
from creditbridge.runs import models, replaying, service
from creditbridge.runs.rules import RunKind, evaluation_id
from tests.integration.runs.conftest import FIRMS, TODAY
from tests.lake import put

CARRIED_OUT = """
import json, sys
from datetime import date
from pathlib import Path
from creditbridge.kernel import catalogue_files
catalogue_files.read_from(Path(sys.argv[2]))
from creditbridge.app import models  # every table
from creditbridge.kernel import clock
from creditbridge.runs import service, working
from creditbridge.runs.rules import RunKind
from creditbridge.store.database import Database

url, places, moment = json.loads(sys.argv[1])
database = Database(url, places={name: Path(path) for name, path in places.items()})
with database.write() as session:
    asked = service.ask(session, RunKind.FULL, date.fromisoformat(moment)).public_id
assert working.carry_out(database, asked)
print(asked)
"""
NUMBER = 3


def other_catalogues(folder: Path) -> Path:
    """The catalogues as they once were: other points of indicators, another name and severity of an item."""
    for room in ("records", "scoring", "labels", "runs"):
        for path, file in catalogue_files.files_of(f"creditbridge.{room}"):
            place = folder / f"creditbridge.{room}{path}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
    general = folder / "creditbridge.scoring/indicators/general.json"
    stated = json.loads(general.read_text("utf-8"))
    for indicator in stated["indicators"]:
        for step in indicator["bins"]:
            step["points"] = step["points"] // 2
    general.write_text(json.dumps(stated, ensure_ascii=False), "utf-8")
    penalties = folder / "creditbridge.records/items/penalty.tsv"
    text = penalties.read_text("utf-8")
    assert "general" in text
    penalties.write_text(text.replace("\tgeneral\t", "\tserious\t", 3), "utf-8")
    return folder


def carried_out_under(catalogues: Path, city) -> str:
    """Carry a full run out in a process with these catalogues; answers its id."""
    stated = [city.url, {name: str(path) for name, path in city.places.items()}, TODAY.isoformat()]
    child = subprocess.run(
        [sys.executable, "-c", CARRIED_OUT, json.dumps(stated), str(catalogues)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=200,
        check=True,
    )
    return child.stdout.split()[-1]


def replayed(city, run_id, firm_no=NUMBER):
    with city.read() as session:
        firm = session.scalars(select(Firm).where(Firm.firm_no == firm_no)).one()
        return replaying.replay(session, evaluation_id(run_id, firm.public_id))


def test_a_score_found_by_earlier_catalogues_is_the_same_bytes_by_later_ones(city, run, tmp_path):
    then = carried_out_under(other_catalogues(tmp_path / "earlier"), city)
    now = run()
    by_then, by_now = replayed(city, then), replayed(city, now.public_id)
    assert by_now.is_same
    assert by_then.is_same
    found = [json.loads(one.kept) for one in (by_then, by_now)]
    assert found[0]["score"] < found[1]["score"]  # half the points: the catalogues do say otherwise
    assert found[0]["model"] != found[1]["model"]
    with city.read() as session:
        kept = models.archive_of(city.places["run_folder"], service.run_of(session, then).model["catalogues"])
    kept.unlink()
    with pytest.raises(RuleRefused) as refused:
        replayed(city, then)
    assert refused.value.code == "other_catalogues"


def with_retention(folder: Path, years: int) -> Path:
    """The catalogues with another retention of adverse records, counted from their end as before."""
    other_catalogues(folder)
    vocabulary = folder / "creditbridge.records/vocabulary.json"
    stated = json.loads(vocabulary.read_text("utf-8"))
    (adverse,) = [one for one in stated["retentions"] if one["code"] == "adverse_5y"]
    assert adverse["years"] not in {None, years}
    adverse["years"] = years
    vocabulary.write_text(json.dumps(stated, ensure_ascii=False), "utf-8")
    return folder


@pytest.mark.parametrize(("years", "ended_before", "was_rated"), [(3, 4, False), (7, 6, True)])
def test_a_score_found_under_another_retention_is_the_same_bytes(
    city, run, tmp_path, years, ended_before, was_rated
):
    """Adverse records were once kept shorter, or longer, than the installation's catalogue says now."""
    firm_no = FIRMS - 1  # of which there is no other record
    ended = TODAY - timedelta(days=365 * ended_before)
    put(city, [(firm_no, "penalty.fine", ended - timedelta(days=9), ended, 900_000)])
    then = carried_out_under(with_retention(tmp_path / "earlier", years), city)
    by_then, by_now = replayed(city, then, firm_no), replayed(city, run().public_id, firm_no)
    assert by_then.is_same
    assert by_now.is_same
    assert [json.loads(one.kept)["score"] >= 0 for one in (by_then, by_now)] == [was_rated, not was_rated]


def test_a_score_whose_records_were_purged_since_is_told_as_past_its_time(city, run):
    put(city, [(NUMBER, "penalty.fine", TODAY - timedelta(days=1_800), TODAY + timedelta(days=9), 900_000)])
    then = run()
    assert replayed(city, then.public_id).is_same
    with clock.at(datetime(2033, 1, 5, tzinfo=UTC)):
        compaction.compact(city)
        after = replayed(city, then.public_id)
    assert after.kept is not None
    assert after.again is None


def test_catalogues_are_kept_once_for_each_state_of_theirs(city, run):
    run()
    run(RunKind.DAILY)
    assert len(list((city.places["run_folder"] / "catalogues").iterdir())) == 1
