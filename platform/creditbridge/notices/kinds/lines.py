"""What firms are told about their credit lines."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_LINES: Mapping[str, NoticeKind] = {
    "line.recorded": NoticeKind(
        Words("授信已登记", "A grant was recorded"),
        Words(
            "{lender}登记了对您的线下授信 {amount}，合同编号 {contract}。如有疑问，请联系该机构。",
            "{lender} recorded a grant of {amount} to you, contract {contract}. Ask the lender if this is not right.",
        ),
        "success",
    ),
    "line.corrected": NoticeKind(
        Words("授信登记已更正", "The record of a grant was corrected"),
        Words(
            "{lender}更正了合同 {contract} 的授信登记，现为 {amount}。原因：{reason}。",
            "{lender} corrected the record of contract {contract}; the amount is now {amount}. Reason: {reason}.",
        ),
        "warning",
    ),
    "line.voided": NoticeKind(
        Words("授信登记已作废", "The record of a grant was voided"),
        Words(
            "{lender}作废了合同 {contract} 的授信登记。原因：{reason}。",
            "{lender} voided the record of contract {contract}. Reason: {reason}.",
        ),
        "warning",
    ),
    "line.to_sign": NoticeKind(
        Words("有授信待签约", "A grant waits to be signed"),
        Words(
            "{firm}的合同 {contract}（{amount}）已登记，请审批人办理签约。",
            "Contract {contract} with {firm} ({amount}) is recorded. An approver has to sign it.",
        ),
    ),
    "line.sign": NoticeKind(
        Words("授信已签约生效", "A credit line is signed"),
        Words(
            "{lender}的合同 {contract} 已签约，可以提款。",
            "Contract {contract} with {lender} is signed; you can draw on it.",
        ),
        "success",
    ),
    "line.cancel": NoticeKind(
        Words("授信已取消", "A credit line was cancelled"),
        Words(
            "{lender}取消了合同 {contract}。原因：{reason}。",
            "{lender} cancelled contract {contract}. Reason: {reason}.",
        ),
        "warning",
    ),
    "ledger.broken": NoticeKind(
        Words("台账核对发现差错", "The books do not hold"),
        Words(
            "夜间台账核对发现 {n} 处不符，请立即检查。",
            "The nightly check of the books found {n} differences. Look at once.",
        ),
        "danger",
    ),
    "monitoring.alert": NoticeKind(
        Words("有新的贷后预警", "A new alert after the grant"),
        Words(
            "{firm}（合同 {contract}）有新的贷后预警，请查看并处理。",
            "There is a new alert about {firm} (contract {contract}). Look at it and say what was done.",
        ),
        "warning",
    ),
    "line.freeze": NoticeKind(
        Words("授信额度已冻结", "A credit line was frozen"),
        Words(
            "{lender}冻结了合同 {contract} 的额度。原因：{reason}。",
            "{lender} froze the line of contract {contract}. Reason: {reason}.",
        ),
        "warning",
    ),
    "line.unfreeze": NoticeKind(
        Words("授信额度已解冻", "A credit line is active again"),
        Words("{lender}解冻了合同 {contract} 的额度。", "{lender} unfroze the line of contract {contract}."),
        "success",
    ),
    "line.terminate": NoticeKind(
        Words("授信额度已终止", "A credit line was terminated"),
        Words(
            "{lender}终止了合同 {contract} 的额度。原因：{reason}。",
            "{lender} terminated the line of contract {contract}. Reason: {reason}.",
        ),
        "danger",
    ),
}
