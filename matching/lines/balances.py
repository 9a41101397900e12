"""What lenders report of a line over time: all that was paid out, what is outstanding and what is overdue.

A report is of the loans a lender keeps in its own system; what is drawn through the platform comes on top of it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.access.trail import record_as
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict
from creditbridge.kernel.lifecycle import illegal_step
from creditbridge.kernel.words import Words
from lenders.institutions import service as institutions
from matching.conflicts import service as conflicts
from matching.lines import announcing, booking
from matching.lines.lookup import line_of_lender
from matching.lines.model import CreditLine, LineBalance
from matching.lines.recording import check_recorder
from matching.lines.rules import CREDIT_LINE, UNSIGNED, BalanceReport, check_balance


def report_balance(session: Session, actor: Actor, line_id: str, report: BalanceReport) -> bool:
    """Report disbursed amount and balance of a line as of a date; answers whether it was news.

    A report for a date that has one replaces it, and both stay on record.

    Raises:
        NotFound: the line is not the actor's lender's.
        NotAllowed: the actor is no reviewer, or the lender may not work on the platform.
        RuleRefused: ``conflict_of_interest``.
        Conflict: the record was voided, or no contract was signed: nothing can be drawn on such a line.
        InvalidInput: the figures cannot be (:func:`~matching.lines.rules.check_balance`).
    """
    check_recorder(actor)
    institutions.working_lender_of(session, actor)
    return report_on(session, actor, line_of_lender(session, actor, line_id), report)


def report_on(session: Session, actor: Actor, line: CreditLine, report: BalanceReport) -> bool:
    """The same for a line that is found already and an actor who may report."""
    conflicts.check(session, actor, line.firm_id)
    if line.standing is None:
        raise Conflict("voided", Words("该登记已作废。", "This record was voided."))
    if line.state_now in UNSIGNED:
        raise illegal_step(CREDIT_LINE.words[line.state_now])
    held = reports_in_force(line.balances)
    before = [row for row in held if row.as_of < report.as_of]
    after = [row for row in held if row.as_of > report.as_of]
    if report in held:
        return False
    check_balance(
        report,
        amount_fen=line.amount_fen,
        granted_on=line.granted_on,
        revolving=line.revolving,
        today=clock.today(),
        before=before[-1] if before else None,
        after=after[0] if after else None,
    )
    line.balances.append(
        LineBalance(
            as_of=report.as_of,
            disbursed_fen=report.disbursed_fen,
            balance_fen=report.balance_fen,
            overdue_fen=report.overdue_fen,
            overdue_days=report.overdue_days,
            user_id=actor.user_id,
            user_name=actor.name,
        )
    )
    session.flush()
    if not after:
        last = held[-1] if held else BalanceReport(report.as_of, 0, 0)
        booking.report(session, actor, line, report, last)
        _take_over(session, line, report, last)
    record_as(
        session,
        actor,
        "line.balance_reported",
        subject_kind=announcing.KIND,
        subject_id=line.public_id,
        as_of=report.as_of.isoformat(),
    )
    return True


def reports_in_force(rows: Sequence[LineBalance]) -> list[BalanceReport]:
    """The last report of each date, the earliest date first. ``rows`` are in the order they were made within a date."""
    last = {
        row.as_of: BalanceReport(
            row.as_of, row.disbursed_fen, row.balance_fen, row.overdue_fen, row.overdue_days
        )
        for row in rows
    }
    return [last[day] for day in sorted(last)]


def _take_over(session: Session, line: CreditLine, report: BalanceReport, last: BalanceReport) -> None:
    """The newest report is what lists and statistics count, with what is drawn through the platform."""
    session.execute(
        update(CreditLine)
        .where(CreditLine.id == line.id)
        .values(
            disbursed_fen=CreditLine.disbursed_fen + report.disbursed_fen - last.disbursed_fen,
            balance_fen=CreditLine.balance_fen + report.balance_fen - last.balance_fen,
            balance_on=report.as_of,
            overdue_fen=report.overdue_fen,
            overdue_days=report.overdue_days,
            version=CreditLine.version + 1,
        )
        .execution_options(synchronize_session=False)
    )
    session.refresh(
        line, ["disbursed_fen", "balance_fen", "balance_on", "overdue_fen", "overdue_days", "version"]
    )
