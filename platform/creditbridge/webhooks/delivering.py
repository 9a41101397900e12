"""Delivering: claim, send, write down. No transaction is open while the receiver takes its time.

A delivery is claimed for a while; should the worker die with it, the next one takes it up when the claim is over. So
a message may arrive twice, always under the same ``webhook-id``, by which the receiver knows it again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict
from creditbridge.notices import service as notices
from creditbridge.outbound import service as outbound
from creditbridge.outbound.rules import AddressRefused
from creditbridge.outbound.service import Limits, OutboundFailed
from creditbridge.store import outbox
from creditbridge.store.database import Database
from creditbridge.store.sealing import BrokenSeal
from creditbridge.store.transitions import move
from creditbridge.webhooks import secret_keeping
from creditbridge.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from creditbridge.webhooks.rules import (
    DELIVERY,
    ENDPOINT,
    GONE,
    DeliveryState,
    EndpointState,
    pause_after,
)
from creditbridge.webhooks.telling import DELIVER

LIMITS = Limits(seconds=10, idle_seconds=5, answer_bytes=64 * 1024)
SECRET_UNREADABLE = "secret_unreadable"  # noqa: S105 - the code of what went wrong
"""The secret was sealed with a key the application no longer has; rotating it makes a new one."""
CLAIMED_FOR = timedelta(seconds=45)
"""Longer than a try can take, and shorter than the time after which an open event is handed over again."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent, taken out of the transaction that claimed it."""

    delivery_id: int
    version: int
    url: str
    message_id: str
    body: str
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def deliver(database: Database, delivery_id: str) -> bool:
    """Try one delivery; answers whether this event has nothing left to do (a further try is another event)."""
    try:
        with database.write() as session:
            claimed = _claim(session, delivery_id)
    except Conflict:
        return False
    if not isinstance(claimed, Parcel):
        return claimed
    outcome = _send(claimed)
    with database.write() as session:
        _write_down(session, claimed, outcome)
    return True


def _claim(session: Session, delivery_id: str) -> Parcel | bool:
    """The parcel to send now, or whether there is nothing left for this event to do."""
    delivery = session.scalar(
        select(WebhookDelivery)
        .where(WebhookDelivery.public_id == delivery_id)
        .options(joinedload(WebhookDelivery.endpoint), joinedload(WebhookDelivery.message))
    )
    if delivery is None or delivery.state_now in (DeliveryState.DELIVERED, DeliveryState.DEAD):
        return True
    now, endpoint = clock.now(), delivery.endpoint
    if delivery.state_now is DeliveryState.SENDING and not _claim_is_over(delivery):
        return False
    if endpoint.state_now is EndpointState.REMOVED:
        move(session, delivery, DELIVERY, "give_up", ended_at=now, next_try_at=None)
        return True
    if delivery.state_now is DeliveryState.WAITING and (
        endpoint.state_now is EndpointState.PAUSED or (delivery.next_try_at or now) > now
    ):
        return True  # resuming the endpoint, or the time of the next try, brings an event of its own
    step = "claim" if delivery.state_now is DeliveryState.WAITING else "reclaim"
    move(session, delivery, DELIVERY, step, claimed_until=now + CLAIMED_FOR, tries=delivery.tries + 1)
    old = endpoint.old_secret if (endpoint.old_secret_until or now) > now else None
    return Parcel(
        delivery.id,
        delivery.version,
        endpoint.url,
        f"msg_{delivery.message.public_id}",
        delivery.message.body,
        (endpoint.secret, old) if old else (endpoint.secret,),
    )


def _claim_is_over(delivery: WebhookDelivery) -> bool:
    return delivery.claimed_until is None or delivery.claimed_until <= clock.now()


def _send(parcel: Parcel) -> Outcome:
    at, began = clock.now(), time.monotonic()
    status, error = None, ""
    try:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "webhook-id": parcel.message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": secret_keeping.signatures(
                parcel.secrets, parcel.message_id, at, parcel.body
            ),
        }
        answer = outbound.ask("POST", parcel.url, headers=headers, body=parcel.body.encode(), limits=LIMITS)
        status = answer.status
    except (AddressRefused, OutboundFailed) as failure:
        error = failure.code
    except BrokenSeal:
        error = SECRET_UNREADABLE
    return Outcome(status, error, int((time.monotonic() - began) * 1000))


def _write_down(session: Session, parcel: Parcel, outcome: Outcome) -> None:
    delivery = session.get_one(WebhookDelivery, parcel.delivery_id)
    session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            status=outcome.status,
            error=outcome.error,
            milliseconds=outcome.milliseconds,
        )
    )
    if delivery.version != parcel.version:
        return  # it took so long that another worker claimed it; what that one finds out counts
    now = clock.now()
    if outcome.is_success:
        move(session, delivery, DELIVERY, "deliver", ended_at=now, next_try_at=None, claimed_until=None)
        delivery.endpoint.failing_since = None
        return
    delivery.endpoint.failing_since = delivery.endpoint.failing_since or now
    pause = pause_after(delivery.tries)
    if outcome.status == GONE or pause is None:
        _give_up(session, delivery, outcome)
        return
    move(session, delivery, DELIVERY, "put_off", next_try_at=now + pause, claimed_until=None)
    outbox.emit_later(session, DELIVER, now + pause, delivery_id=delivery.public_id)


def _give_up(session: Session, delivery: WebhookDelivery, outcome: Outcome) -> None:
    endpoint = delivery.endpoint
    move(session, delivery, DELIVERY, "give_up", ended_at=clock.now(), next_try_at=None, claimed_until=None)
    if outcome.status == GONE and endpoint.state_now is EndpointState.ACTIVE:
        move(session, endpoint, ENDPOINT, "pause")
    _notify(session, endpoint, "webhook.gone" if outcome.status == GONE else "webhook.given_up")


def _notify(session: Session, endpoint: WebhookEndpoint, kind: str) -> None:
    notices.notify(
        session,
        organisation_id=endpoint.organisation_id,
        kind=kind,
        params={"endpoint": endpoint.name or endpoint.url},
        link=("integration.endpoint", {"endpoint_id": endpoint.public_id}),
        roles=[Role.LENDER_PRODUCT_MANAGER],
        subject=("webhook_endpoint", endpoint.public_id),
    )
