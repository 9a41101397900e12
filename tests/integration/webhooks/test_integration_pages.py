"""The integration page: add an endpoint, see its secret once, follow a delivery, send it again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from creditbridge.access.rules import Actor
from creditbridge.app.web import Application
from creditbridge.outbound import service as outbound
from creditbridge.store.database import Database
from creditbridge.webhooks.model import WebhookDelivery, WebhookEndpoint
from tests.receiving import Receiver
from tests.scene import Scene, TestLender

SignIn = Callable[[Actor], FlaskClient]


@pytest.fixture
def permitted(app: Application, receiver: Receiver) -> str:
    """The receiver's address, which the application of this test may ask."""
    outbound.permit({receiver.url.split("/")[2]})
    return receiver.url


def test_an_endpoint_is_added_and_its_secret_shown_once(
    permitted: str, as_actor: SignIn, lender: TestLender, database: Database
) -> None:
    client = as_actor(lender.manager)
    answer = client.post(
        "/integration/endpoints/new",
        data={"url": permitted, "name": "核心", "events": ["submission.received"]},
    )

    [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", answer.text)
    with database.read() as session:
        made = session.scalars(select(WebhookEndpoint)).one()
    assert made.events == ["submission.received"]
    assert secret not in client.get("/integration").text
    assert secret not in client.get(f"/integration/endpoints/{made.public_id}").text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://10.0.0.1/",
        "ftp://a.example/",
    ],
)
def test_an_address_that_points_inside_is_refused_beside_its_field(
    app: Application, as_actor: SignIn, lender: TestLender, database: Database, url: str
) -> None:
    answer = as_actor(lender.manager).post(
        "/integration/endpoints/new", data={"url": url, "events": ["submission.received"]}
    )

    assert answer.status_code == 422
    assert 'id="f-url-error"' in answer.text
    with database.read() as session:
        assert session.scalars(select(WebhookEndpoint)).all() == []


def test_a_second_click_adds_no_second_endpoint(
    permitted: str, as_actor: SignIn, lender: TestLender, database: Database
) -> None:
    client = as_actor(lender.manager)
    wish = {"url": permitted, "events": ["submission.received"]}
    statuses = [client.post("/integration/endpoints/new", data=wish).status_code for _ in range(2)]

    assert statuses == [200, 422]
    with database.read() as session:
        session.scalars(select(WebhookEndpoint)).one()


def test_what_is_changed_of_an_endpoint_is_kept(
    permitted: str, as_actor: SignIn, lender: TestLender, endpoint, database: Database
) -> None:
    answer = as_actor(lender.manager).post(
        f"/integration/endpoints/{endpoint.public_id}/edit",
        data={"url": f"{permitted}?kept", "name": "新核心", "events": ["submission.received"]},
    )

    assert answer.status_code == 302
    assert database.engine.pool.checkedout() == 0
    with database.read() as session:
        kept = session.scalars(select(WebhookEndpoint)).one()
    assert (kept.url, kept.name, kept.events) == (f"{permitted}?kept", "新核心", ["submission.received"])


def test_a_test_message_is_sent_followed_and_sent_again(
    permitted: str,
    as_actor: SignIn,
    lender: TestLender,
    endpoint,
    receiver: Receiver,
    bring_about,
    database: Database,
) -> None:
    client = as_actor(lender.manager)
    client.post(f"/integration/endpoints/{endpoint.public_id}/test")
    bring_about()
    with database.read() as session:
        key = session.scalars(select(WebhookDelivery.public_id)).one()
    page = client.get(f"/integration/deliveries/{key}").text
    assert receiver.got[0].headers["webhook-id"] in page
    assert "对方返回 200" in page

    assert client.post(f"/integration/deliveries/{key}/replay").status_code == 302
    bring_about()
    assert len(receiver.got) == 2
    assert client.post(f"/integration/deliveries/{key}/replay").status_code == 302


def test_the_secret_is_changed_and_the_endpoint_paused_resumed_and_removed(
    permitted: str, as_actor: SignIn, lender: TestLender, endpoint
) -> None:
    client = as_actor(lender.manager)
    base = f"/integration/endpoints/{endpoint.public_id}"
    assert endpoint.secret not in client.post(f"{base}/rotate").text
    for step in ("pause", "resume", "remove"):
        assert client.post(f"{base}/{step}").status_code == 302
    assert client.post(f"{base}/resume").status_code == 409
    assert client.post(f"{base}/test").status_code == 409


def test_another_lender_finds_nothing(
    permitted: str, scene: Scene, as_actor: SignIn, lender: TestLender, endpoint
) -> None:
    client = as_actor(scene.lender().manager)

    assert client.get(f"/integration/endpoints/{endpoint.public_id}").status_code == 404
    assert client.post(f"/integration/endpoints/{endpoint.public_id}/rotate").status_code == 404
