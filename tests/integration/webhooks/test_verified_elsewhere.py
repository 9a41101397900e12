"""What a receiver written in another language makes of our messages: a verifier of a few lines of plain Node."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from creditbridge.kernel import clock
from creditbridge.store.database import Database
from creditbridge.webhooks import endpoints, telling
from creditbridge.webhooks.rules import Event
from tests.receiving import Got, Receiver
from tests.scene import TestLender

NODE = shutil.which("node")
SCRIPT = Path(__file__).with_name("verify.mjs")
pytestmark = pytest.mark.skipif(NODE is None, reason="there is no node on this machine")


def verify(got: Got, secret: str, *, late: int = 0) -> subprocess.CompletedProcess[str]:
    message = {
        "headers": got.headers,
        "body": base64.b64encode(got.body).decode(),
        "secret": secret,
        "now": int(clock.now().timestamp()) + late,
    }
    assert NODE
    return subprocess.run(
        [NODE, SCRIPT], input=json.dumps(message), capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def got(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Callable[[], int]
) -> Got:
    with database.write() as session:
        told = {"submission_id": "s1", "state": "submitted", "note": "汉字 “”  "}
        telling.tell(session, lender.manager.organisation_id, Event.SUBMISSION_RECEIVED, **told)
    bring_about()
    return receiver.got[0]


def test_node_verifies_the_signature_and_reads_the_body(got: Got, endpoint) -> None:
    said = verify(got, endpoint.secret)
    assert said.returncode == 0, said.stderr
    told = json.loads(said.stdout)
    assert told["type"] == "submission.received"
    assert told["data"] == {"submission_id": "s1", "state": "submitted", "note": "汉字 “”  "}


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_node_refuses_a_message_with_another_header(got: Got, endpoint, name: str) -> None:
    got.headers[name] = got.headers[name][:-3] + ("111" if name != "webhook-signature" else "AA=")
    assert verify(got, endpoint.secret).returncode == 1


def test_node_refuses_another_body_another_secret_and_an_old_message(got: Got, endpoint) -> None:
    assert verify(got, "whsec_" + base64.b64encode(b"k" * 32).decode()).stderr == "no signature fits"
    assert verify(got, endpoint.secret, late=3600).stderr == "too old or too new"
    got.body = got.body.replace(b"s1", b"s2")
    assert verify(got, endpoint.secret).stderr == "no signature fits"


def test_node_verifies_by_either_secret_after_a_rotation(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Callable[[], int]
) -> None:
    with clock.at(clock.now() + timedelta(hours=1)):
        with database.write() as session:
            _, secret = endpoints.rotate(session, lender.manager, endpoint.public_id)
            telling.tell(
                session, lender.manager.organisation_id, Event.SUBMISSION_RECEIVED, submission_id="s2"
            )
        bring_about()
        for one in (endpoint.secret, secret):
            said = verify(receiver.got[-1], one)
            assert said.returncode == 0, said.stderr
