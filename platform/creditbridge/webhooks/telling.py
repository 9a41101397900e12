"""Telling an organisation's systems that something happened, in the transaction in which it happens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.store import outbox
from creditbridge.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookMessage
from creditbridge.webhooks.rules import EndpointState, Event, body_of

DELIVER = "webhooks.deliver"


def tell(session: Session, organisation_id: int, event: Event, **data: Any) -> WebhookMessage | None:
    """Write a message for each endpoint that wants this event; None when nobody does.

    ``data`` are public ids, states and dates; never credit or personal data. A paused endpoint gets the message
    when it is resumed.
    """
    wanted = [
        endpoint
        for endpoint in session.scalars(
            select(WebhookEndpoint).where(
                WebhookEndpoint.organisation_id == organisation_id,
                WebhookEndpoint.state != EndpointState.REMOVED.value,
            )
        )
        if event.value in endpoint.events
    ]
    return send_to(session, wanted, event, **data) if wanted else None


def send_to(
    session: Session, endpoints: Sequence[WebhookEndpoint], event: Event, **data: Any
) -> WebhookMessage:
    """Write one message and a delivery to each of these endpoints, which are of one organisation."""
    organisation_id = endpoints[0].organisation_id
    message = WebhookMessage(
        organisation_id=organisation_id, event=event.value, body=body_of(event.value, clock.now(), data)
    )
    session.add(message)
    for endpoint in endpoints:
        delivery = WebhookDelivery(
            organisation_id=organisation_id, endpoint=endpoint, message=message, next_try_at=clock.now()
        )
        session.add(delivery)
        session.flush()
        outbox.emit(session, DELIVER, delivery_id=delivery.public_id)
    return message
