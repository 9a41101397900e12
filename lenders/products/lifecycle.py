"""The life cycles of products and of their versions, and who may take which step (domain section 3)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.words import Words


class ProductState(StrEnum):
    """``unpublished`` until the first version goes live; then ``open`` ⇄ ``suspended`` → ``retired``."""

    UNPUBLISHED = "unpublished"
    OPEN = "open"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class VersionState(StrEnum):
    DRAFT = "draft"
    PENDING_APPROVAL = "pending_approval"
    PENDING_PUBLICATION = "pending_publication"
    LIVE = "live"
    REPLACED = "replaced"


PRODUCT_STATE_WORDS = {
    ProductState.UNPUBLISHED: Words("未发布", "Not published"),
    ProductState.OPEN: Words("受理中", "Open"),
    ProductState.SUSPENDED: Words("暂停受理", "Suspended"),
    ProductState.RETIRED: Words("已下架", "Retired"),
}
PRODUCT_STATE_TONES = {
    ProductState.UNPUBLISHED: "neutral",
    ProductState.OPEN: "success",
    ProductState.SUSPENDED: "warning",
    ProductState.RETIRED: "neutral",
}
VERSION_STATE_WORDS = {
    VersionState.DRAFT: Words("草稿", "Draft"),
    VersionState.PENDING_APPROVAL: Words("待机构复核", "Waiting for the lender's approver"),
    VersionState.PENDING_PUBLICATION: Words("待平台发布", "Waiting for publication"),
    VersionState.LIVE: Words("已发布", "Live"),
    VersionState.REPLACED: Words("已被新版本替代", "Replaced"),
}
VERSION_STATE_TONES = {
    VersionState.DRAFT: "neutral",
    VersionState.PENDING_APPROVAL: "warning",
    VersionState.PENDING_PUBLICATION: "warning",
    VersionState.LIVE: "success",
    VersionState.REPLACED: "neutral",
}

PRODUCT = Lifecycle(
    "product",
    initial=ProductState.UNPUBLISHED,
    steps={
        "open": ((ProductState.UNPUBLISHED,), ProductState.OPEN),
        "suspend": ((ProductState.OPEN,), ProductState.SUSPENDED),
        "resume": ((ProductState.SUSPENDED,), ProductState.OPEN),
        "retire": ((ProductState.SUSPENDED,), ProductState.RETIRED),
    },
    words=PRODUCT_STATE_WORDS,
)

VERSION = Lifecycle(
    "product_version",
    initial=VersionState.DRAFT,
    steps={
        "submit": ((VersionState.DRAFT,), VersionState.PENDING_APPROVAL),
        "approve": ((VersionState.PENDING_APPROVAL,), VersionState.PENDING_PUBLICATION),
        "return": ((VersionState.PENDING_APPROVAL, VersionState.PENDING_PUBLICATION), VersionState.DRAFT),
        "publish": ((VersionState.PENDING_PUBLICATION,), VersionState.LIVE),
        "replace": ((VersionState.LIVE,), VersionState.REPLACED),
    },
    words=VERSION_STATE_WORDS,
)

IN_WORK = (VersionState.DRAFT, VersionState.PENDING_APPROVAL, VersionState.PENDING_PUBLICATION)
"""States of the one version of a product that is being worked on."""


def check_second_officer(
    approver_id: int | None, author_ids: Collection[int], own_ids: Collection[int] = ()
) -> None:
    """Four eyes: whoever wrote any part of a version never approves it; ``own_ids`` are the approver's other accounts.

    Raises:
        RuleRefused: ``own_work``.
    """
    if approver_id is None or not {approver_id, *own_ids}.isdisjoint(author_ids):
        raise RuleRefused(
            "own_work",
            Words(
                "不能复核自己编辑过的版本，请由另一位审批人办理。",
                "You wrote part of this version, so another approver has to decide on it.",
            ),
        )
