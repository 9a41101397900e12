"""A lender's limit for two-person approval: reading it, and changing it by two people."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access import persons
from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from matching.approvals import rules
from matching.approvals.model import CHANGE_OPEN, ApprovalLimit, ApprovalLimitChange
from matching.approvals.rules import CHANGE, check_limit, check_reason
from matching.conflicts.four_eyes import check_other_person

KIND = "approval_limit"
PROPOSERS = (Role.LENDER_APPROVER, Role.LENDER_PRODUCT_MANAGER)
SHOWN = 50
_OWN = Words(
    "不能复核自己提出的变更，请由另一位审批人办理。",
    "You proposed this change, so another approver has to decide on it.",
)


def limit_of(session: Session, organisation_id: int) -> int | None:
    """Above how many fen a lender wants two approvers; None if never."""
    found = session.get(ApprovalLimit, organisation_id)
    return found.second_above_fen if found is not None else None


def approvals_needed(session: Session, organisation_id: int, amount_fen: int) -> int:
    """How many approvers an amount needs at a lender today."""
    return rules.approvals_needed(amount_fen, limit_of(session, organisation_id))


def propose(
    session: Session, actor: Actor, *, second_above_fen: int | None, reason: str
) -> ApprovalLimitChange:
    """Propose another limit, or none; it changes nothing until an approver who is another person confirms it.

    Raises:
        NotAllowed: the actor is neither approver nor product manager, or the lender may not work here now.
        InvalidInput: ``second_above_fen`` or ``reason``.
        DuplicateRequest: ``change_open``.
    """
    if not actor.has_role(*PROPOSERS):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    before = limit_of(session, actor.organisation_id)
    check_limit(before, second_above_fen)
    check_reason(reason)
    waiting = select(ApprovalLimitChange.id).where(
        ApprovalLimitChange.organisation_id == actor.organisation_id, ApprovalLimitChange.open.is_not(None)
    )
    if session.scalar(waiting.limit(1)) is not None:
        raise CHANGE_OPEN
    made = ApprovalLimitChange(
        organisation_id=actor.organisation_id,
        before_fen=before,
        after_fen=second_above_fen,
        reason=reason.strip(),
        proposed_by_id=actor.user_id,
        proposed_by=actor.name,
    )
    session.add(made)
    session.flush()
    _trace(session, actor, made, "proposed")
    return made


def decide(session: Session, actor: Actor, change_id: str, step: str) -> ApprovalLimitChange:
    """Confirm a change, which then holds for every later approval, or refuse it; whoever proposed it may withdraw it.

    Raises:
        NotFound: it is not of the actor's lender.
        NotAllowed: the actor is no approver (to withdraw: did not propose it), or the lender may not work here now.
        RuleRefused: ``own_work``.
        Conflict: it is decided already.
    """
    if step not in CHANGE.steps:
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    change = change_of(session, actor, change_id)
    if step == "withdraw":
        if actor.user_id is None or actor.user_id != change.proposed_by_id:
            raise NotAllowed
    else:
        if not actor.has_role(Role.LENDER_APPROVER):
            raise NotAllowed
        check_other_person(session, actor, change.proposed_by_id, words=_OWN)
    move(
        session,
        change,
        CHANGE,
        step,
        open=None,
        decided_by_id=actor.user_id,
        decided_by=actor.name,
        decided_at=clock.now(),
    )
    if step == "confirm":
        _put_into_force(session, change)
    _trace(
        session, actor, change, {"confirm": "confirmed", "refuse": "refused", "withdraw": "withdrawn"}[step]
    )
    return change


def is_own(session: Session, actor: Actor, change: ApprovalLimitChange) -> bool:
    """Whether the actor proposed a change, by this account or another one of theirs."""
    return persons.is_any_of(session, actor.user_id, [change.proposed_by_id])


def change_of(session: Session, actor: Actor, public_id: str) -> ApprovalLimitChange:
    """A change at the actor's lender.

    Raises:
        NotFound: there is none.
    """
    found = session.scalar(
        select(ApprovalLimitChange).where(
            ApprovalLimitChange.public_id == public_id,
            ApprovalLimitChange.organisation_id == actor.organisation_id,
        )
    )
    if found is None:
        raise NotFound(Words("限额变更", "change of the limit"))
    return found


def changes_of(session: Session, actor: Actor) -> Sequence[ApprovalLimitChange]:
    """The newest changes at the actor's lender."""
    return session.scalars(
        select(ApprovalLimitChange)
        .where(ApprovalLimitChange.organisation_id == actor.organisation_id)
        .order_by(ApprovalLimitChange.id.desc())
        .limit(SHOWN)
    ).all()


def _put_into_force(session: Session, change: ApprovalLimitChange) -> None:
    held = session.get(ApprovalLimit, change.organisation_id)
    if held is None:
        held = ApprovalLimit(organisation_id=change.organisation_id)
        session.add(held)
    held.second_above_fen, held.changed_at = change.after_fen, clock.now()
    session.flush()


def _trace(session: Session, actor: Actor, change: ApprovalLimitChange, step: str) -> None:
    record_as(
        session,
        actor,
        f"approval_limit.{step}",
        subject_kind=KIND,
        subject_id=change.public_id,
        reason=change.reason,
        state=change.state,
        before_fen=change.before_fen,
        after_fen=change.after_fen,
    )
