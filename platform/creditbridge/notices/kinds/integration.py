"""What a lender is told about its integration."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_INTEGRATION: Mapping[str, NoticeKind] = {
    "webhook.given_up": NoticeKind(
        Words("消息推送未送达", "A message could not be delivered"),
        Words(
            "推送到“{endpoint}”的消息多次未送达，已停止重试。请检查接收系统，恢复后可重新发送。",
            "A message to “{endpoint}” failed again and again and was given up. Check the receiving system, then send it again.",
        ),
        "danger",
    ),
    "webhook.gone": NoticeKind(
        Words("消息推送已暂停", "Messages are paused"),
        Words(
            "“{endpoint}”返回 410，表示不再接收消息，推送已暂停。",
            "“{endpoint}” answered 410, which says it wants no more messages. It was paused.",
        ),
        "warning",
    ),
}
