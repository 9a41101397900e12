"""Corrections of grants. The old statement is taken back and the right one booked; both stay to be read.

An approver corrects, and never what the same person recorded last.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, InvalidInput, NotAllowed, RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from creditbridge.webhooks.rules import Event
from lenders.institutions import service as institutions
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import GuaranteeType
from matching.applications.model import Submission
from matching.conflicts import service as conflicts
from matching.conflicts.four_eyes import check_other_person
from matching.lines import announcing, booking
from matching.lines.lookup import line_of_lender
from matching.lines.model import CreditLine, LineEntry
from matching.lines.recording import apply_terms, stated
from matching.lines.rules import (
    CREDIT_LINE,
    OWN_RECORD,
    EntryKind,
    GrantTerms,
    LineKind,
    LineSource,
    check_terms,
)

MAX_REASON = 500
_ACCEPTED = ("annual_rate_ppm", "term_months", "repayment_method", "guarantee_type")


def terms_of(line: CreditLine) -> GrantTerms:
    """What a line says now, as terms."""
    return GrantTerms(
        contract_number=line.contract_number,
        granted_on=line.granted_on,
        amount_fen=line.amount_fen,
        annual_rate_ppm=line.annual_rate_ppm,
        term_months=line.term_months,
        repayment_method=RepaymentMethod(line.repayment_method),
        guarantee_type=GuaranteeType(line.guarantee_type),
        first_time_borrower=line.first_time_borrower,
        kind=LineKind(line.kind),
        maturity_on=line.maturity_on,
        renews=line.renews.contract_number if line.renews else "",
    )


def correct(session: Session, actor: Actor, line_id: str, terms: GrantTerms, *, reason: str) -> CreditLine:
    """Correct what is recorded of a grant.

    Raises:
        NotFound: the line is not the actor's lender's.
        NotAllowed: the actor is no approver, or the lender may not work on the platform.
        RuleRefused: ``own_work``; ``conflict_of_interest``; ``accepted_terms`` where terms the firm accepted would change; ``above_accepted``;
            ``quota_exhausted``.
        Conflict: the record was voided, or nothing would change.
        InvalidInput: no reason, a statement out of range, or one that contradicts reported balances.
    """
    line = _to_correct(session, actor, line_id, reason)
    check_terms(terms, clock.today())
    before = terms_of(line)
    if stated(before) == stated(terms):
        raise Conflict("unchanged", Words("没有需要更正的内容。", "There is nothing to correct."))
    _check_accepted(session, line, terms)
    _check_reports(line, terms)
    hold_line(session, line)
    booking.change_amount(session, actor, line, terms.amount_fen - before.amount_fen)
    _enter(session, actor, line, EntryKind.REVERSAL, terms=before, reason=reason)
    apply_terms(session, line, terms)
    if terms.repayment_method is not before.repayment_method:
        booking.set_revolving(session, actor, line, terms.repayment_method is RepaymentMethod.REVOLVING)
    _enter(session, actor, line, EntryKind.CORRECTION, terms=terms, reason=reason)
    session.flush()
    _trace(session, actor, line, "line.corrected", reason)
    announcing.tell_firm(session, line, "line.corrected", reason=reason.strip())
    return line


def void(session: Session, actor: Actor, line_id: str, *, reason: str) -> CreditLine:
    """Take back the record of an offline grant that never was, or was entered for the wrong firm.

    A grant that ended an application is corrected or terminated; its record is not voided.

    Raises:
        NotFound, NotAllowed, RuleRefused, Conflict, InvalidInput: as :func:`correct`; ``online_grant``.
    """
    line = _to_correct(session, actor, line_id, reason)
    if line.source == LineSource.ONLINE:
        raise RuleRefused(
            "online_grant",
            Words(
                "平台申请形成的授信不能作废，请更正或终止。",
                "A grant that came from an application here cannot be voided. Correct or terminate it.",
            ),
        )
    if booking.has_drawdowns(session, line):
        raise RuleRefused(
            "drawn_on",
            Words("该授信已有提款，不能作废。", "This line was drawn on, so its record cannot be voided."),
        )
    before = terms_of(line)
    hold_line(session, line)
    booking.take_back(session, actor, line, clock.today())
    _enter(session, actor, line, EntryKind.REVERSAL, terms=before, reason=reason)
    if "terminate" in CREDIT_LINE.legal_steps(line.state_now):
        move(session, line, CREDIT_LINE, "terminate", state_reason=reason.strip())
    line.disbursed_fen = line.balance_fen = 0
    line.standing = None
    session.flush()
    _trace(session, actor, line, "line.voided", reason)
    announcing.tell_firm(session, line, "line.voided", reason=reason.strip())
    return line


def check_reason(reason: str) -> None:
    """Raises InvalidInput unless a reason of at most 500 characters is given."""
    if not reason.strip() or len(reason) > MAX_REASON:
        words = Words("请填写原因，最多 {n} 个字。", "Give a reason of at most {n} characters.")
        raise InvalidInput({"reason": [words.fill(n=MAX_REASON)]})


def _to_correct(session: Session, actor: Actor, line_id: str, reason: str) -> CreditLine:
    if not actor.has_role(Role.LENDER_APPROVER):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    line = line_of_lender(session, actor, line_id)
    if line.standing is None:
        raise Conflict("voided", Words("该登记已作废。", "This record was voided."))
    conflicts.check(session, actor, line.firm_id)
    check_other_person(session, actor, line.entries[-1].user_id, words=OWN_RECORD)
    check_reason(reason)
    return line


def _check_accepted(session: Session, line: CreditLine, terms: GrantTerms) -> None:
    """Accepted terms are immutable: a later change of them is an amendment with the firm's consent."""
    if line.submission_id is None:
        return
    now, then = stated(terms_of(line)), stated(terms)
    if any(now[name] != then[name] for name in _ACCEPTED):
        raise RuleRefused(
            "accepted_terms",
            Words(
                "利率、期限、还款方式和担保方式为企业已确认的条款，不能更正。",
                "The firm accepted rate, term, repayment and guarantee; they cannot be corrected.",
            ),
        )
    accepted = session.get_one(Submission, line.submission_id).accepted_fen or 0
    if terms.amount_fen > accepted:
        raise RuleRefused(
            "above_accepted",
            Words("授信金额不能超过企业已确认的金额。", "The grant cannot exceed what the firm accepted."),
        )


def _check_reports(line: CreditLine, terms: GrantTerms) -> None:
    """What was reported of the line must still be possible."""
    first: date | None = line.balances[0].as_of if line.balances else None
    problems: dict[str, list[Words]] = {}
    if first is not None and terms.granted_on > first:
        words = Words("已有 {day} 的余额记录。", "A balance was reported as of {day}.")
        problems["granted_on"] = [words.fill(day=first.isoformat())]
    revolving = line.revolving or terms.repayment_method is RepaymentMethod.REVOLVING
    least = max((row.balance_fen if revolving else row.disbursed_fen for row in line.balances), default=0)
    if terms.amount_fen < least:
        problems["amount_fen"] = [
            Words("授信金额不能少于已报送的放款金额。", "The amount cannot be less than what was paid out.")
        ]
    if problems:
        raise InvalidInput(problems)


def hold_line(session: Session, line: CreditLine) -> None:
    """Take the line at the version that was read; who comes second is told so."""
    session.flush()
    result = session.execute(
        update(CreditLine)
        .where(CreditLine.id == line.id, CreditLine.version == line.version)
        .values(version=line.version + 1)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)
    if result.rowcount != 1:
        raise Conflict(
            "changed_meanwhile",
            Words(
                "该授信刚刚被他人更新，请刷新页面后再操作。",
                "Somebody else has just changed this line. Reload the page and try again.",
            ),
        )
    session.refresh(line, ["version"])


def _enter(
    session: Session,
    actor: Actor,
    line: CreditLine,
    kind: EntryKind,
    *,
    terms: GrantTerms,
    reason: str,
) -> None:
    line.entries.append(
        LineEntry(
            kind=kind.value,
            amount_fen=-terms.amount_fen if kind is EntryKind.REVERSAL else terms.amount_fen,
            stated=stated(terms),
            reason=reason.strip(),
            user_id=actor.user_id,
            user_name=actor.name,
        )
    )
    session.flush()


def _trace(session: Session, actor: Actor, line: CreditLine, action: str, reason: str) -> None:
    values: dict[str, Any] = {"state": line.state}
    announcing.tell_systems(session, line, Event.LINE_CHANGED, step=action)
    record_as(
        session,
        actor,
        action,
        subject_kind=announcing.KIND,
        subject_id=line.public_id,
        reason=reason.strip(),
        **values,
    )
