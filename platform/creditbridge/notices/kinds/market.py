"""What is told about lenders and their products."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_LENDERS: Mapping[str, NoticeKind] = {
    "lender.approved": NoticeKind(
        Words("机构已入驻平台", "Your institution is on the platform"),
        Words(
            "贵机构已通过平台审批，可以发布产品。",
            "The platform has approved your institution; you may publish products.",
        ),
        "success",
    ),
    "lender.suspended": NoticeKind(
        Words("机构已被平台暂停", "Your institution was suspended"),
        Words(
            "平台已暂停贵机构的服务，原因：{reason}。产品暂停受理。",
            "The platform suspended your institution: {reason}. Your products take no applications.",
        ),
        "danger",
    ),
    "lender.exited": NoticeKind(
        Words("机构已退出平台", "Your institution has left the platform"),
        Words("贵机构已退出平台，原因：{reason}。", "Your institution has left the platform: {reason}."),
        "warning",
    ),
}

ABOUT_PRODUCTS: Mapping[str, NoticeKind] = {
    "product.to_approve": NoticeKind(
        Words("有产品版本待复核", "A product waits for your approval"),
        Words(
            "“{product}”第 {number} 版已提交，请复核。",
            "Version {number} of “{product}” was submitted. Approve or return it.",
        ),
    ),
    "product.to_publish": NoticeKind(
        Words("有产品待发布", "A product waits for publication"),
        Words(
            "{lender}“{product}”第 {number} 版已通过复核，请发布或退回。",
            "{lender} approved version {number} of “{product}”. Publish or return it.",
        ),
    ),
    "product.returned": NoticeKind(
        Words("产品版本被退回", "A product was returned"),
        Words(
            "“{product}”第 {number} 版被退回，原因：{reason}。请修改后重新提交。",
            "Version {number} of “{product}” was returned: {reason}. Change it and submit again.",
        ),
        "warning",
    ),
    "product.published": NoticeKind(
        Words("产品已发布", "A product is live"),
        Words(
            "“{product}”第 {number} 版已发布，企业可以申请。",
            "Version {number} of “{product}” is live; firms can apply.",
        ),
        "success",
    ),
    "product.opened": NoticeKind(
        Words("有新产品可以申请", "A product has opened to you"),
        Words(
            "{lender}的“{product}”已发布，贵企业符合准入条件，可查看详情并申请。",
            "{lender} published “{product}”, and your firm meets its conditions. See the details and apply.",
        ),
        "success",
    ),
    "product.suspended": NoticeKind(
        Words("产品已暂停受理", "A product was suspended"),
        Words(
            "“{product}”已暂停受理，原因：{reason}。", "“{product}” takes no applications for now: {reason}."
        ),
        "warning",
    ),
    "product.resumed": NoticeKind(
        Words("产品恢复受理", "A product takes applications again"),
        Words("“{product}”已恢复受理。", "“{product}” takes applications again."),
        "success",
    ),
    "product.retired": NoticeKind(
        Words("产品已下架", "A product was retired"),
        Words(
            "“{product}”已下架，原因：{reason}。在途申请继续办理。",
            "“{product}” was retired: {reason}. Applications under way go on.",
        ),
        "warning",
    ),
}
