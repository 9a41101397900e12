"""Use cases of endpoints: add, change, pause, resume, remove, rotate the secret, send a test.

Whoever leads an institution's products keeps its integration; every member of the institution may look at it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store import outbox
from creditbridge.store.transitions import move
from creditbridge.webhooks import secret_keeping
from creditbridge.webhooks.model import WebhookDelivery, WebhookEndpoint, WebhookMessage
from creditbridge.webhooks.rules import (
    CHOOSABLE,
    ENDPOINT,
    MOST_ENDPOINTS,
    MOST_TESTS,
    OLD_SECRET_KEPT,
    TESTS_WINDOW,
    DeliveryState,
    EndpointState,
    Event,
)
from creditbridge.webhooks.telling import DELIVER, send_to

KIND = "webhook_endpoint"
ENDPOINT_NAME = Words("接收地址", "endpoint")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a lender says of an endpoint. ``url`` was checked by :func:`creditbridge.outbound.service.check`."""

    url: str
    name: str
    events: Collection[Event]


def may_keep(actor: Actor) -> bool:
    """Whether the actor keeps the integration of their institution."""
    return actor.has_role(Role.LENDER_PRODUCT_MANAGER)


def of_organisation(session: Session, actor: Actor) -> Sequence[WebhookEndpoint]:
    """The endpoints of the actor's institution that were not removed, the newest first."""
    return session.scalars(
        select(WebhookEndpoint)
        .where(
            WebhookEndpoint.organisation_id == actor.organisation_id,
            WebhookEndpoint.state != EndpointState.REMOVED.value,
        )
        .order_by(WebhookEndpoint.id.desc())
    ).all()


def endpoint_of(session: Session, actor: Actor, public_id: str) -> WebhookEndpoint:
    """An endpoint of the actor's institution, also one that was removed.

    Raises:
        NotFound: the institution has no such endpoint.
    """
    found = session.scalar(
        select(WebhookEndpoint).where(
            WebhookEndpoint.public_id == public_id, WebhookEndpoint.organisation_id == actor.organisation_id
        )
    )
    if found is None:
        raise NotFound(ENDPOINT_NAME)
    return found


def add(session: Session, actor: Actor, wish: Wish) -> tuple[WebhookEndpoint, str]:
    """A new endpoint; its secret is answered once.

    Raises:
        NotAllowed: the actor does not keep the integration.
        InvalidInput: there is an endpoint of this address.
        RuleRefused: ``too_many_endpoints``.
    """
    _check(actor)
    held = of_organisation(session, actor)
    if any(endpoint.url == wish.url for endpoint in held):
        raise InvalidInput({"url": [Words("已有这个接收地址。", "This endpoint is there already.")]})
    if len(held) >= MOST_ENDPOINTS:
        words = Words("最多可设置 {n} 个接收地址。", "There can be {n} endpoints at most.")
        raise RuleRefused("too_many_endpoints", words.fill(n=MOST_ENDPOINTS))
    shown, sealed = secret_keeping.new_secret()
    endpoint = WebhookEndpoint(
        organisation_id=actor.organisation_id,
        url=wish.url,
        name=wish.name,
        events=_listed(wish.events),
        secret=sealed,
    )
    session.add(endpoint)
    session.flush()
    _record(session, actor, "added", endpoint, events=endpoint.events)
    return endpoint, shown


def change(session: Session, actor: Actor, public_id: str, wish: Wish) -> WebhookEndpoint:
    """Another address, name or choice of events; what waits goes to the new address.

    Raises:
        NotAllowed, NotFound: as above.
        Conflict: it was removed.
    """
    _check(actor)
    endpoint = _standing(session, actor, public_id)
    before = endpoint.events
    endpoint.url, endpoint.name, endpoint.events = wish.url, wish.name, _listed(wish.events)
    _record(session, actor, "changed", endpoint, before=before, events=endpoint.events)
    return endpoint


def rotate(session: Session, actor: Actor, public_id: str) -> tuple[WebhookEndpoint, str]:
    """A new secret, answered once. For a day messages are signed with the old one as well."""
    _check(actor)
    endpoint = _standing(session, actor, public_id)
    shown, sealed = secret_keeping.new_secret()
    if endpoint.old_secret is None or (endpoint.old_secret_until or clock.now()) <= clock.now():
        # A second click must not take away the secret that the receiver still checks with.
        endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, clock.now() + OLD_SECRET_KEPT
    endpoint.secret = sealed
    _record(session, actor, "rotated", endpoint)
    return endpoint, shown


def take_step(session: Session, actor: Actor, public_id: str, step: str) -> WebhookEndpoint:
    """Pause, resume or remove an endpoint. What waited while it was paused is sent when it is resumed.

    Raises:
        NotAllowed, NotFound: as above.
        Conflict: the step is not legal from its state.
    """
    _check(actor)
    endpoint = endpoint_of(session, actor, public_id)
    move(session, endpoint, ENDPOINT, step)
    if step == "resume":
        for delivery_id in session.scalars(
            select(WebhookDelivery.public_id).where(
                WebhookDelivery.endpoint_id == endpoint.id,
                WebhookDelivery.state == DeliveryState.WAITING.value,
            )
        ):
            outbox.emit(session, DELIVER, delivery_id=delivery_id)
    _record(session, actor, step, endpoint)
    return endpoint


def send_test(session: Session, actor: Actor, public_id: str) -> None:
    """Send a test message to one endpoint.

    Raises:
        NotAllowed, NotFound, Conflict: as above.
        RuleRefused: ``tested_too_often``: the address may be anybody's.
    """
    _check(actor)
    endpoint = _standing(session, actor, public_id)
    tests = (
        select(func.count())
        .select_from(WebhookDelivery)
        .join(WebhookDelivery.message)
        .where(
            WebhookDelivery.endpoint_id == endpoint.id,
            WebhookMessage.event == Event.TEST.value,
            WebhookDelivery.created_at > clock.now() - TESTS_WINDOW,
        )
    )
    if (session.scalar(tests) or 0) >= MOST_TESTS:
        words = Words(
            "10 分钟内最多发送 {n} 条测试消息，请稍后再试。",
            "At most {n} test messages may be sent within 10 minutes. Try again later.",
        )
        raise RuleRefused("tested_too_often", words.fill(n=MOST_TESTS))
    send_to(session, [endpoint], Event.TEST, endpoint_id=endpoint.public_id)
    _record(session, actor, "tested", endpoint)


def _check(actor: Actor) -> None:
    if not may_keep(actor):
        raise NotAllowed


def _standing(session: Session, actor: Actor, public_id: str) -> WebhookEndpoint:
    endpoint = endpoint_of(session, actor, public_id)
    ENDPOINT.check("remove", endpoint.state_now)
    return endpoint


def _listed(events: Collection[Event]) -> list[str]:
    return [event.value for event in CHOOSABLE if event in events]


def _record(session: Session, actor: Actor, action: str, endpoint: WebhookEndpoint, **details: Any) -> None:
    record_as(
        session, actor, f"webhook.{action}", subject_kind=KIND, subject_id=endpoint.public_id, **details
    )
