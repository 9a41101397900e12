"""A message reaches a lender's system: signed, at least once, tried again, given up at last, and sent again on demand."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook

from creditbridge.disclosure import consents
from creditbridge.disclosure.model import Consent
from creditbridge.jobs import tasks
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, NotAllowed, NotFound, RuleRefused
from creditbridge.notices.model import Notice
from creditbridge.outbound import service as outbound
from creditbridge.store.database import Database
from creditbridge.store.outbox import OutboxEvent
from creditbridge.webhooks import deliveries, delivering, endpoints, secret_keeping, telling
from creditbridge.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookMessage
from creditbridge.webhooks.rules import (
    MOST_TESTS,
    MOST_TRIES,
    PAUSES,
    TESTS_WINDOW,
    DeliveryState,
    EndpointState,
    Event,
)
from creditbridge.webhooks.showing import answer_words
from tests.receiving import Receiver
from tests.scene import Scene, TestLender

Deliver = Callable[[], int]
TheDelivery = Callable[[], WebhookDelivery]


def tell(database: Database, lender: TestLender, **data: str) -> None:
    with database.write() as session:
        telling.tell(session, lender.manager.organisation_id, Event.SUBMISSION_RECEIVED, **data)


def test_an_application_reaches_the_lenders_system_signed(
    scene: Scene,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    firm = scene.firm()
    submission = scene.submit(firm, [scene.product(lender)])[0]
    bring_about()

    received = [got for got in receiver.got if json.loads(got.body)["type"] == "submission.received"]
    [got] = received
    assert got.is_signed_with(endpoint.secret)
    assert json.loads(got.body) == {
        "type": "submission.received",
        "timestamp": "2026-11-23T02:00:00.000+00:00",
        "data": {"submission_id": submission.public_id, "state": "submitted"},
    }
    assert firm.name not in got.body.decode()


def test_the_library_of_the_standard_verifies_it(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    with clock.at(datetime.now(UTC)):
        tell(database, lender, submission_id="s1")
        bring_about()

    [got] = receiver.got
    verified = Webhook(endpoint.secret).verify(got.body, got.headers)
    assert verified["data"] == {"submission_id": "s1"}


def test_after_the_applications_key_was_changed_nothing_is_sent_until_the_secret_is_rotated(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    secret_keeping.seal_with("another key of forty characters and more")
    tell(database, lender, submission_id="s1")
    bring_about()
    tried = the_delivery()
    assert (receiver.got, tried.state_now) == ([], DeliveryState.WAITING)
    assert "更换密钥" in answer_words(tried.attempts[-1]).zh

    with database.write() as session:
        _, secret = endpoints.rotate(session, lender.manager, endpoint.public_id)
    with clock.at(clock.now() + PAUSES[0]):
        bring_about()
    [got] = receiver.got
    assert got.is_signed_with(secret)
    assert the_delivery().state_now is DeliveryState.DELIVERED


def test_test_messages_do_not_flood_an_address(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    def send() -> None:
        with database.write() as session:
            endpoints.send_test(session, lender.manager, endpoint.public_id)

    for _ in range(MOST_TESTS):
        send()
    with pytest.raises(RuleRefused, match="tested_too_often"):
        send()
    with clock.at(clock.now() + TESTS_WINDOW):
        send()
        bring_about()
    assert len(receiver.got) == MOST_TESTS + 1


def test_revoking_a_consent_tells_that_the_consent_and_the_application_are_over(
    database: Database, scene: Scene, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    firm = scene.firm()
    scene.submit(firm, [scene.product(lender)])
    with database.write() as session:
        consent = session.scalars(select(Consent).where(Consent.state == "active")).one()
        consents.revoke(session, firm.owner, consent.public_id)
    bring_about()

    told = {json.loads(got.body)["type"] for got in receiver.got}
    assert {"consent.revoked", "submission.withdrawn"} <= told


def test_nobody_is_told_of_what_another_lender_is_told(
    database: Database, scene: Scene, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    tell(database, scene.lender(), submission_id="s1")
    bring_about()

    assert receiver.got == []


def test_a_failure_is_tried_again_after_a_pause_under_the_same_id(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
    frozen_clock: datetime,
) -> None:
    receiver.answers = [500]
    tell(database, lender, submission_id="s1")
    bring_about()
    assert the_delivery().state_now is DeliveryState.WAITING
    assert the_delivery().endpoint.failing_since == frozen_clock
    assert bring_about() == 0, "not before the pause is over"

    with clock.at(frozen_clock + PAUSES[0]):
        bring_about()

    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    found = the_delivery()
    assert found.state_now is DeliveryState.DELIVERED
    assert [row.status for row in found.attempts] == [500, 200]
    assert found.endpoint.failing_since is None


def test_after_the_last_try_it_is_given_up_and_told_and_can_be_sent_again(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
    frozen_clock: datetime,
) -> None:
    receiver.answers = [503] * MOST_TRIES
    tell(database, lender, submission_id="s1")
    at = frozen_clock
    bring_about()
    for pause in PAUSES:
        at += pause
        with clock.at(at):
            bring_about()

    assert the_delivery().state_now is DeliveryState.DEAD
    assert len(the_delivery().attempts) == MOST_TRIES
    with clock.at(at), database.write() as session:
        assert session.scalars(select(Notice).where(Notice.kind == "webhook.given_up")).one()
        deliveries.replay(session, lender.manager, the_delivery().public_id)
    with clock.at(at):
        bring_about()
    assert the_delivery().state_now is DeliveryState.DELIVERED
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1


def test_a_redirect_is_a_failure_and_not_followed(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    receiver.answers = [302]
    tell(database, lender)
    bring_about()

    assert len(receiver.got) == 1
    assert the_delivery().state_now is DeliveryState.WAITING


def test_a_receiver_that_is_gone_is_asked_no_more(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    receiver.answers = [410]
    tell(database, lender)
    bring_about()

    assert the_delivery().state_now is DeliveryState.DEAD
    assert the_delivery().endpoint.state_now is EndpointState.PAUSED


def test_an_address_that_came_to_lead_inside_is_not_asked(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    outbound.permit(())
    tell(database, lender)
    bring_about()

    assert receiver.got == []
    assert the_delivery().attempts[0].error == "address_not_secure"


def test_a_slow_receiver_holds_no_transaction_open(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    receiver.answers = [0]
    tell(database, lender)
    with database.read() as session:
        delivery_id = session.scalars(select(WebhookDelivery.public_id)).one()
    sending = threading.Thread(target=delivering.deliver, args=(database, delivery_id))
    sending.start()
    assert receiver.arrived.wait(10)
    try:
        with database.write() as session:  # would wait for ten seconds and fail if one were open
            session.add(OutboxEvent(name="test.happened", payload={}, done_at=clock.now()))
        assert the_delivery().state_now is DeliveryState.SENDING
        assert delivering.deliver(database, delivery_id) is False, "nobody else sends it meanwhile"
    finally:
        receiver.release.set()
        sending.join(20)
    assert the_delivery().state_now is DeliveryState.DELIVERED
    assert len(receiver.got) == 1


def test_a_delivery_whose_worker_died_is_taken_up_when_its_claim_is_over(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
    frozen_clock: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tell(database, lender)
    with monkeypatch.context() as dying:
        dying.setattr(delivering, "_send", lambda _parcel: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            bring_about()
    assert the_delivery().state_now is DeliveryState.SENDING

    with clock.at(frozen_clock + timedelta(seconds=20)):
        bring_about()
    assert receiver.got == []
    with clock.at(frozen_clock + timedelta(minutes=3)):
        bring_about()
    assert len(receiver.got) == 1
    assert the_delivery().state_now is DeliveryState.DELIVERED


def test_an_event_delivered_twice_sends_once(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    tell(database, lender)
    with database.read() as session:
        event_id = session.scalars(select(OutboxEvent.public_id)).one()
    bring_about()

    assert tasks.handle(event_id) is False
    assert len(receiver.got) == 1


def test_a_paused_endpoint_gets_everything_when_it_is_resumed(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    with database.write() as session:
        endpoints.take_step(session, lender.manager, endpoint.public_id, "pause")
    tell(database, lender)
    bring_about()
    assert receiver.got == []
    with database.write() as session:
        endpoints.take_step(session, lender.manager, endpoint.public_id, "resume")
    bring_about()

    assert len(receiver.got) == 1


def test_a_removed_endpoint_gets_nothing_more(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    the_delivery: TheDelivery,
) -> None:
    tell(database, lender)
    with database.write() as session:
        endpoints.take_step(session, lender.manager, endpoint.public_id, "remove")
    tell(database, lender)
    bring_about()

    assert receiver.got == []
    assert the_delivery().state_now is DeliveryState.DEAD


def test_both_secrets_sign_for_a_day_after_a_rotation(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    frozen_clock: datetime,
) -> None:
    with database.write() as session:
        _, fresh = endpoints.rotate(session, lender.manager, endpoint.public_id)
    tell(database, lender)
    bring_about()
    with clock.at(frozen_clock + timedelta(hours=25)):
        tell(database, lender)
        bring_about()

    during, after = receiver.got
    assert during.is_signed_with(fresh)
    assert during.is_signed_with(endpoint.secret)
    assert after.is_signed_with(fresh)
    assert not after.is_signed_with(endpoint.secret)


def test_a_second_click_on_rotate_leaves_the_secret_in_use(
    database: Database, lender: TestLender, receiver: Receiver, endpoint, bring_about: Deliver
) -> None:
    for _ in range(2):
        with database.write() as session:
            _, fresh = endpoints.rotate(session, lender.manager, endpoint.public_id)
    tell(database, lender)
    bring_about()

    [got] = receiver.got
    assert got.is_signed_with(endpoint.secret)
    assert got.is_signed_with(fresh)


def test_secrets_rest_sealed(database: Database, lender: TestLender, endpoint) -> None:
    with database.read() as session:
        held = endpoints.endpoint_of(session, lender.manager, endpoint.public_id)
    assert endpoint.secret not in held.secret
    assert held.secret.startswith("aes256gcm.")


def test_a_message_is_kept_only_with_what_it_tells_of(
    database: Database, lender: TestLender, endpoint
) -> None:
    with database.write_session() as session:
        telling.tell(session, lender.manager.organisation_id, Event.SUBMISSION_RECEIVED)
        session.rollback()
    with database.read() as session:
        assert session.scalars(select(WebhookMessage)).all() == []
        assert session.scalars(select(OutboxEvent)).all() == []


def test_only_who_keeps_the_integration_replays_and_only_what_is_over(
    database: Database,
    scene: Scene,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    the_delivery: TheDelivery,
) -> None:
    stranger = scene.lender()
    tell(database, lender)
    key = the_delivery().public_id
    with database.write() as session:
        with pytest.raises(NotAllowed):
            deliveries.replay(session, lender.reviewer, key)
        with pytest.raises(NotFound):
            deliveries.replay(session, stranger.manager, key)
        with pytest.raises(Conflict):
            deliveries.replay(session, lender.manager, key)


def test_what_is_over_is_forgotten_in_time(
    database: Database,
    lender: TestLender,
    receiver: Receiver,
    endpoint,
    bring_about: Deliver,
    frozen_clock: datetime,
) -> None:
    tell(database, lender)
    bring_about()
    with clock.at(frozen_clock + timedelta(days=31)), database.write() as session:
        deliveries.forget_old(session)
    with database.read() as session:
        for table in (WebhookDelivery, WebhookMessage, WebhookAttempt):
            assert session.scalars(select(table)).all() == []
