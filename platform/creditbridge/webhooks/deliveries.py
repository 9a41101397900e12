"""Use cases of deliveries: see what was sent and what came of it, send it again, forget what is old."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store import outbox
from creditbridge.store.transitions import move
from creditbridge.webhooks.endpoints import may_keep
from creditbridge.webhooks.model import WebhookAttempt, WebhookDelivery, WebhookMessage
from creditbridge.webhooks.rules import DELIVERY, KEPT_FOR, DeliveryState, EndpointState
from creditbridge.webhooks.telling import DELIVER

PAGE = 30


def of_organisation(
    session: Session,
    actor: Actor,
    *,
    endpoint_id: int | None = None,
    state: DeliveryState | None = None,
    cursor: int | None = None,
) -> tuple[Sequence[WebhookDelivery], int | None]:
    """Deliveries to the actor's institution, the newest first, and where the next page begins."""
    query = (
        select(WebhookDelivery)
        .where(WebhookDelivery.organisation_id == actor.organisation_id)
        .options(
            joinedload(WebhookDelivery.endpoint),
            joinedload(WebhookDelivery.message),
            selectinload(WebhookDelivery.attempts),
        )
        .order_by(WebhookDelivery.id.desc())
        .limit(PAGE + 1)
    )
    if endpoint_id is not None:
        query = query.where(WebhookDelivery.endpoint_id == endpoint_id)
    if state is not None:
        query = query.where(WebhookDelivery.state == state.value)
    if cursor is not None:
        query = query.where(WebhookDelivery.id < cursor)
    rows = session.scalars(query).all()
    return rows[:PAGE], rows[PAGE - 1].id if len(rows) > PAGE else None


def delivery_of(session: Session, actor: Actor, public_id: str) -> WebhookDelivery:
    """A delivery to the actor's institution.

    Raises:
        NotFound: there is no such delivery.
    """
    found = session.scalar(
        select(WebhookDelivery).where(
            WebhookDelivery.public_id == public_id, WebhookDelivery.organisation_id == actor.organisation_id
        )
    )
    if found is None:
        raise NotFound(Words("推送记录", "delivery"))
    return found


def replay(session: Session, actor: Actor, public_id: str) -> WebhookDelivery:
    """Send a message again, under the same ``webhook-id``; its tries are counted anew.

    Raises:
        NotAllowed: the actor does not keep the integration.
        NotFound: there is no such delivery.
        Conflict: it is still on its way.
        RuleRefused: ``endpoint_removed``.
    """
    if not may_keep(actor):
        raise NotAllowed
    delivery = delivery_of(session, actor, public_id)
    if delivery.endpoint.state_now is EndpointState.REMOVED:
        words = Words(
            "该接收地址已移除，不能重新发送。", "This endpoint was removed, so nothing is sent to it."
        )
        raise RuleRefused("endpoint_removed", words)
    move(session, delivery, DELIVERY, "replay", tries=0, next_try_at=clock.now(), ended_at=None)
    outbox.emit(session, DELIVER, delivery_id=delivery.public_id)
    record_as(
        session, actor, "webhook.replayed", subject_kind="webhook_delivery", subject_id=delivery.public_id
    )
    return delivery


def forget_old(session: Session) -> None:
    """Forget deliveries that were over long ago, and messages that no delivery carries any more."""
    limit = clock.now() - KEPT_FOR
    old = select(WebhookDelivery.id).where(WebhookDelivery.ended_at < limit)
    session.execute(delete(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(old)))
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.ended_at < limit))
    carried = exists().where(WebhookDelivery.message_id == WebhookMessage.id)
    session.execute(delete(WebhookMessage).where(WebhookMessage.created_at < limit, ~carried))
