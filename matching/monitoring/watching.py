"""The run: firms with a line, under a live consent for the time after the grant, compared with what was known last.

A firm whose facts have not changed since is not looked at again. What is worse, or what of grade and labels is another
than it was, is told through the door of disclosure:
the consent is checked now, what it does not cover stays unseen, and the firm reads the look in its access ledger. Where
nothing of that changed, nothing leaves and nothing is entered. The comparison, the alert, the look and the block of new
drawdowns are one transaction, so that a run that is repeated tells nothing twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.disclosure import consents, door
from creditbridge.disclosure.rules import SYSTEM_OFFICER, Purpose
from creditbridge.disclosure.scopes import scope_of_fact
from creditbridge.facts import service as facts
from creditbridge.facts.firm_facts import FirmFacts
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotAllowed
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.registry.model import Firm
from creditbridge.webhooks import telling
from creditbridge.webhooks.rules import Event
from matching.lines import holding
from matching.lines.model import CreditLine
from matching.lines.rules import BLOCKED_BY_ALERT, LineState
from matching.monitoring.model import MonitorAlert, MonitoringPolicy, WatchedFirm
from matching.monitoring.rules import (
    Blocking,
    Finding,
    Known,
    differences,
    highest,
    known_of,
    watched,
    worse,
)

KIND = "monitor_alert"
PAGE = "lender_alerts.show"
GRADE = "platform_grade"
WHY = Words(
    "贷后监测：情况变化，告知授信机构。", "Monitoring after the grant: a change the lender is told of."
)


@dataclass
class Watching:
    """One lender's lines with one firm, and the consent they are watched under."""

    organisation_id: int
    firm_id: int
    consent_id: int
    lines: list[CreditLine] = field(default_factory=list)


def run(session: Session) -> int:
    """Compare every watched firm that changed; answers how many alerts there were."""
    told = 0
    pairs = _watchings(session)
    changed = facts.change_seqs(session, {pair.firm_id for pair in pairs})
    held = {(row.organisation_id, row.firm_id): row for row in session.scalars(select(WatchedFirm))}
    for pair in pairs:
        row = held.get((pair.organisation_id, pair.firm_id))
        seq = changed.get(pair.firm_id, 0)
        if row is not None and row.consent_id == pair.consent_id and row.change_seq >= seq:
            continue
        told += _compare(session, pair, row, seq)
    return told


def _watchings(session: Session) -> Sequence[Watching]:
    live = consents.live_for(session, Purpose.POST_LOAN)
    found: dict[tuple[int, int], Watching] = {}
    lines = session.scalars(
        select(CreditLine)
        .where(
            CreditLine.standing.is_not(None),
            or_(
                CreditLine.state.in_([LineState.ACTIVE.value, LineState.FROZEN.value]),
                CreditLine.balance_fen > 0,
            ),
        )
        .order_by(CreditLine.id)
    )
    for line in lines:
        key = (line.lender_organisation_id, line.firm_id)
        if (consent_id := live.get(key)) is not None:
            found.setdefault(key, Watching(*key, consent_id)).lines.append(line)
    return list(found.values())


def _compare(session: Session, pair: Watching, row: WatchedFirm | None, seq: int) -> int:
    before = Known.from_json(row.known) if row is not None else at_the_grant(pair.lines)
    after = before

    def findings(shown: FirmFacts) -> list[Finding | str]:
        nonlocal after
        after = known_of(shown, before)
        return [*worse(before, after), *differences(before, after)]

    scopes = {scope for fact in watched().facts if (scope := scope_of_fact(fact)) is not None}
    try:
        with session.begin_nested():
            look = door.watch_within(
                session,
                _actor(session, pair.organisation_id),
                pair.firm_id,
                purpose=Purpose.POST_LOAN,
                what=scopes,
                why=WHY,
                worth_telling=findings,
            )
    except NotAllowed:
        return 0  # the consent covers nothing of it, or the lender may not work on the platform now
    if row is None:
        row = WatchedFirm(organisation_id=pair.organisation_id, firm_id=pair.firm_id)
        session.add(row)
    row.consent_id, row.change_seq = pair.consent_id, seq
    row.known, row.compared_at = after.as_json(), clock.now()
    session.flush()
    if look is None:
        return 0
    changes = [each for each in look.found if isinstance(each, str)]
    if changes:
        _tell_of_change(session, pair, changes, look.entry_public_id)
    worth_warning = [each for each in look.found if isinstance(each, Finding)]
    if not worth_warning:
        return 0
    _alert(session, pair, row, worth_warning, look.entry_public_id)
    return 1


def at_the_grant(lines: Sequence[CreditLine]) -> Known:
    """What counts as known before the first comparison: the grade frozen at the newest grant, and no mark."""
    graded = [line for line in lines if line.grade and line.grade_scale == GRADE]
    return Known({GRADE: graded[-1].grade or ""}) if graded else Known()


def _alert(
    session: Session, pair: Watching, row: WatchedFirm, found: Sequence[Finding], entry: str
) -> MonitorAlert:
    severity = highest(found)
    policy = session.get(MonitoringPolicy, pair.organisation_id)
    blocking = Blocking(policy.blocking) if policy is not None else Blocking.SERIOUS
    open_lines = [line for line in pair.lines if line.state_now in (LineState.ACTIVE, LineState.FROZEN)]
    alert = MonitorAlert(
        organisation_id=pair.organisation_id,
        watched_id=row.id,
        firm_id=pair.firm_id,
        firm_name=pair.lines[-1].firm_name,
        consent_id=pair.consent_id,
        entry_public_id=entry,
        change_seq=row.change_seq,
        severity=severity.value,
        findings=[finding.as_json() for finding in found],
        line_ids=[line.id for line in pair.lines],
        blocked=blocking.blocks(severity) and bool(open_lines),
    )
    session.add(alert)
    session.flush()
    if alert.blocked:
        for line in open_lines:
            holding.block_drawing(session, line, BLOCKED_BY_ALERT.zh)
    record_as(
        session,
        None,
        "monitoring.alerted",
        subject_kind=KIND,
        subject_id=alert.public_id,
        severity=alert.severity,
        blocked=alert.blocked,
        findings=len(found),
    )
    _tell(session, pair, alert)
    return alert


def _tell(session: Session, pair: Watching, alert: MonitorAlert) -> None:
    """The officer of each line, or the branch's officers; and the lender's systems. Neither is told what it is about."""
    told: set[object] = set()
    for line in pair.lines:
        address = line.officer_id or ("branch", line.branch_id)
        if address in told:
            continue
        told.add(address)
        notices.notify(
            session,
            organisation_id=pair.organisation_id,
            kind="monitoring.alert",
            params={"firm": alert.firm_name, "contract": line.contract_number},
            link=(PAGE, {"alert_id": alert.public_id}),
            todo=True,
            subject=(KIND, alert.public_id),
            user_id=line.officer_id,
            roles=None if line.officer_id else [Role.LENDER_REVIEWER, Role.LENDER_APPROVER],
            branch_id=None if line.officer_id else line.branch_id,
        )
    telling.tell(
        session,
        pair.organisation_id,
        Event.FIRM_ALERT,
        alert_id=alert.public_id,
        severity=alert.severity,
        line_ids=[line.public_id for line in pair.lines],
        drawing_blocked=alert.blocked,
    )


def _tell_of_change(session: Session, pair: Watching, changes: Sequence[str], entry: str) -> None:
    """Tell the lender's systems that grade or labels are others now; which ones they ask the API under the consent."""
    telling.tell(
        session,
        pair.organisation_id,
        Event.FIRM_CREDIT_CHANGED,
        firm_id=session.get_one(Firm, pair.firm_id).public_id,
        line_ids=[line.public_id for line in pair.lines],
        changed=list(changes),
        access_entry_id=entry,
    )


def _actor(session: Session, organisation_id: int) -> Actor:
    """The system, looking on behalf of a lender: so it stands in the firm's access ledger."""
    lender = session.get_one(Organisation, organisation_id)
    return Actor(
        user_id=None,
        user_public_id="",
        name=SYSTEM_OFFICER.zh,
        organisation_id=lender.id,
        organisation_public_id=lender.public_id,
        organisation_name=lender.name,
        kind=OrganisationKind.LENDER,
        role=Role.LENDER_VIEWER,
        via="system",
    )
