"""Deciding on a version of the scorecard: a second person approves it, which puts it into use, or hands it back."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from creditbridge.scoring import rules, service
from creditbridge.scoring.model import ScorecardVersion
from creditbridge.scoring.rules import VERSION, VERSION_STATE_WORDS, VersionState
from creditbridge.store.transitions import move

REASON_NEEDED = Words("请写明原因。", "Say why.")


def approve(session: Session, actor: Actor, public_id: str, *, seen: int) -> ScorecardVersion:
    """Put the version into use; the one before is replaced. ``seen`` is the row version the approver looked at.

    The next run over the city rests on it; scores that were given keep the content they rest on.

    Raises:
        RuleRefused: ``own_work`` for whoever wrote in it; ``not_tried`` if it never stood beside the one in use.
        Conflict: if it waits for nobody, or changed since.
    """
    found = _waiting(session, actor, public_id, "approve", seen)
    rules.check_second_person(actor.user_id, found.author_ids)
    rules.check_tried(found.digest, service.tried(found.trials, service.in_use(session).number))
    before = session.scalar(select(ScorecardVersion).where(ScorecardVersion.state == VersionState.LIVE.value))
    if before is not None:
        move(session, before, VERSION, "replace", replaced_at=clock.now())
    move(
        session,
        found,
        VERSION,
        "approve",
        approved_at=clock.now(),
        approved_by_id=actor.user_id,
        working=None,
    )
    _record(session, actor, found, "approved")
    return found


def return_to_draft(
    session: Session, actor: Actor, public_id: str, reason: str, *, seen: int
) -> ScorecardVersion:
    """Hand it back with a reason.

    Raises:
        InvalidInput: without a reason.
        RuleRefused: ``own_work`` for whoever wrote in it.
    """
    found = _waiting(session, actor, public_id, "return", seen)
    rules.check_second_person(actor.user_id, found.author_ids)
    if not reason.strip():
        raise InvalidInput({"reason": [REASON_NEEDED]})
    move(session, found, VERSION, "return", returned_reason=reason.strip(), submitted_at=None)
    _record(session, actor, found, "returned", reason=reason.strip())
    return found


def _waiting(session: Session, actor: Actor, public_id: str, step: str, seen: int) -> ScorecardVersion:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    found = service.version(session, public_id)
    VERSION.check(step, VersionState(found.state))
    if seen != found.version:
        raise illegal_step(VERSION_STATE_WORDS[VersionState(found.state)])
    return found


def _record(session: Session, actor: Actor, found: ScorecardVersion, what: str, *, reason: str = "") -> None:
    record_as(
        session,
        actor,
        f"scorecard.{what}",
        subject_kind="scorecard",
        subject_id=found.public_id,
        reason=reason,
        number=found.number,
    )
