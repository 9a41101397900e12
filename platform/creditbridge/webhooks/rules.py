"""Webhooks: what can be told to a lender's systems, how often it is tried, and the life of an endpoint and a delivery.

Messages are signed as Standard Webhooks asks: ``webhook-id``, ``webhook-timestamp``, ``webhook-signature``. A message
holds ids and states, never credit or personal data; whoever wants more asks the API, where consent is checked. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - the mark that Standard Webhooks puts before a secret
OLD_SECRET_KEPT = timedelta(hours=24)
"""How long messages are signed with both secrets after a rotation."""
MOST_ENDPOINTS = 10
MOST_TESTS, TESTS_WINDOW = 5, timedelta(minutes=10)
"""How many test messages one endpoint may be sent in which time."""
KEPT_FOR = timedelta(days=30)
"""How long a delivery that is over stays visible and can be replayed."""

PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Between one try and the next, as Standard Webhooks suggests; after the last one a delivery is given up."""
MOST_TRIES = len(PAUSES) + 1
GONE = 410
"""The status by which a receiver says that it wants no more."""


class Event(StrEnum):
    """What happened. The part before the point names the thing the data are about."""

    SUBMISSION_RECEIVED = "submission.received"
    SUBMISSION_SUPPLEMENTED = "submission.supplemented"
    SUBMISSION_OFFER_ACCEPTED = "submission.offer_accepted"
    SUBMISSION_OFFER_DECLINED = "submission.offer_declined"
    SUBMISSION_OFFER_EXPIRED = "submission.offer_expired"
    SUBMISSION_RENEGOTIATION = "submission.renegotiation_asked"
    SUBMISSION_WITHDRAWN = "submission.withdrawn"
    SUBMISSION_SUPERSEDED = "submission.superseded"
    SUBMISSION_INCOMPLETE = "submission.incomplete"
    CONSENT_SIGNED = "consent.signed"
    CONSENT_REVOKED = "consent.revoked"
    CONSENT_EXPIRED = "consent.expired"
    LINE_RECORDED = "line.recorded"
    LINE_CHANGED = "line.changed"
    DRAWDOWN_REQUESTED = "drawdown.requested"
    DRAWDOWN_CANCELLED = "drawdown.cancelled"
    AMENDMENT_ACCEPTED = "amendment.accepted"
    AMENDMENT_DECLINED = "amendment.declined"
    FIRM_ALERT = "firm.alert"
    FIRM_CREDIT_CHANGED = "firm.credit_changed"
    TEST = "webhook.test"


EVENT_WORDS: Mapping[Event, Words] = {
    Event.SUBMISSION_RECEIVED: Words("收到贷款申请", "An application arrived"),
    Event.SUBMISSION_SUPPLEMENTED: Words("企业补充了材料", "The firm supplied what was asked for"),
    Event.SUBMISSION_OFFER_ACCEPTED: Words("企业接受授信方案", "The firm accepted an offer"),
    Event.SUBMISSION_OFFER_DECLINED: Words("企业不接受授信方案", "The firm declined an offer"),
    Event.SUBMISSION_OFFER_EXPIRED: Words("授信方案失效", "An offer expired"),
    Event.SUBMISSION_RENEGOTIATION: Words("企业要求调整方案", "The firm asked for other terms"),
    Event.SUBMISSION_WITHDRAWN: Words("申请被撤回", "An application was withdrawn"),
    Event.SUBMISSION_SUPERSEDED: Words("企业选择了其他方案", "The firm chose another offer"),
    Event.SUBMISSION_INCOMPLETE: Words("材料未补齐终止", "An application ended incomplete"),
    Event.CONSENT_SIGNED: Words("企业签署授权", "The firm signed a consent"),
    Event.CONSENT_REVOKED: Words("企业撤销授权", "The firm revoked a consent"),
    Event.CONSENT_EXPIRED: Words("授权到期", "A consent expired"),
    Event.LINE_RECORDED: Words("授信已登记", "A credit line was recorded"),
    Event.LINE_CHANGED: Words("授信状态变化", "A credit line changed"),
    Event.DRAWDOWN_REQUESTED: Words("企业申请提款", "The firm asked for a drawdown"),
    Event.DRAWDOWN_CANCELLED: Words("提款已取消", "A drawdown was taken back"),
    Event.AMENDMENT_ACCEPTED: Words("企业同意合同变更", "The firm agreed to an amendment"),
    Event.AMENDMENT_DECLINED: Words("企业不同意合同变更", "The firm did not agree to an amendment"),
    Event.FIRM_ALERT: Words("贷后预警", "An alert about a firm with a line"),
    Event.FIRM_CREDIT_CHANGED: Words(
        "已授信企业的信用等级或标签变化", "A grade or label of a firm with a line changed"
    ),
    Event.TEST: Words("测试消息", "Test message"),
}
CHOOSABLE: Sequence[Event] = tuple(event for event in Event if event is not Event.TEST)


class EndpointState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


ENDPOINT_WORDS: Mapping[EndpointState, Words] = {
    EndpointState.ACTIVE: Words("启用", "Active"),
    EndpointState.PAUSED: Words("已暂停", "Paused"),
    EndpointState.REMOVED: Words("已移除", "Removed"),
}
ENDPOINT_TONES: Mapping[EndpointState, str] = {
    EndpointState.ACTIVE: "success",
    EndpointState.PAUSED: "warning",
    EndpointState.REMOVED: "neutral",
}
ENDPOINT = Lifecycle(
    "webhook_endpoint",
    initial=EndpointState.ACTIVE,
    steps={
        "pause": ((EndpointState.ACTIVE,), EndpointState.PAUSED),
        "resume": ((EndpointState.PAUSED,), EndpointState.ACTIVE),
        "remove": ((EndpointState.ACTIVE, EndpointState.PAUSED), EndpointState.REMOVED),
    },
    words=ENDPOINT_WORDS,
)


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"


DELIVERY_WORDS: Mapping[DeliveryState, Words] = {
    DeliveryState.WAITING: Words("待发送", "Waiting"),
    DeliveryState.SENDING: Words("发送中", "Being sent"),
    DeliveryState.DELIVERED: Words("已送达", "Delivered"),
    DeliveryState.DEAD: Words("未送达", "Given up"),
}
DELIVERY_TONES: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "warning",
    DeliveryState.SENDING: "info",
    DeliveryState.DELIVERED: "success",
    DeliveryState.DEAD: "danger",
}
DELIVERY = Lifecycle(
    "webhook_delivery",
    initial=DeliveryState.WAITING,
    steps={
        "claim": ((DeliveryState.WAITING,), DeliveryState.SENDING),
        "reclaim": ((DeliveryState.SENDING,), DeliveryState.SENDING),
        "deliver": ((DeliveryState.SENDING,), DeliveryState.DELIVERED),
        "put_off": ((DeliveryState.SENDING,), DeliveryState.WAITING),
        "give_up": ((DeliveryState.WAITING, DeliveryState.SENDING), DeliveryState.DEAD),
        "replay": ((DeliveryState.DELIVERED, DeliveryState.DEAD), DeliveryState.WAITING),
    },
    words=DELIVERY_WORDS,
)


def body_of(event: str, at: datetime, data: Mapping[str, Any]) -> str:
    """The exact text that is signed and sent."""
    message = {"type": event, "timestamp": at.isoformat(timespec="milliseconds"), "data": dict(data)}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def pause_after(tries: int) -> timedelta | None:
    """How long to wait after so many failed tries in a row; None when it is given up."""
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None
