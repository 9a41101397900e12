"""Two-person approval above a limit (限额以上双人审批): when it is asked for, and the life of a change of the limit. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.lifecycle import Lifecycle
from creditbridge.kernel.money import MAX_FEN, amount_words
from creditbridge.kernel.words import Words

MAX_REASON = 500


class ChangeState(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


CHANGE_STATE_WORDS = {
    ChangeState.PROPOSED: Words("待复核", "Waiting for a second officer"),
    ChangeState.IN_FORCE: Words("已生效", "Took effect"),
    ChangeState.REFUSED: Words("未同意", "Refused"),
    ChangeState.WITHDRAWN: Words("已撤回", "Withdrawn"),
}
CHANGE_STATE_TONES = {
    ChangeState.PROPOSED: "warning",
    ChangeState.IN_FORCE: "success",
    ChangeState.REFUSED: "neutral",
    ChangeState.WITHDRAWN: "neutral",
}
CHANGE = Lifecycle(
    "approval_limit_change",
    initial=ChangeState.PROPOSED,
    steps={
        "confirm": ((ChangeState.PROPOSED,), ChangeState.IN_FORCE),
        "refuse": ((ChangeState.PROPOSED,), ChangeState.REFUSED),
        "withdraw": ((ChangeState.PROPOSED,), ChangeState.WITHDRAWN),
    },
    words=CHANGE_STATE_WORDS,
)


def approvals_needed(amount_fen: int, limit_fen: int | None) -> int:
    """How many approvers an amount needs: two above the limit, else one. A limit of None asks for one always."""
    return 2 if limit_fen is not None and amount_fen > limit_fen else 1


def is_enough(given: Sequence[int | None], needed: int) -> bool:
    """Whether the approvals given so far, with the one just given, are as many as are needed."""
    return len([each for each in given if each is not None]) + 1 >= needed


def check_limit(before_fen: int | None, after_fen: int | None) -> None:
    """A limit is a whole amount from nought (every amount needs two), or none; and another than the present one.

    Raises:
        InvalidInput: ``second_above_fen``.
    """
    words = None
    if after_fen is not None and not 0 <= after_fen <= MAX_FEN:
        words = Words("限额应在 0 至 {most} 之间。", "The limit must lie between 0 and {most}.").fill(
            most=amount_words(MAX_FEN)
        )
    elif after_fen == before_fen:
        words = Words("与现行规定相同，没有变化。", "That is what holds now; nothing would change.")
    if words is not None:
        raise InvalidInput({"second_above_fen": [words]})


def check_reason(reason: str) -> None:
    """Raises InvalidInput unless a reason of at most 500 characters is given."""
    if not 1 <= len(reason.strip()) <= MAX_REASON:
        words = Words("请填写原因，不超过 500 字。", "Give a reason of at most 500 characters.")
        raise InvalidInput({"reason": [words]})
