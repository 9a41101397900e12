"""Conflicts of interest (利益冲突): which relations there are, how long a declaration stands, what is refused. Pure."""

from __future__ import annotations

from enum import StrEnum

from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words

MAX_NOTE = 500
MAX_NAME = 80


class Relation(StrEnum):
    """What ties an officer to a firm. ``SAME_PERSON`` and ``CONTACT`` are found by the platform itself."""

    SHAREHOLDER = "shareholder"
    RELATIVE = "relative"
    EMPLOYEE = "employee"
    BUSINESS = "business"
    OTHER = "other"
    SAME_PERSON = "same_person"
    CONTACT = "contact"


RELATION_WORDS = {
    Relation.SHAREHOLDER: Words("本人持有该企业股份", "Holds shares of the firm"),
    Relation.RELATIVE: Words("亲属是该企业的股东或负责人", "A relative owns or runs the firm"),
    Relation.EMPLOYEE: Words("在该企业任职或曾经任职", "Works or worked for the firm"),
    Relation.BUSINESS: Words("与该企业有个人资金或业务往来", "Has private dealings with the firm"),
    Relation.OTHER: Words("其他可能影响公正的关系", "Another tie that may impair judgement"),
    Relation.SAME_PERSON: Words("与该企业账号的使用人是同一人", "Is a person of the firm’s own account"),
    Relation.CONTACT: Words(
        "联系电话与该企业的联系人相同", "Shares the telephone number of the firm’s contact"
    ),
}
DECLARABLE = {
    relation: words
    for relation, words in RELATION_WORDS.items()
    if relation not in (Relation.SAME_PERSON, Relation.CONTACT)
}


class Named(StrEnum):
    """Who said so: the officer, an approver about a colleague, or the firm."""

    OFFICER = "officer"
    COLLEAGUE = "colleague"
    FIRM = "firm"


NAMED_WORDS = {
    Named.OFFICER: Words("本人申明", "Declared by the officer"),
    Named.COLLEAGUE: Words("审批人登记", "Entered by an approver"),
    Named.FIRM: Words("企业指出", "Named by the firm"),
}


class ConflictState(StrEnum):
    STANDING = "standing"
    LIFTED = "lifted"


CONFLICT_STATE_WORDS = {
    ConflictState.STANDING: Words("须回避", "Keeps away"),
    ConflictState.LIFTED: Words("已解除", "Lifted"),
}
CONFLICT_STATE_TONES = {ConflictState.STANDING: "warning", ConflictState.LIFTED: "neutral"}
CONFLICT = Lifecycle(
    "conflict_of_interest",
    initial=ConflictState.STANDING,
    steps={"lift": ((ConflictState.STANDING,), ConflictState.LIFTED)},
    words=CONFLICT_STATE_WORDS,
)

_KEEP_AWAY = Words(
    "您与该企业存在利益关系（{relation}），须回避，请由其他人员办理。",
    "You have an interest in this firm ({relation}), so somebody else has to handle this.",
)


def keep_away(relation: Relation) -> Words:
    """Why an officer cannot do anything about a firm."""
    return _KEEP_AWAY.fill(relation=RELATION_WORDS[relation])


def refuse_conflict(relation: Relation | None) -> None:
    """Refuse whoever has an interest in the firm.

    Raises:
        RuleRefused: ``conflict_of_interest``.
    """
    if relation is not None:
        raise RuleRefused("conflict_of_interest", keep_away(relation))


def check_may_lift(*, own: bool, conflicted: bool) -> None:
    """Nobody lifts a conflict of their own, nor one about a firm that they must keep away from themselves.

    Raises:
        RuleRefused: ``own_work`` or ``conflict_of_interest``.
    """
    if own:
        raise RuleRefused(
            "own_work",
            Words(
                "不能解除自己的回避，请由另一位审批人办理。",
                "You cannot lift a conflict of your own. Another approver has to.",
            ),
        )
    if conflicted:
        refuse_conflict(Relation.OTHER)
