"""Use cases of alerts: read one's lender's, handle one, choose what an alert does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents
from creditbridge.disclosure.rules import Purpose
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from matching.conflicts import service as conflicts
from matching.lines import holding
from matching.lines.model import CreditLine
from matching.monitoring.model import MonitorAlert, MonitoringPolicy
from matching.monitoring.rules import ALERT, AlertState, Blocking, Finding
from matching.monitoring.watching import KIND

PAGE = 50
LONGEST_NOTE = 500
ALERT_NAME = Words("预警", "alert")
HANDLERS = (Role.LENDER_REVIEWER, Role.LENDER_APPROVER)


@dataclass(frozen=True, slots=True)
class Shown:
    """An alert as its lender may see it now: without its findings once the consent is not live any more.

    ``kept_away`` says that they are not shown to this officer, who has an interest in the firm.
    """

    alert: MonitorAlert
    findings: tuple[Finding, ...] | None
    lines: tuple[CreditLine, ...]
    kept_away: bool = False


def alerts_of(
    session: Session,
    actor: Actor,
    *,
    state: AlertState | None = None,
    cursor: int | None = None,
    limit: int = PAGE,
) -> tuple[Sequence[Shown], int | None]:
    """The lender's alerts, the newest first, and where the next page begins."""
    query = select(MonitorAlert).where(MonitorAlert.organisation_id == actor.organisation_id)
    if state is not None:
        query = query.where(MonitorAlert.state == state.value)
    if cursor is not None:
        query = query.where(MonitorAlert.id < cursor)
    rows = session.scalars(query.order_by(MonitorAlert.id.desc()).limit(limit + 1)).all()
    away = conflicts.firms_of(session, actor)
    shown = [_shown(session, actor, row, away) for row in rows[:limit]]
    return shown, rows[limit - 1].id if len(rows) > limit else None


def alerts_of_line(session: Session, actor: Actor, line: CreditLine) -> Sequence[Shown]:
    """The alerts about the firm of a line of the actor's lender."""
    rows = session.scalars(
        select(MonitorAlert)
        .where(MonitorAlert.organisation_id == actor.organisation_id, MonitorAlert.firm_id == line.firm_id)
        .order_by(MonitorAlert.id.desc())
        .limit(PAGE)
    ).all()
    away = conflicts.firms_of(session, actor)
    return [_shown(session, actor, row, away) for row in rows if line.id in row.line_ids]


def open_count(session: Session, actor: Actor) -> int:
    """How many alerts wait to be handled."""
    query = (
        select(func.count())
        .select_from(MonitorAlert)
        .where(
            MonitorAlert.organisation_id == actor.organisation_id,
            MonitorAlert.state == AlertState.NEW.value,
        )
    )
    return session.scalar(query) or 0


def alert_of(session: Session, actor: Actor, public_id: str) -> Shown:
    """One of the lender's alerts.

    Raises:
        NotFound: there is none.
        RuleRefused: ``conflict_of_interest``.
    """
    found = _found(session, actor, public_id)
    conflicts.check(session, actor, found.firm_id)
    return _shown(session, actor, found, ())


def handle(session: Session, actor: Actor, public_id: str, *, note: str, allow_drawing: bool) -> MonitorAlert:
    """Say what was done about an alert; an approver may allow drawdowns again.

    Raises:
        NotFound: there is no such alert.
        NotAllowed: for anybody but a reviewer or an approver; a reviewer who would allow drawdowns.
        InvalidInput: no note.
        Conflict: it was handled already.
        RuleRefused: ``conflict_of_interest``.
    """
    if not actor.has_role(*HANDLERS) or (allow_drawing and not actor.has_role(Role.LENDER_APPROVER)):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    alert = _found(session, actor, public_id)
    conflicts.check(session, actor, alert.firm_id)
    said = note.strip()
    if not said or len(said) > LONGEST_NOTE:
        words = Words("请写明处理情况，不超过 500 字。", "Say what was done, in at most 500 characters.")
        raise InvalidInput({"note": [words]})
    move(
        session,
        alert,
        ALERT,
        "handle",
        note=said,
        handled_at=clock.now(),
        handled_by_id=actor.user_id,
        handled_by=actor.name,
    )
    if allow_drawing:
        _allow_drawing(session, actor, alert, said)
    notices.settle(session, (KIND, alert.public_id), actor.organisation_id)
    record_as(
        session,
        actor,
        "monitoring.handled",
        subject_kind=KIND,
        subject_id=alert.public_id,
        reason=said,
        allow_drawing=allow_drawing,
    )
    return alert


def blocking_of(session: Session, actor: Actor) -> Blocking:
    """What an alert does at the actor's lender."""
    policy = session.get(MonitoringPolicy, actor.organisation_id)
    return Blocking(policy.blocking) if policy is not None else Blocking.SERIOUS


def choose_blocking(session: Session, actor: Actor, blocking: Blocking) -> None:
    """Choose what an alert does from now on.

    Raises:
        NotAllowed: for anybody but an approver of a lender that may work on the platform.
    """
    if not actor.has_role(Role.LENDER_APPROVER):
        raise NotAllowed
    lender = institutions.working_lender_of(session, actor)
    policy = session.get(MonitoringPolicy, actor.organisation_id)
    before = policy.blocking if policy is not None else Blocking.SERIOUS.value
    if policy is None:
        policy = MonitoringPolicy(organisation_id=actor.organisation_id)
        session.add(policy)
    policy.blocking, policy.changed_at = blocking.value, clock.now()
    record_as(
        session,
        actor,
        "monitoring.policy_changed",
        subject_kind="lender",
        subject_id=lender.public_id,
        before=before,
        after=blocking.value,
    )


def _allow_drawing(session: Session, actor: Actor, alert: MonitorAlert, reason: str) -> None:
    for line in _lines(session, alert):
        if line.drawing_blocked:
            holding.allow_drawing(session, actor, line, reason)


def _found(session: Session, actor: Actor, public_id: str) -> MonitorAlert:
    found = session.scalar(
        select(MonitorAlert).where(
            MonitorAlert.public_id == public_id, MonitorAlert.organisation_id == actor.organisation_id
        )
    )
    if found is None:
        raise NotFound(ALERT_NAME)
    return found


def _shown(session: Session, actor: Actor, alert: MonitorAlert, away: Collection[int]) -> Shown:
    if alert.firm_id in away:
        return Shown(alert, None, tuple(_lines(session, alert)), kept_away=True)
    live = consents.live_consent(session, alert.firm_id, actor.organisation_id, Purpose.POST_LOAN)
    found = tuple(alert.found) if live is not None else None
    return Shown(alert, found, tuple(_lines(session, alert)))


def _lines(session: Session, alert: MonitorAlert) -> Sequence[CreditLine]:
    return session.scalars(
        select(CreditLine).where(CreditLine.id.in_(alert.line_ids)).order_by(CreditLine.id)
    ).all()
