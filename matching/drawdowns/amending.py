"""Amendments: what was agreed changes only with the firm's consent, and only after two officers of the lender."""

from __future__ import annotations

from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor, Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput, NotAllowed
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.money import MAX_FEN, MAX_RATE_PPM
from creditbridge.kernel.words import Words
from creditbridge.store.transitions import move
from lenders.institutions import service as institutions
from lenders.pricing.running import Change, Extension, RateChange
from matching.approvals import service as approvals
from matching.approvals.rules import is_enough
from matching.conflicts import service as conflicts
from matching.conflicts.four_eyes import check_other_person
from matching.drawdowns import announcing
from matching.drawdowns.lookup import amendment_of_firm, amendment_of_lender, drawdown_of_lender
from matching.drawdowns.model import Amendment, Drawdown
from matching.drawdowns.rules import (
    AMENDMENT,
    DRAWDOWN_STATE_WORDS,
    AmendmentKind,
    DrawdownState,
)
from matching.drawdowns.servicing import add_change
from matching.drawdowns.stepping import check_reason, lock
from matching.lines.adjusting import adjust_amount
from matching.lines.lookup import line_of_lender
from matching.lines.rules import LINE_STATE_WORDS, LineState

OWN_CHANGE = Words(
    "不能审批自己发起或已经审批过的变更，请由另一位审批人办理。",
    "You proposed this change, or approved it before, so another officer has to decide on it.",
)
_ADJUSTABLE = (LineState.ACTIVE, LineState.FROZEN)


def propose_limit(session: Session, actor: Actor, line_id: str, *, amount_fen: int, reason: str) -> Amendment:
    """A reviewer proposes another limit for a line.

    Raises:
        NotFound, NotAllowed: as for every step of a lender.
        Conflict: the line has ended.
        InvalidInput: no reason, an amount out of range or the present one.
        DuplicateRequest: ``amendment_open``.
    """
    _check_reviewer(session, actor)
    line = line_of_lender(session, actor, line_id)
    conflicts.check(session, actor, line.firm_id)
    check_reason(reason)
    if line.state_now not in _ADJUSTABLE or line.standing is None:
        raise illegal_step(LINE_STATE_WORDS[line.state_now])
    if not 0 < amount_fen <= MAX_FEN or amount_fen == line.amount_fen:
        words = Words(
            "请填写与现额度不同、大于 0 的额度。", "Enter a limit above 0 that is not the present one."
        )
        raise InvalidInput({"amount_fen": [words]})
    made = Amendment(
        line=line,
        firm_id=line.firm_id,
        lender_organisation_id=line.lender_organisation_id,
        kind=AmendmentKind.LIMIT.value,
        before=line.amount_fen,
        after=amount_fen,
        reason=reason.strip(),
        proposed_by_id=actor.user_id,
    )
    return _proposed(session, actor, made)


def propose_for_drawdown(
    session: Session, actor: Actor, drawdown_id: str, kind: AmendmentKind, *, value: int, reason: str
) -> Amendment:
    """A reviewer proposes more months (an extension no longer than the term itself) or another rate for a drawdown.

    Raises:
        NotFound, NotAllowed: as for every step of a lender.
        Conflict: the drawdown is not being repaid.
        InvalidInput: no reason, or a value out of range.
        DuplicateRequest: ``amendment_open``.
    """
    _check_reviewer(session, actor)
    drawdown = drawdown_of_lender(session, actor, drawdown_id)
    conflicts.check(session, actor, drawdown.firm_id)
    check_reason(reason)
    if drawdown.state_now is not DrawdownState.PERFORMING:
        raise illegal_step(DRAWDOWN_STATE_WORDS[drawdown.state_now])
    low, high = (1, drawdown.term_months) if kind is AmendmentKind.EXTENSION else (0, MAX_RATE_PPM)
    if kind is AmendmentKind.LIMIT or not low <= value <= high:
        words = Words("应在 {low} 至 {high} 之间。", "Must lie between {low} and {high}.")
        raise InvalidInput({"value": [words.fill(low=low, high=high)]})
    made = Amendment(
        line=drawdown.line,
        drawdown=drawdown,
        firm_id=drawdown.firm_id,
        lender_organisation_id=drawdown.lender_organisation_id,
        kind=kind.value,
        before=0 if kind is AmendmentKind.EXTENSION else drawdown.rate_ppm,
        after=value,
        reason=reason.strip(),
        proposed_by_id=actor.user_id,
    )
    return _proposed(session, actor, made)


def decide(session: Session, actor: Actor, amendment_id: str, step: str, *, reason: str = "") -> Amendment:
    """A second officer approves an amendment, which the firm then sees, or returns it.

    Where a limit is raised above what one approver may, the first approval only asks for another one.

    Raises:
        NotFound, NotAllowed, Conflict: as for every step.
        RuleRefused: ``own_work`` or ``conflict_of_interest``.
    """
    if step not in ("approve", "return") or not actor.has_role(Role.LENDER_APPROVER):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
    amendment = amendment_of_lender(session, actor, amendment_id)
    conflicts.check(session, actor, amendment.firm_id)
    earlier = [amendment.proposed_by_id]
    if step == "approve":
        earlier.append(amendment.first_approved_by_id)
    check_other_person(session, actor, *earlier, words=OWN_CHANGE)
    if step == "approve" and not is_enough(
        [amendment.first_approved_by_id], approvals_needed(session, amendment)
    ):
        move(session, amendment, AMENDMENT, "first_approve", first_approved_by_id=actor.user_id)
        announcing.trace_amendment(session, actor, amendment, "first_approve", reason.strip())
        return amendment
    values = {"approved_by_id": actor.user_id} if step == "approve" else {"open": None}
    move(session, amendment, AMENDMENT, step, **values)
    announcing.trace_amendment(session, actor, amendment, step, reason.strip())
    if step == "approve":
        announcing.tell_of_amendment(session, amendment)
    return amendment


def approvals_needed(session: Session, amendment: Amendment) -> int:
    """Two approvers where a limit is raised to an amount above what one may approve, else one."""
    if AmendmentKind(amendment.kind) is not AmendmentKind.LIMIT or amendment.after <= amendment.before:
        return 1
    return approvals.approvals_needed(session, amendment.lender_organisation_id, amendment.after)


def answer(session: Session, actor: Actor, amendment_id: str, step: str) -> Amendment:
    """The firm's owner accepts an amendment, which takes effect at once, or declines it.

    Raises:
        NotFound, NotAllowed, Conflict: as for every step.
        RuleRefused: ``limit_in_use`` or ``quota_exhausted`` where a limit cannot be what was agreed.
        InvalidInput: the drawdown's schedule cannot take the change any more.
    """
    if step not in ("accept", "decline") or not actor.has_role(Role.FIRM_OWNER):
        raise NotAllowed
    amendment = amendment_of_firm(session, actor, amendment_id)
    move(session, amendment, AMENDMENT, step, open=None, answered_at=clock.now())
    announcing.trace_amendment(session, actor, amendment, step)
    announcing.settle_amendment(session, amendment)
    if step == "accept":
        _apply(session, actor, amendment)
    return amendment


def _apply(session: Session, actor: Actor, amendment: Amendment) -> None:
    if amendment.drawdown is None:
        adjust_amount(session, actor, amendment.line, amendment.after, reason=amendment.reason)
        return
    drawdown = amendment.drawdown
    if drawdown.state_now is not DrawdownState.PERFORMING:
        raise illegal_step(DRAWDOWN_STATE_WORDS[drawdown.state_now])
    lock(session, drawdown)
    add_change(session, actor, drawdown, _change(amendment, drawdown))
    announcing.trace(session, actor, drawdown, f"amend_{amendment.kind}", after=amendment.after)


def _change(amendment: Amendment, drawdown: Drawdown) -> Change:
    today = max(clock.today(), drawdown.paid_out_on or clock.today())
    if AmendmentKind(amendment.kind) is AmendmentKind.EXTENSION:
        return Extension(today, amendment.after)
    return RateChange(today, amendment.after)


def _proposed(session: Session, actor: Actor, made: Amendment) -> Amendment:
    session.add(made)
    session.flush()
    announcing.trace_amendment(session, actor, made, "propose", made.reason)
    return made


def _check_reviewer(session: Session, actor: Actor) -> None:
    if not actor.has_role(Role.LENDER_REVIEWER):
        raise NotAllowed
    institutions.working_lender_of(session, actor)
