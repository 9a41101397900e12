"""What lenders and firms are told about financing needs. Until a firm reveals itself no notice names it."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_NEEDS: Mapping[str, NoticeKind] = {
    "need.received": NoticeKind(
        Words("有新的融资需求", "A new financing need"),
        Words(
            "一家企业需要 {amount}，符合“{product}”的条件，请在期限内回应。",
            "A firm needs {amount} and could have “{product}”. Please answer within the time given.",
        ),
    ),
    "need.revealed": NoticeKind(
        Words("企业已向贵机构公开身份", "A firm has revealed itself to you"),
        Words(
            "{firm}就 {amount} 的融资需求向贵机构公开了身份，请与企业联系。",
            "{firm} has revealed itself to you about its need of {amount}. Please get in touch.",
        ),
        "success",
    ),
    "need.matched": NoticeKind(
        Words("企业选定了贵机构", "A firm has chosen you"),
        Words(
            "{firm}就 {amount} 的融资需求选定了贵机构，将提交“{product}”申请。",
            "{firm} has chosen you for its need of {amount} and will apply for “{product}”.",
        ),
        "success",
    ),
    "need.closed": NoticeKind(
        Words("融资需求已结束", "A financing need has ended"),
        Words("一项 {amount} 的融资需求已结束。", "A financing need of {amount} has ended."),
    ),
    "need.answered": NoticeKind(
        Words("有机构回应了您的融资需求", "A lender has answered your need"),
        Words(
            "{lender}对 {amount} 的需求有意向，您可以选择是否向它公开身份。",
            "{lender} is interested in your need of {amount}. You may reveal yourself to it.",
        ),
        "success",
    ),
    "need.unanswered": NoticeKind(
        Words("融资需求没有得到回应", "Your need was not answered"),
        Words(
            "{amount} 的需求在期限内没有机构回应，已结束。可以调整金额或期限后重新发布，或看达标路径。",
            "No lender answered your need of {amount} in time, and it has ended. Post another with a different amount or term, or see the paths to eligibility.",
        ),
        "warning",
    ),
    "need.expired": NoticeKind(
        Words("融资需求已过期", "Your need has expired"),
        Words("{amount} 的需求已过公开期限。", "Your need of {amount} has passed its last day."),
    ),
}
