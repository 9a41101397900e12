"""The life of a scorecard's version: written by one, approved by another, and only after both stood side by side."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words


class VersionState(StrEnum):
    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    LIVE = "live"
    REPLACED = "replaced"
    DISCARDED = "discarded"


VERSION_STATE_WORDS = {
    VersionState.DRAFT: Words("草稿", "Draft"),
    VersionState.PENDING_APPROVAL: Words("待复核", "Waiting for approval"),
    VersionState.LIVE: Words("使用中", "In use"),
    VersionState.REPLACED: Words("已被新版本替代", "Replaced"),
    VersionState.DISCARDED: Words("已放弃", "Discarded"),
}
VERSION_STATE_TONES = {
    VersionState.DRAFT: "neutral",
    VersionState.PENDING_APPROVAL: "warning",
    VersionState.LIVE: "success",
    VersionState.REPLACED: "neutral",
    VersionState.DISCARDED: "neutral",
}

VERSION = Lifecycle(
    "scorecard_version",
    initial=VersionState.DRAFT,
    steps={
        "submit": ((VersionState.DRAFT,), VersionState.PENDING_APPROVAL),
        "return": ((VersionState.PENDING_APPROVAL,), VersionState.DRAFT),
        "approve": ((VersionState.PENDING_APPROVAL,), VersionState.LIVE),
        "replace": ((VersionState.LIVE,), VersionState.REPLACED),
        "discard": ((VersionState.DRAFT,), VersionState.DISCARDED),
    },
    words=VERSION_STATE_WORDS,
)

IN_WORK = (VersionState.DRAFT, VersionState.PENDING_APPROVAL)
"""States of the one version that is being worked on."""


class TrialState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


def check_second_person(approver_id: int | None, author_ids: Collection[int]) -> None:
    """Four eyes: whoever wrote any part of a version never approves it.

    Raises:
        RuleRefused: ``own_work``.
    """
    if approver_id is None or approver_id in author_ids:
        raise RuleRefused(
            "own_work",
            Words(
                "不能复核自己编辑过的版本，请由另一位管理员办理。",
                "You wrote part of this version, so another administrator has to decide on it.",
            ),
        )


def check_tried(digest: str, tried: Collection[str]) -> None:
    """A version comes into use only after its very content stood beside the one in use, on the whole city.

    Raises:
        RuleRefused: ``not_tried``.
    """
    if digest not in tried:
        raise RuleRefused(
            "not_tried",
            Words(
                "请先用全市数据与现行版本对比，看过结果后再提交。",
                "First compare it with the version in use on the whole city, and look at the outcome.",
            ),
        )
