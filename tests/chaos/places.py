"""Where chaos happens: a database of its own, a data folder, and processes that can be killed like a power cut."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from creditbridge.access import passwords, tokens
from creditbridge.access.rules import Actor
from creditbridge.app import reactions, schema
from creditbridge.app.settings import load, prepare_data_dir
from creditbridge.store.database import Database
from tests.people import People
from tests.scene import Scene

Counts = dict[str, Any]
READY_SECONDS = 60.0
SECRET = "chaos" * 8
PAUSE = threading.Event()  # never set: waiting on it is a pause


class Size(StrEnum):
    """How much is tried: for a look, a quarter of the whole for a busy machine, or all that is promised."""

    SMALL = "small"
    QUARTER = "quarter"
    FULL = "full"

    def of(self, whole: int, small: int) -> int:
        """So many of the whole."""
        return {Size.SMALL: small, Size.QUARTER: -(-whole // 4), Size.FULL: whole}[self]


@dataclass
class Process:
    """A process in a session of its own, so that a kill takes whatever it forked with it."""

    command: Sequence[str]
    environ: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] = field(init=False)

    def start(self) -> None:
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                self.command, env=self.environ, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
            )

    def kill(self) -> None:
        """Kill -9 the whole session, and take it off the table of processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Place:
    """A database and a data folder."""

    kind: str
    folder: Path
    url: str
    port: int = field(default_factory=lambda: free_port())  # noqa: PLW0108 - defined below
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        passwords.hash_password = lambda _password: "no password opens this account"
        reactions.connect()
        prepare_data_dir(load(self.environ))
        self.database = Database(self.url, pool_size=20, places=load(self.environ).places)
        schema.upgrade(self.database)

    @property
    def environ(self) -> dict[str, str]:
        ours = {"PUBLIC_URL", "HOST", "SMTP_URL", "OUTBOUND_ALLOWED_HOSTS"}
        return {
            **{name: value for name, value in os.environ.items() if name not in ours},
            "ENVIRONMENT": "test",
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.url,
            "REDIS_URL": f"unix://{self.folder}/mq",
            "SECRET_KEY": SECRET,
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
            "TRUSTED_PROXIES": "1",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def scene(self) -> Scene:
        return Scene(People(self.database))

    def token(self, actor: Actor) -> str:
        with self.database.write() as session:
            return tokens.create(session, actor, name="chaos", scopes=tuple(tokens.SCOPES), days=2)[1]

    def own_process(self, *arguments: str) -> Process:
        """One of ``tests.chaos.processes``."""
        name = arguments[0]
        return Process(
            [sys.executable, "-m", "tests.chaos.processes", *arguments],
            self.environ,
            self.folder / f"{name}.log",
        )

    def web(self) -> Process:
        """The web server as it is run in production, started."""
        server = Process(
            [sys.executable, "-m", "creditbridge.app.cli", "serve"], self.environ, self.folder / "web.log"
        )
        server.start()
        return server

    def wait_for_web(self, server: Process) -> None:
        for _ in range(int(READY_SECONDS / 0.1)):
            if server.process.poll() is not None:
                server.start()
            with suppress(requests.RequestException):
                if requests.get(f"{self.base}/healthz", timeout=2).ok:
                    return
            PAUSE.wait(0.1)
        raise RuntimeError((self.folder / "web.log").read_text(errors="replace")[-3000:])

    def is_sound(self) -> bool:
        """Whether the database itself is in order."""
        if self.kind != "sqlite":
            return True
        with self.database.engine.connect() as connection:
            return connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"


@contextmanager
def sqlite_place(folder: Path) -> Iterator[Place]:
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / uuid.uuid4().hex[:8]
    home.mkdir()
    place = Place("sqlite", home, f"sqlite:///{home / 'chaos.sqlite3'}")
    yield place
    place.database.dispose()


@contextmanager
def postgresql_place(folder: Path, server: str) -> Iterator[Place]:
    folder.mkdir(parents=True, exist_ok=True)
    home = folder / uuid.uuid4().hex[:8]
    home.mkdir()
    name = f"chaos_{uuid.uuid4().hex[:12]}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    place = Place("postgresql", home, url)
    yield place
    place.database.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


class Client:
    """A program that calls the API over HTTP with a token, from an address of its own."""

    def __init__(self, place: Place, token: str, number: int) -> None:
        self._base = f"{place.base}/api/v1"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "X-Forwarded-For": f"10.9.{number // 250}.{number % 250 + 1}",
            }
        )

    def post(self, path: str, body: Any, key: str) -> requests.Response | None:
        """The answer, or None where none came: nobody knows then whether it took effect."""
        try:
            return self._session.post(
                f"{self._base}{path}", json=body, headers={"Idempotency-Key": key}, timeout=20
            )
        except requests.RequestException:
            return None

    def get(self, path: str) -> requests.Response | None:
        try:
            return self._session.get(f"{self._base}{path}", timeout=20)
        except requests.RequestException:
            return None


def grant_body(uscc: str, contract: str, amount_fen: int = 10_000_000) -> dict[str, Any]:
    """A grant made elsewhere, as a lender reports it."""
    return {
        "firm_uscc": uscc,
        "contract_number": contract,
        "granted_on": "2026-01-05",
        "amount_fen": amount_fen,
        "annual_rate_ppm": 39_000,
        "term_months": 12,
        "repayment_method": "revolving",
        "guarantee_type": "unsecured",
    }


def in_threads(work: Sequence[Any]) -> None:
    """Run every callable in a thread of its own; an error in one is an error of the whole."""
    errors: list[BaseException] = []

    def guarded(call: Any) -> None:
        try:
            call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(call,)) for call in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dice(seed: int) -> random.Random:
    """Kills come at random moments, the same ones each time as far as the machine allows."""
    return random.Random(seed)
