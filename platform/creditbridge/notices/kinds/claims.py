"""What is told about claims of firms."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

CLAIMS: Mapping[str, NoticeKind] = {
    "claim.submitted": NoticeKind(
        Words("有企业认领待核验", "A firm was claimed"),
        Words("{operator}认领了{firm}，请核验证明材料。", "{operator} claims {firm}. Check the proof."),
    ),
    "claim.verified": NoticeKind(
        Words("企业认领已通过", "Your claim is verified"),
        Words(
            "您的账号现在代表{firm}。补充自报信息后，可以看到更多符合条件的产品。",
            "Your account now speaks for {firm}. Report missing facts to see more products you qualify for.",
        ),
        "success",
    ),
    "claim.refused": NoticeKind(
        Words("企业认领未通过", "Your claim was refused"),
        Words("{firm}的认领未通过，原因：{reason}", "Your claim of {firm} was refused: {reason}"),
        "danger",
    ),
    "claim.revoked": NoticeKind(
        Words("企业认领已被撤销", "Your claim was revoked"),
        Words("{firm}的认领已被撤销，原因：{reason}", "Your claim of {firm} was revoked: {reason}"),
        "danger",
    ),
}
