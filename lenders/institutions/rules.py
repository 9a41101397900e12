"""Lenders and their branches: kinds, words, and the life cycle of a lender (domain section 3)."""

from __future__ import annotations

from enum import StrEnum

from creditbridge.access.rules import ROLE_WORDS, OrganisationKind, Role
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words


class LenderState(StrEnum):
    APPLIED = "applied"
    APPROVED = "approved"
    SUSPENDED = "suspended"
    EXITED = "exited"


LENDER_STATE_WORDS = {
    LenderState.APPLIED: Words("待审批", "Waiting for approval"),
    LenderState.APPROVED: Words("已入驻", "On the platform"),
    LenderState.SUSPENDED: Words("已暂停", "Suspended"),
    LenderState.EXITED: Words("已退出", "Left the platform"),
}
LENDER_STATE_TONES = {
    LenderState.APPLIED: "warning",
    LenderState.APPROVED: "success",
    LenderState.SUSPENDED: "danger",
    LenderState.EXITED: "neutral",
}

LENDER = Lifecycle(
    "lender",
    initial=LenderState.APPLIED,
    steps={
        "approve": ((LenderState.APPLIED,), LenderState.APPROVED),
        "suspend": ((LenderState.APPROVED,), LenderState.SUSPENDED),
        "resume": ((LenderState.SUSPENDED,), LenderState.APPROVED),
        "exit": ((LenderState.SUSPENDED,), LenderState.EXITED),
    },
    words=LENDER_STATE_WORDS,
)

STEPS_WITH_REASON = frozenset({"suspend", "exit"})
"""Steps that take something from a lender; whoever takes them says why."""


class LenderKind(StrEnum):
    STATE_BANK = "state_bank"
    JOINT_STOCK_BANK = "joint_stock_bank"
    CITY_BANK = "city_bank"
    RURAL_BANK = "rural_bank"
    VILLAGE_BANK = "village_bank"
    POLICY_BANK = "policy_bank"
    MICRO_LENDER = "micro_lender"
    OTHER = "other"


LENDER_KIND_WORDS = {
    LenderKind.STATE_BANK: Words("国有大型银行", "Large state-owned bank"),
    LenderKind.JOINT_STOCK_BANK: Words("股份制银行", "Joint-stock bank"),
    LenderKind.CITY_BANK: Words("城市商业银行", "City commercial bank"),
    LenderKind.RURAL_BANK: Words("农村商业银行", "Rural commercial bank"),
    LenderKind.VILLAGE_BANK: Words("村镇银行", "Village and township bank"),
    LenderKind.POLICY_BANK: Words("政策性银行", "Policy bank"),
    LenderKind.MICRO_LENDER: Words("小额贷款公司", "Microloan company"),
    LenderKind.OTHER: Words("其他金融机构", "Other lender"),
}


class BranchKind(StrEnum):
    """分行 heads 支行, which heads 网点."""

    BRANCH = "branch"
    SUB_BRANCH = "sub_branch"
    OUTLET = "outlet"


BRANCH_KIND_WORDS = {
    BranchKind.BRANCH: Words("分行", "Branch"),
    BranchKind.SUB_BRANCH: Words("支行", "Sub-branch"),
    BranchKind.OUTLET: Words("网点", "Outlet"),
}
_LEVEL = {BranchKind.BRANCH: 1, BranchKind.SUB_BRANCH: 2, BranchKind.OUTLET: 3}


def may_head(parent: BranchKind, child: BranchKind) -> bool:
    """Whether a branch of one kind can stand above a branch of another."""
    return _LEVEL[parent] < _LEVEL[child]


LENDER_ROLE_WORDS = {
    role: words for role, words in ROLE_WORDS.items() if role.kind is OrganisationKind.LENDER
}


class LenderRole(StrEnum):
    """The roles a lender's member can have; the same codes as :class:`~creditbridge.access.rules.Role`."""

    PRODUCT_MANAGER = Role.LENDER_PRODUCT_MANAGER.value
    REVIEWER = Role.LENDER_REVIEWER.value
    APPROVER = Role.LENDER_APPROVER.value
    VIEWER = Role.LENDER_VIEWER.value


LENDER_ROLE_CHOICES = {role: ROLE_WORDS[Role(role.value)] for role in LenderRole}


def covers(area: str, region: str) -> bool:
    """Whether a service area (six-digit region code) contains a region: 320500 covers 320581, 320000 covers both."""
    significant = area.rstrip("0")
    length = len(significant) + len(significant) % 2
    return region.startswith(area[:length])
