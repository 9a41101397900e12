"""What a person is told about their own account."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_ACCOUNT: Mapping[str, NoticeKind] = {
    "account.password_reset": NoticeKind(
        Words("您的密码已重新设置", "Your password was chosen anew"),
        Words(
            "密码已通过一次性链接重新设置，原有登录已全部退出。如果不是您本人操作，请立即修改密码并联系平台管理员。",
            "Your password was chosen anew by a one-time link, and every session was ended. If it was not you, change it at once and tell the platform’s administrator.",
        ),
        "warning",
    ),
}
