"""Fixtures of the webhook tests: a receiver, a lender with an endpoint, and a way to bring about what is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from creditbridge.access import passwords
from creditbridge.app import handlers, reactions
from creditbridge.jobs import tasks
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent
from creditbridge.webhooks import endpoints, secret_keeping
from creditbridge.webhooks.endpoints import Wish
from creditbridge.webhooks.model import WebhookDelivery
from creditbridge.webhooks.rules import CHOOSABLE
from tests.people import People
from tests.receiving import Receiver, receiving
from tests.scene import Scene, TestLender


@dataclass
class Endpoint:
    public_id: str
    secret: str


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hash_password", lambda _password: "no password opens this account")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@pytest.fixture
def scene(people: People) -> Scene:
    reactions.connect()
    secret_keeping.seal_with("k" * 40)
    return Scene(people)


@pytest.fixture
def lender(scene: Scene) -> TestLender:
    return scene.lender()


@pytest.fixture
def endpoint(database: Database, lender: TestLender, receiver: Receiver) -> Endpoint:
    """An endpoint of the lender that wants every event."""
    with database.write() as session:
        made, secret = endpoints.add(session, lender.manager, Wish(receiver.url, "核心系统", CHOOSABLE))
        return Endpoint(made.public_id, secret)


@pytest.fixture
def bring_about(database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Bring about every event that is due now, as relay and worker would; answers how many there were."""
    monkeypatch.setattr(tasks._Workplace, "database", database)
    handlers.register()

    def run() -> int:
        with database.read() as session:
            due = [event.public_id for event in outbox.waiting(session)]
        for public_id in due:
            tasks.handle(public_id)
        return len(due)

    return run


@pytest.fixture
def the_delivery(database: Database) -> Callable[[], WebhookDelivery]:
    def find() -> WebhookDelivery:
        with database.read() as session:
            found = session.scalars(select(WebhookDelivery)).one()
            session.refresh(found, ["attempts", "endpoint"])
            return found

    return find


def open_events(database: Database) -> list[OutboxEvent]:
    with database.read() as session:
        return list(session.scalars(select(OutboxEvent).where(OutboxEvent.done_at.is_(None))))
