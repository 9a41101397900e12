"""What is told about disputes."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_DISPUTES: Mapping[str, NoticeKind] = {
    "dispute.raised": NoticeKind(
        Words("有信用记录异议待核查", "A record is disputed"),
        Words(
            "{firm}对记录“{record}”提出异议，请与来源部门核查。",
            "{firm} disputes the record “{record}”. Check it with the department it came from.",
        ),
        "warning",
    ),
    "dispute.checking": NoticeKind(
        Words("异议正在核查", "Your dispute is being checked"),
        Words(
            "对记录“{record}”的异议已开始核查，期间该记录不计入评分。",
            "Your dispute about “{record}” is being checked. Meanwhile the record does not count.",
        ),
    ),
    "dispute.upheld": NoticeKind(
        Words("异议成立", "Your dispute was upheld"),
        Words(
            "对记录“{record}”的异议成立：{answer}",
            "Your dispute about “{record}” was upheld: {answer}",
        ),
        "success",
    ),
    "dispute.rejected": NoticeKind(
        Words("异议不成立", "Your dispute was rejected"),
        Words(
            "对记录“{record}”的异议不成立，记录恢复计入：{answer}",
            "Your dispute about “{record}” was rejected, and the record counts again: {answer}",
        ),
        "warning",
    ),
}
