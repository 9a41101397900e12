"""Tables of webhooks: endpoints of lenders, messages, and each delivery with its tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from creditbridge.kernel import clock
from creditbridge.store.base import Base, BigId, Identified, Timestamped
from creditbridge.webhooks.rules import DeliveryState, EndpointState, Event


class WebhookEndpoint(Identified, Timestamped, Base):
    """An address of an organisation's system, and which events it wants. Secrets are sealed.

    After a rotation ``old_secret`` signs beside the new one until ``old_secret_until``.
    """

    __tablename__ = "webhook_endpoint"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    name: Mapped[str] = mapped_column(String(80), default="")
    events: Mapped[list[str]]
    secret: Mapped[str] = mapped_column(String(400))
    old_secret: Mapped[str | None] = mapped_column(String(400))
    old_secret_until: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(16), default=EndpointState.ACTIVE.value)
    version: Mapped[int] = mapped_column(default=1)
    failing_since: Mapped[datetime | None]

    @property
    def state_now(self) -> EndpointState:
        return EndpointState(self.state)


class WebhookMessage(Identified, Timestamped, Base):
    """What happened, once, as the exact text that is sent to every endpoint. ``public_id`` is its ``webhook-id``."""

    __tablename__ = "webhook_message"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    event: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)

    @property
    def event_now(self) -> Event:
        return Event(self.event)


class WebhookDelivery(Identified, Timestamped, Base):
    """One message on its way to one endpoint. ``tries`` counts since it was first sent or last replayed."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message_id"),
        Index("ix_webhook_delivery_organisation_id_id", "organisation_id", "id"),
        Index("ix_webhook_delivery_endpoint_id_state", "endpoint_id", "state"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id"))
    message_id: Mapped[int] = mapped_column(ForeignKey("webhook_message.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=DeliveryState.WAITING.value)
    version: Mapped[int] = mapped_column(default=1)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)

    endpoint: Mapped[WebhookEndpoint] = relationship()
    message: Mapped[WebhookMessage] = relationship()
    attempts: Mapped[list[WebhookAttempt]] = relationship(order_by="WebhookAttempt.id")

    @property
    def state_now(self) -> DeliveryState:
        return DeliveryState(self.state)


class WebhookAttempt(Base):
    """One try: what the receiver answered (``status``), or the code of what went wrong."""

    __tablename__ = "webhook_attempt"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("webhook_delivery.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(String(40), default="")
    milliseconds: Mapped[int] = mapped_column(default=0)
