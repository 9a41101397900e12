"""`creditbridge run` as a person uses it: started, stopped, killed, refused. Nothing may be left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from creditbridge.app import reaper

pytestmark = pytest.mark.timeout(
    300
)  # each test starts every process, some twice, on a machine that may be busy

ROOT = Path(reaper.__file__).parents[3]
READY_SECONDS = 120
GONE_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], object], seconds: float, what: str) -> object:
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return result


class Running:
    """One run command in a session of its own, with every process that carries its mark in the environment."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        self.data_dir = data_dir
        self.port = int(settings.get("PORT") or free_port())
        self.mark = f"creditbridge-test-{os.getpid()}-{self.port}-{time.monotonic_ns()}"
        given = {
            name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}
        }
        environ = given | {
            "ENVIRONMENT": "test",
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "platform"), str(ROOT)]),
            "CREDITBRIDGE_TEST_MARK": self.mark,
        }
        # A file and not a pipe, so that what was printed can be read while the run goes on.
        self.printed = Path(tempfile.mkstemp(prefix=self.mark, suffix=".txt")[1])
        with self.printed.open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "creditbridge.app.cli", "run"],
                env=environ | settings,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        return self.printed.read_text()

    def answer(self, path: str) -> int | None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            assert self.process.poll() is None, self.output
            return self.answer("/readyz") == 200

        until(ready, READY_SECONDS, "ready")
        # All services are started before the web server is asked; each shows by its own process.
        until(lambda: len(self.commands("creditbridge.app.cli")) >= 3, READY_SECONDS, "workers and relay")
        until(lambda: f"http://127.0.0.1:{self.port}" in self.output, READY_SECONDS, "the address")

    def living(self) -> dict[int, str]:
        """Every living process that was started below this run, wherever it has moved itself."""
        found = {}
        for pid in reaper._living():
            with suppress(OSError):
                if self.mark in Path(f"/proc/{pid}/environ").read_text(errors="replace"):
                    found[pid] = Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        return found

    def commands(self, part: str) -> list[int]:
        return [pid for pid, command in self.living().items() if part in command]

    def stop(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(number)
        return self.process.wait(timeout=GONE_SECONDS), self.output

    def wait_until_nothing_is_left(self) -> None:
        until(lambda: not self.living(), GONE_SECONDS, f"left behind: {self.living()}")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(data_dir: Path | None = None, **settings: str) -> Running:
        running = Running(data_dir or tmp_path / "data", **settings)
        started.append(running)
        return running

    yield begin
    for running in started:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()
        running.printed.unlink()
        for pid in running.living():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A run for the tests that leave it running, with a folder whose name is not simple."""
    running = Running(tmp_path_factory.mktemp("shared") / "数据 folder")
    running.wait_until_ready()
    yield running
    running.stop()
    running.wait_until_nothing_is_left()
    running.printed.unlink()


def refusal(running: Running) -> str:
    assert running.process.wait(timeout=READY_SECONDS) != 0
    running.wait_until_nothing_is_left()
    return running.output.strip()


linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything(start: Callable[..., Running], number: signal.Signals) -> None:
    running = start()
    running.wait_until_ready()

    code, output = running.stop(number)

    assert code == 0
    assert f"http://127.0.0.1:{running.port}" in output
    assert running.living() == {}


@linux_only
def test_a_signal_that_arrives_twice_stops_in_order(start: Callable[..., Running]) -> None:
    running = start()
    running.wait_until_ready()
    running.process.send_signal(signal.SIGTERM)

    code, output = running.stop()

    assert code == 0
    assert "Stopped." in output
    assert running.living() == {}


@linux_only
def test_a_child_that_does_not_stop_is_killed(start: Callable[..., Running]) -> None:
    running = start()
    running.wait_until_ready()
    for pid in running.commands("creditbridge.app.cli worker"):
        os.kill(pid, signal.SIGSTOP)

    code, _ = running.stop()

    assert code == 0
    assert running.living() == {}


@linux_only
def test_a_killed_supervisor_leaves_nothing_and_can_be_started_again(start: Callable[..., Running]) -> None:
    running = start()
    running.wait_until_ready()
    running.process.kill()

    again = start(running.data_dir, PORT=str(running.port))
    again.wait_until_ready()

    assert running.living() == {}
    assert again.stop()[0] == 0
    again.wait_until_nothing_is_left()


@linux_only
def test_a_killed_worker_is_started_again(shared: Running) -> None:
    killed = set(shared.commands("creditbridge.app.cli worker"))
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    until(lambda: set(shared.commands("creditbridge.app.cli worker")) - killed, READY_SECONDS, "a new worker")


def test_data_survives_a_restart(start: Callable[..., Running]) -> None:
    running = start()
    running.wait_until_ready()
    running.stop()
    database = running.data_dir / "creditbridge.sqlite3"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE change_counter SET value = 42")
    connection.close()

    again = start(running.data_dir)
    again.wait_until_ready()
    again.stop()

    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT value FROM change_counter").fetchone() == (42,)
    connection.close()


def test_the_broker_keeps_an_append_only_file(shared: Running) -> None:
    assert list((shared.data_dir / "broker" / "appendonlydir").glob("*.aof"))


def test_a_taken_port_is_told_in_one_line(start: Callable[..., Running]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        told = refusal(start(PORT=str(port)))

    assert told.startswith(f"Error: Port {port} of 127.0.0.1 cannot be used")
    assert "\n" not in told


def test_an_unwritable_data_folder_is_told_in_one_line(start: Callable[..., Running], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told = refusal(start(tmp_path / "file" / "data"))

    assert told.startswith("Error: The data folder")
    assert "\n" not in told


def test_a_second_run_with_the_same_folder_is_refused(start: Callable[..., Running], shared: Running) -> None:
    told = refusal(start(shared.data_dir))

    assert f"already runs with the data folder {shared.data_dir} (process {shared.process.pid})" in told
    assert "\n" not in told
    assert shared.answer("/healthz") == 200


def test_a_database_newer_than_the_code_is_told_in_one_line(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "creditbridge.sqlite3") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    connection.close()

    told = refusal(start())

    assert "9999, which is newer than this version" in told
    assert "\n" not in told


def test_a_wrong_setting_is_told_in_one_line(start: Callable[..., Running]) -> None:
    assert refusal(start(WEB_WORKERS="many")).startswith("Error: WEB_WORKERS must be a whole number")


def test_ready_says_so(shared: Running) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{shared.port}/readyz", timeout=5) as response:
        assert json.load(response) == {"status": "ready", "problems": []}
