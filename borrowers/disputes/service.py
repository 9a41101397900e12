"""Disputes: a firm raises one, its record is flagged and out of scoring at once; the platform checks and decides.

The platform decides for the department a record came from, after asking it. What is decided is laid over the record, so that
every reader honours it from the commit on; scores follow with the run that is asked for in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from borrowers.claims.service import organisation_of_firm
from borrowers.disputes import rules
from borrowers.disputes.model import Dispute
from borrowers.disputes.rules import LIFECYCLE, OPEN, Correction, DisputeState, Outcome
from borrowers.documents.model import Document
from creditbridge.access.model import Organisation
from creditbridge.access.rules import Actor, OrganisationKind, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed, NotFound, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.labels.rules import Viewer
from creditbridge.notices import service as notices
from creditbridge.records import overlays
from creditbridge.records.catalogue import items
from creditbridge.records.overlaying import OverlayKind
from creditbridge.registry.model import Firm
from creditbridge.runs import portraying
from creditbridge.runs import service as runs
from creditbridge.runs.portraying import ShownRecord
from creditbridge.store import constraints
from creditbridge.store.transitions import move

PAGE = 50
SUBJECT = "dispute"
_DISPUTE = Words("异议", "dispute")
_RECORD = Words("信用记录", "record")
_REASON_NEEDED = Words("请写明记录错在哪里。", "Say what is wrong with the record.")
_ANSWER_NEEDED = Words(
    "请写明核查结果和理由，企业会看到。", "Say what was found and why; the firm will read it."
)
_NOTHING_CORRECTED = Words("请至少填写一项正确的内容。", "Enter at least one thing that is right.")
_ENDS_BEFORE = Words("终止日期不能早于发生日期。", "It cannot end before it occurred.")
ALREADY_DISPUTED = RuleRefused(
    "already_disputed",
    Words(
        "这条记录已有一项异议正在处理，请等待核查结果。",
        "A dispute about this record is open already. Wait until it is decided.",
    ),
)

constraints.register({"uq_dispute_record_no": ALREADY_DISPUTED})


@dataclass(frozen=True, slots=True)
class DisputeFile:
    """A dispute as it is decided: whose it is, the record as it is held now (None past its retention), the evidence."""

    dispute: Dispute
    firm: Firm
    record: ShownRecord | None
    document: Document | None


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One dispute in the queue."""

    dispute: Dispute
    firm: Firm


@dataclass(frozen=True, slots=True)
class QueuePage:
    """Some disputes; ``next_cursor`` is None on the last page."""

    rows: Sequence[QueueRow]
    next_cursor: str | None


def record_of(session: Session, firm: Firm, record_no: int) -> ShownRecord:
    """A record that the firm sees of itself.

    Raises:
        NotFound: it has no such record, or is not shown it.
    """
    return _record(session, firm, record_no, Viewer.FIRM)


def raise_dispute(
    session: Session, actor: Actor, firm: Firm, record_no: int, reason: str, *, document_id: int | None = None
) -> Dispute:
    """Say that a record is wrong: it is marked and counts nowhere from now on, and the clock runs.

    Raises:
        NotAllowed: the actor does not act for a firm.
        NotFound: the firm has no such record.
        InvalidInput: without a reason.
        RuleRefused: ``already_disputed``.
    """
    if not actor.is_firm or actor.user_id is None:
        raise NotAllowed
    record = record_of(session, firm, record_no)
    if not reason.strip():
        raise InvalidInput({"reason": [_REASON_NEEDED]})
    if OverlayKind.DISPUTED in record.marks:
        raise ALREADY_DISPUTED
    today = clock.today()
    made = Dispute(
        firm_id=firm.id,
        record_no=record_no,
        item=record.item.code,
        occurred_on=record.occurred_on,
        department=record.item.department,
        reason=reason.strip(),
        document_id=document_id,
        state=LIFECYCLE.initial.value,
        due_on=rules.due_on(today),
        raised_by=actor.user_id,
    )
    session.add(made)
    session.flush()
    overlays.lay(
        session,
        firm.firm_no,
        record_no,
        OverlayKind.DISPUTED,
        subject_kind=SUBJECT,
        subject_id=made.public_id,
    )
    runs.want_current(session)
    _record_step(session, actor, made, "raised")
    _tell_platform(session, made, firm, record)
    return made


def check(session: Session, actor: Actor, public_id: str) -> Dispute:
    """The platform takes a dispute up with the department.

    Raises:
        NotAllowed, NotFound, Conflict: not an administrator; no such dispute; taken up already.
    """
    found = _dispute_for(session, actor, public_id)
    move(session, found, LIFECYCLE, "check")
    _record_step(session, actor, found, "checking")
    _tell_firm(session, found)
    return found


def uphold(
    session: Session, actor: Actor, public_id: str, answer: str, *, correction: Correction | None = None
) -> Dispute:
    """The firm is right: the record is corrected, or withdrawn where no correction is given.

    Raises:
        InvalidInput: without an answer; a correction that corrects nothing, or ends before it begins.
        NotAllowed, NotFound, Conflict: as :func:`check`; also when the record is past its retention.
    """
    found = _dispute_for(session, actor, public_id)
    firm = session.get_one(Firm, found.firm_id)
    if correction is not None:
        _check_correction(correction, _record(session, firm, found.record_no, Viewer.PLATFORM))
    outcome = Outcome.WITHDRAW if correction is None else Outcome.CORRECT
    _decide(session, actor, found, outcome, _given(answer))
    overlays.lift(session, firm.firm_no, found.record_no, OverlayKind.DISPUTED)
    with suppress(NotFound):  # an earlier correction gives way to this one
        overlays.lift(session, firm.firm_no, found.record_no, OverlayKind.CORRECTED)
    right = correction or Correction()
    overlays.lay(
        session,
        firm.firm_no,
        found.record_no,
        OverlayKind.CORRECTED,
        subject_kind=SUBJECT,
        subject_id=found.public_id,
        withdrawn=correction is None,
        occurred_on=right.occurred_on,
        ends_on=right.ends_on,
        value=right.value,
    )
    return found


def reject(session: Session, actor: Actor, public_id: str, answer: str) -> Dispute:
    """The record is right: it counts again as it was.

    Raises:
        InvalidInput: without an answer.
        NotAllowed, NotFound, Conflict: as :func:`check`.
    """
    found = _dispute_for(session, actor, public_id)
    _decide(session, actor, found, Outcome.REJECT, _given(answer))
    firm = session.get_one(Firm, found.firm_id)
    overlays.lift(session, firm.firm_no, found.record_no, OverlayKind.DISPUTED)
    return found


def disputes_of(session: Session, firm_id: int) -> Sequence[Dispute]:
    """A firm's disputes, newest first."""
    return session.scalars(
        select(Dispute).where(Dispute.firm_id == firm_id).order_by(Dispute.id.desc())
    ).all()


def own_file(session: Session, firm: Firm, public_id: str) -> DisputeFile:
    """One dispute of a firm, as the firm sees it.

    Raises:
        NotFound: the firm has no such dispute.
    """
    found = session.scalar(select(Dispute).where(Dispute.public_id == public_id, Dispute.firm_id == firm.id))
    if found is None:
        raise NotFound(_DISPUTE)
    return _file(session, found, Viewer.FIRM)


def file_of(session: Session, public_id: str) -> DisputeFile:
    """One dispute as the platform sees it.

    Raises:
        NotFound: there is none.
    """
    return _file(session, _dispute(session, public_id), Viewer.PLATFORM)


def queue(session: Session, state: DisputeState, before: int | None = None) -> QueuePage:
    """Disputes in one state: open ones by the day they are due, decided ones the newest first.

    ``before`` is how many come earlier.
    """
    start = before or 0
    order = (Dispute.due_on, Dispute.id) if state in OPEN else (Dispute.id.desc(),)
    rows = session.execute(
        select(Dispute, Firm)
        .join(Firm, Firm.id == Dispute.firm_id)
        .where(Dispute.state == state.value)
        .order_by(*order)
        .offset(start)
        .limit(PAGE + 1)
    ).all()
    shown = [QueueRow(dispute, firm) for dispute, firm in rows[:PAGE]]
    return QueuePage(shown, str(start + PAGE) if len(rows) > PAGE else None)


def counts(session: Session) -> dict[DisputeState, int]:
    """How many disputes are in each state."""
    rows = session.execute(select(Dispute.state, func.count()).group_by(Dispute.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state.value, 0) for state in DisputeState}


def _file(session: Session, found: Dispute, viewer: Viewer) -> DisputeFile:
    firm = session.get_one(Firm, found.firm_id)
    document = session.get(Document, found.document_id) if found.document_id else None
    records = portraying.records_of(session, firm, viewer, clock.today())
    held = next((row for row in records if row.record_no == found.record_no), None)
    return DisputeFile(found, firm, held, document)


def _record(session: Session, firm: Firm, record_no: int, viewer: Viewer) -> ShownRecord:
    for row in portraying.records_of(session, firm, viewer, clock.today()):
        if row.record_no == record_no:
            return row
    raise NotFound(_RECORD)


def _check_correction(correction: Correction, record: ShownRecord) -> None:
    if correction.is_nothing:
        raise InvalidInput({"occurred_on": [_NOTHING_CORRECTED]})
    occurred = correction.occurred_on or record.occurred_on
    ends = correction.ends_on or record.ends_on
    if occurred is not None and ends is not None and ends < occurred:
        raise InvalidInput({"ends_on": [_ENDS_BEFORE]})


def _dispute(session: Session, public_id: str) -> Dispute:
    found = session.scalar(select(Dispute).where(Dispute.public_id == public_id))
    if found is None:
        raise NotFound(_DISPUTE)
    return found


def _dispute_for(session: Session, actor: Actor, public_id: str) -> Dispute:
    if not actor.has_role(Role.PLATFORM_ADMINISTRATOR):
        raise NotAllowed
    return _dispute(session, public_id)


def _given(answer: str) -> str:
    if not answer.strip():
        raise InvalidInput({"answer": [_ANSWER_NEEDED]})
    return answer.strip()


def _decide(session: Session, actor: Actor, found: Dispute, outcome: Outcome, answer: str) -> None:
    move(
        session,
        found,
        LIFECYCLE,
        "reject" if outcome is Outcome.REJECT else "uphold",
        decided_by=actor.user_id,
        decided_by_name=actor.name,
        decided_at=clock.now(),
        outcome=outcome.value,
        answer=answer,
    )
    runs.want_current(session)
    _record_step(session, actor, found, found.state)
    notices.settle(session, (SUBJECT, found.public_id), actor.organisation_id)
    _tell_firm(session, found)


def _record_step(session: Session, actor: Actor, found: Dispute, step: str) -> None:
    record_as(
        session,
        actor,
        f"dispute.{step}",
        subject_kind=SUBJECT,
        subject_id=found.public_id,
        record_no=found.record_no,
        item=found.item,
        outcome=found.outcome,
    )


def _tell_firm(session: Session, found: Dispute) -> None:
    organisation_id = organisation_of_firm(session, found.firm_id)
    if organisation_id is None:
        return
    notices.notify(
        session,
        organisation_id=organisation_id,
        kind=f"dispute.{found.state}",
        params={"record": items()[found.item].name.as_json(), "answer": found.answer},
        link=("disputes.show", {"public_id": found.public_id}),
        subject=(SUBJECT, found.public_id),
    )


def _tell_platform(session: Session, made: Dispute, firm: Firm, record: ShownRecord) -> None:
    platforms = session.scalars(
        select(Organisation.id).where(
            Organisation.kind == OrganisationKind.PLATFORM.value, Organisation.is_active
        )
    )
    for organisation_id in platforms:
        notices.notify(
            session,
            organisation_id=organisation_id,
            kind="dispute.raised",
            params={"firm": firm.name, "record": record.item.name.as_json()},
            link=("dispute_desk.show", {"public_id": made.public_id}),
            todo=True,
            subject=(SUBJECT, made.public_id),
            roles=(Role.PLATFORM_ADMINISTRATOR,),
            due_on=made.due_on,
        )
