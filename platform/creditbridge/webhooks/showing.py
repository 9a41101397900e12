"""How deliveries are shown."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from creditbridge.kernel.words import Words
from creditbridge.outbound.service import FAILURE_WORDS
from creditbridge.pages.i18n import say
from creditbridge.webhooks.delivering import SECRET_UNREADABLE
from creditbridge.webhooks.rules import EVENT_WORDS

if TYPE_CHECKING:
    from creditbridge.webhooks.model import WebhookAttempt, WebhookDelivery

_REFUSED = Words("该地址现在指向内部网络，未发送。", "The address now leads inside; nothing was sent.")
_UNREADABLE = Words(
    "系统密钥已更换，签名密钥无法读取，未发送。请更换密钥。",
    "The system’s key was changed and the secret cannot be read; nothing was sent. Rotate the secret.",
)
_ANSWERED = Words("对方返回 {status}", "Answered {status}")


def event_words(delivery: WebhookDelivery) -> Words:
    return EVENT_WORDS[delivery.message.event_now]


def answer_words(attempt: WebhookAttempt) -> Words:
    """What came of one try."""
    if attempt.status is not None:
        return _ANSWERED.fill(status=attempt.status)
    if attempt.error == SECRET_UNREADABLE:
        return _UNREADABLE
    return FAILURE_WORDS.get(attempt.error, _REFUSED)


def last_answer(delivery: WebhookDelivery) -> str | None:
    return say(answer_words(delivery.attempts[-1])) if delivery.attempts else None


def attempt_rows(delivery: WebhookDelivery) -> list[tuple[datetime, Words, int]]:
    """When each try was, what came of it, and how many milliseconds it took; the latest first."""
    return [(row.at, answer_words(row), row.milliseconds) for row in reversed(delivery.attempts)]
