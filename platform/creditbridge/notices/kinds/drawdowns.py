"""What firms and lenders are told about drawdowns and amendments."""

from __future__ import annotations

from collections.abc import Mapping

from creditbridge.kernel.words import Words
from creditbridge.notices.rules import NoticeKind

ABOUT_DRAWDOWNS: Mapping[str, NoticeKind] = {
    "drawdown.requested": NoticeKind(
        Words("有提款待审批", "A drawdown waits for approval"),
        Words(
            "{firm}申请在合同 {contract} 下提款 {amount}。",
            "{firm} asks for {amount} under contract {contract}.",
        ),
    ),
    "drawdown.to_pay_out": NoticeKind(
        Words("有提款待放款", "A drawdown is to be paid out"),
        Words(
            "{firm}在合同 {contract} 下的提款 {amount} 已审批，请放款。",
            "{firm}’s drawdown of {amount} under contract {contract} is approved. Pay it out.",
        ),
    ),
    "drawdown.to_collect": NoticeKind(
        Words("有提款逾期", "A drawdown is overdue"),
        Words(
            "{firm}在合同 {contract} 下的提款 {amount} 已逾期。",
            "{firm} is late with its drawdown of {amount} under contract {contract}.",
        ),
        "danger",
    ),
    "drawdown.approve": NoticeKind(
        Words("提款已审批", "Your drawdown is approved"),
        Words(
            "{lender}同意您提款 {amount}，即将放款。",
            "{lender} approved your drawdown of {amount}; it will be paid out.",
        ),
        "success",
    ),
    "drawdown.reject": NoticeKind(
        Words("提款未通过", "Your drawdown was rejected"),
        Words(
            "{lender}没有同意您提款 {amount}。原因：{reason}。",
            "{lender} did not agree to your drawdown of {amount}. Reason: {reason}.",
        ),
        "warning",
    ),
    "drawdown.cancel": NoticeKind(
        Words("提款已取消", "A drawdown was cancelled"),
        Words(
            "合同 {contract} 下的提款 {amount} 已取消。",
            "The drawdown of {amount} under contract {contract} was cancelled.",
        ),
    ),
    "drawdown.disburse": NoticeKind(
        Words("提款已放款", "Your drawdown was paid out"),
        Words(
            "{lender}已放款 {amount}，请按还款计划还款。",
            "{lender} paid out {amount}. Repay it by the schedule.",
        ),
        "success",
    ),
    "drawdown.repay": NoticeKind(
        Words("还款已入账", "Your payment was booked"),
        Words("{lender}收到您的还款 {paid}。", "{lender} received your payment of {paid}."),
        "success",
    ),
    "drawdown.settle": NoticeKind(
        Words("提款已结清", "A drawdown is settled"),
        Words(
            "合同 {contract} 下的提款 {amount} 已全部还清。",
            "The drawdown of {amount} under contract {contract} is repaid in full.",
        ),
        "success",
    ),
    "drawdown.overdue": NoticeKind(
        Words("还款已逾期", "A payment is overdue"),
        Words(
            "合同 {contract} 下的提款有款项到期未还，逾期将按合同收取罚息，请尽快还款。",
            "A payment under contract {contract} was not made when it was due. Penalty interest runs until it is; pay soon.",
        ),
        "danger",
    ),
    "drawdown.rate": NoticeKind(
        Words("贷款利率已重定价", "The rate of a loan was set anew"),
        Words(
            "{lender}按合同约定调整了利率，还款计划已更新。",
            "{lender} set the rate anew as the contract says; the schedule is up to date.",
        ),
    ),
    "drawdown.compensate": NoticeKind(
        Words("逾期贷款已代偿", "An overdue loan was compensated"),
        Words(
            "合同 {contract} 下的逾期贷款已由担保方代偿。",
            "The guarantor paid the overdue loan under contract {contract}.",
        ),
        "danger",
    ),
    "drawdown.write_off": NoticeKind(
        Words("逾期贷款已核销", "An overdue loan was written off"),
        Words(
            "{lender}核销了合同 {contract} 下的逾期贷款。",
            "{lender} wrote off the overdue loan under contract {contract}.",
        ),
        "danger",
    ),
    "amendment.offered": NoticeKind(
        Words("合同变更待您确认", "A change of contract waits for you"),
        Words(
            "{lender}提出变更合同 {contract}，请确认是否同意。",
            "{lender} proposes to change contract {contract}. Say whether you agree.",
        ),
    ),
}
