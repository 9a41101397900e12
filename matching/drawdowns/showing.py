"""What pages show of drawdowns and amendments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from creditbridge.kernel import clock
from creditbridge.pages import filters
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from lenders.pricing.running import RowKind, RunningRow
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS, RepaymentMethod
from matching.drawdowns import carrying, lookup, rules
from matching.drawdowns.position import Position, position
from matching.drawdowns.rules import (
    AMENDMENT_KIND_WORDS,
    AMENDMENT_STATE_TONES,
    AMENDMENT_STATE_WORDS,
    DRAWDOWN_STATE_TONES,
    DRAWDOWN_STATE_WORDS,
    AmendmentKind,
)
from matching.ledger.views import movements_table
from matching.lines import booking
from matching.lines.showing import coming

if TYPE_CHECKING:
    from matching.drawdowns.model import Amendment, Drawdown
    from matching.lines.model import CreditLine


def drawdown_page(session: Session, drawdown: Drawdown) -> dict[str, Any]:
    """A drawdown with its figures, what is owed today, its schedule and its movements."""
    now = position(session, drawdown, clock.today())
    state = drawdown.state_now
    return {
        "drawdown": drawdown,
        "line": drawdown.line,
        "state_words": DRAWDOWN_STATE_WORDS[state],
        "state_tone": DRAWDOWN_STATE_TONES[state],
        "figures": _figures(now),
        "owed": now.owed,
        "days_late": now.days_late,
        "schedule": (schedule := schedule_table(now)),
        "coming": coming(schedule),
        "is_preview": drawdown.paid_out_on is None,
        "carried_interest_fen": _carried_interest(session, drawdown),
        "terms": _facts(drawdown, now),
        "statement": movements_table(now.movements, caption=_("台账明细")),
    }


def _carried_interest(session: Session, drawdown: Drawdown) -> int | None:
    """What is paid of the renewed loan if it goes over today; None where none does, or it cannot now."""
    old = drawdown.carries
    if old is None or drawdown.state_now not in rules.OPEN_REQUESTS:
        return None
    return carrying.interest_to(session, drawdown, clock.today()) if old.state_now in rules.OUTSTANDING else 0


def _figures(now: Position) -> list[dict[str, Any]]:
    ahead = rules.next_due(now.rows, now.on) if now.drawdown.paid_out_on else None
    figures = [
        {
            "label": _("提款金额"),
            "value": filters.amount(now.drawdown.amount_fen),
            "hint": filters.exact(now.drawdown.amount_fen),
        },
        {"label": _("剩余本金"), "value": filters.exact(now.outstanding_fen)},
        {
            "label": _("今天应还"),
            "value": filters.exact(now.owed.total_fen),
            "hint": _("逾期 %(n)s 天", n=now.days_late) if now.days_late else "",
        },
        {"label": _("年利率"), "value": filters.rate(now.rate_ppm)},
    ]
    if ahead is not None and now.outstanding_fen:
        figures.append(
            {
                "label": _("下期应还"),
                "value": filters.exact(ahead.payment_fen),
                "hint": filters.day(ahead.due),
            }
        )
    return figures


def _facts(drawdown: Drawdown, now: Position) -> list[tuple[Any, ...]]:
    return [
        (_("合同编号"), drawdown.line.contract_number),
        *([(_("无还本续贷自"), drawdown.carries.line.contract_number)] if drawdown.carries else []),
        (_("期限"), _("%(n)s 个月", n=drawdown.term_months)),
        (_("还款方式"), say(REPAYMENT_METHOD_WORDS[RepaymentMethod(drawdown.repayment_method)])),
        (_("计息方式"), drawdown.day_count),
        (_("用途"), drawdown.purpose),
        (_("放款日期"), filters.day(drawdown.paid_out_on) if drawdown.paid_out_on else ""),
        (_("最后还款日"), filters.day(now.rows[-1].due)),
        (_("说明"), drawdown.state_reason),
    ]


def schedule_table(now: Position) -> Table:
    """The schedule to the fen, early repayments among the instalments."""
    rows = now.rows
    return Table(
        columns=[
            Column("number", _("期次"), value=_number),
            Column("due", _("应还日期"), kind="day"),
            Column("payment_fen", _("应还金额"), kind="exact", total=sum(row.payment_fen for row in rows)),
            Column("principal_fen", _("本金"), kind="exact", total=sum(row.principal_fen for row in rows)),
            Column("interest_fen", _("利息"), kind="exact", total=sum(row.interest_fen for row in rows)),
            Column("balance_fen", _("剩余本金"), kind="exact"),
        ],
        rows=list(rows),
        caption=_("还款计划"),
        id="schedule",
    )


def _number(row: RunningRow) -> str:
    return _("提前还款") if row.kind is RowKind.PREPAYMENT else str(row.number)


def drawdowns_table(
    rows: Sequence[Drawdown],
    href: Callable[[Drawdown], str],
    *,
    with_firm: bool,
    empty: Empty | None = None,
    next_start: int | None = None,
) -> Table:
    """Drawdowns as a list."""
    firm = [Column("firm", _("企业名称"), value=lambda row: row.line.firm_name)] if with_firm else []
    return Table(
        columns=[
            Column("amount_fen", _("提款金额"), kind="amount", href=href),
            *firm,
            Column("contract", _("合同编号"), value=lambda row: row.line.contract_number),
            Column("created_at", _("申请时间"), kind="moment"),
            Column("term_months", _("期限（月）"), kind="number"),
            Column("paid_out_on", _("放款日期"), kind="day"),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: DRAWDOWN_STATE_WORDS[row.state_now],
                tone=lambda row: DRAWDOWN_STATE_TONES[row.state_now],
            ),
        ],
        rows=rows,
        caption=_("提款"),
        id="drawdowns",
        empty=empty or Empty(_("还没有提款"), _("提款申请会显示在这里。")),
        next_cursor=None if next_start is None else str(next_start),
    )


def line_figures(session: Session, line: CreditLine) -> list[dict[str, Any]]:
    """Limit, used, held and what is available."""
    now = booking.counters_of(session, line)
    if now is None:
        return []
    return [
        {"label": _("授信额度"), "value": filters.amount(now.limit_fen)},
        {"label": _("已用额度"), "value": filters.amount(now.used_fen)},
        {"label": _("提款占用"), "value": filters.amount(now.held_fen)},
        {"label": _("可用额度"), "value": filters.amount(now.available_fen)},
    ]


def amendments_shown(session: Session, line: CreditLine) -> list[dict[str, Any]]:
    """The amendments of a line, each with what it changes in words."""
    return [_amendment(row) for row in lookup.amendments_of_line(session, line.id)]


def _amendment(row: Amendment) -> dict[str, Any]:
    return {
        "row": row,
        "kind": AMENDMENT_KIND_WORDS[AmendmentKind(row.kind)],
        "told": _told(row),
        "state_words": AMENDMENT_STATE_WORDS[row.state_now],
        "state_tone": AMENDMENT_STATE_TONES[row.state_now],
        "proposed": row.state == "proposed",
        "offered": row.state == "offered",
    }


def _told(row: Amendment) -> str:
    if row.kind == AmendmentKind.LIMIT:
        return _(
            "额度由 %(before)s 调整为 %(after)s",
            before=filters.amount(row.before),
            after=filters.amount(row.after),
        )
    if row.kind == AmendmentKind.EXTENSION:
        return _("展期 %(n)s 个月", n=row.after)
    return _(
        "利率由 %(before)s 调整为 %(after)s", before=filters.rate(row.before), after=filters.rate(row.after)
    )
