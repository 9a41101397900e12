"""An intake that is killed (not interrupted: killed) leaves the lake as it was, and the batch can be sent again."""

import os
import signal
import subprocess
import sys

import pytest

from creditbridge.records import batches, intake
from creditbridge.records.batch_report import Sent
from creditbridge.records.feeds import feeds
from tests.firms import register_firm
from tests.lake import opened

KILLED = """
import os, signal, sys
from pathlib import Path
from creditbridge.app import models  # every table
from creditbridge.kernel import clock
from creditbridge.records import batches, intake, manifest, merging, segments
from creditbridge.records.batch_report import Sent
from creditbridge.records.feeds import feeds
from creditbridge.store.database import Database

url, folder, path, room, name = sys.argv[1:]

def killed(*_args):
    os.kill(os.getpid(), signal.SIGKILL)

setattr({"manifest": manifest, "batches": batches, "segments": segments, "merging": merging}[room], name, killed)
intake.take(Database(url, places={"lake_folder": Path(folder)}), feeds()["abnormal_list"], Sent(Path(path), "a.csv"))
"""


@pytest.mark.parametrize(
    ("room", "name"),
    [
        ("batches", "progress"),  # the file is read, nothing is written
        ("segments", "sync_folder"),  # its files are written, nothing is listed
        ("manifest", "list_files"),  # the batch is marked, its files are written, the transaction is open
    ],
)
@pytest.mark.skipif(
    bool(os.environ.get("TEST_DATABASE_URL")), reason="the child opens the file of this test's SQLite"
)
def test_a_killed_intake_leaves_nothing_and_the_batch_can_be_sent_again(database, tmp_path, room, name):
    with database.write() as session:
        code = register_firm(session).uscc
    path = tmp_path / "a.csv"
    path.write_text(
        f"uni_social_crd_cd,busexclist,inclu_dt,remove_dt,inclu_reason\n{code},1,2025-03-01,,年报\n"
    )
    child = subprocess.run(
        [sys.executable, "-c", KILLED, database.url, str(tmp_path / "lake"), str(path), room, name],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=100,
    )
    assert child.returncode == -signal.SIGKILL
    assert opened(database).rows() == {}
    with database.read() as session:
        assert [batch.state for batch in batches.listed(session).batches] == ["taking"]
    assert intake.take(database, feeds()["abnormal_list"], Sent(path, "a.csv")).records == 1
    assert sum(opened(database).rows().values()) == 1
