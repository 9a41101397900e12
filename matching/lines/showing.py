"""What pages show of one line and of a selection, for every workspace alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import url_for
from sqlalchemy.orm import Session

from creditbridge.access.rules import Actor
from creditbridge.facts.catalogue import scales
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages import filters
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Table, query_url
from creditbridge.registry import industries, sizes
from lenders.institutions import service as institutions
from lenders.pricing.schedule import LoanTerms, RepaymentMethod, Schedule, repayment_schedule
from lenders.products import service as products
from matching.ledger import statements
from matching.ledger.views import movements_table
from matching.lines import balances, booking, selecting, tables
from matching.lines.dimensions import DIMENSION_WORDS, MARK_WORDS, UNKNOWN, Dimension, Mark, Selection
from matching.lines.freezing import GRADE
from matching.lines.rules import (
    ENTRY_KIND_WORDS,
    LINE_KIND_WORDS,
    LINE_SOURCE_WORDS,
    LINE_STATE_TONES,
    LINE_STATE_WORDS,
    EntryKind,
    LineState,
    inclusive_definitions,
)

if TYPE_CHECKING:
    from matching.lines.model import CreditLine

Choices = list[tuple[str, Words | str]]


def line_page(session: Session, actor: Actor, line: CreditLine) -> dict[str, Any]:
    """A line with its figures, terms, firm, schedule, statement and history."""
    moves = statements.of_line(session, line.id)
    return {
        "statement": movements_table(
            moves, caption=_("台账明细"), export_url=_statement_url(actor, line) if moves else None
        ),
        "line": line,
        "takes_drawdowns": _takes_drawdowns(line),
        "state_words": LINE_STATE_WORDS[line.state_now],
        "state_tone": LINE_STATE_TONES[line.state_now],
        "figures": _figures(session, line),
        "terms": [*tables.line_facts(line), *_support_facts(line)],
        "firm": tables.firm_facts(actor, line),
        "schedule": (schedule := schedule_table(line)),
        "coming": coming(schedule),
        "revolving": line.repayment_method == RepaymentMethod.REVOLVING,
        "reports": _reports_table(line),
        "history": [_event(entry) for entry in reversed(line.entries)],
        "inclusive_source": inclusive_definitions()[-1].source if line.inclusive_msme else None,
    }


def _statement_url(actor: Actor, line: CreditLine) -> str | None:
    """Where the statement is given as a file: to the firm and to the lender it is about."""
    if actor.is_firm:
        return url_for("firm_lines.statement", line_id=line.public_id)
    return url_for("lender_lines.statement", line_id=line.public_id) if actor.is_lender else None


def _support_facts(line: CreditLine) -> list[tuple[Any, ...]]:
    row = line.support
    if row is None:
        return []
    shares = _(
        "金融机构 %(lender)s，担保方 %(guarantor)s，风险补偿资金 %(pool)s",
        lender=filters.percent(row.lender_share_ppm),
        guarantor=filters.percent(row.guarantor_share_ppm),
        pool=filters.percent(row.pool_share_ppm),
    )
    note = _("信用培育库企业") if row.in_cultivation_pool else None
    return [
        (_("担保方"), row.guarantor, row.guarantee_contract),
        (_("风险分担"), shares),
        (_("担保费或保费"), filters.exact(row.premium_fen)),
        (_("保费补贴"), filters.exact(row.subsidy_fen), note),
    ]


def _takes_drawdowns(line: CreditLine) -> bool:
    return line.standing is not None and line.state_now is LineState.ACTIVE and not line.drawing_blocked


def _available_hint(line: CreditLine) -> str:
    if line.drawing_blocked:
        return _("暂停新的提款")
    return _("循环额度，还款后可再用") if line.revolving else _("非循环额度")


def _figures(session: Session, line: CreditLine) -> list[dict[str, Any]]:
    counters = booking.counters_of(session, line)
    available = counters.available_fen if counters and _takes_drawdowns(line) else 0
    shown = tables.shown_figures(line)
    as_of = _("截至 %(day)s", day=line.balance_on.isoformat()) if line.balance_on else _("尚未报送")
    return [
        {"label": _("授信金额"), "value": shown["amount"], "hint": shown["exact"]},
        {"label": _("年利率"), "value": shown["rate"]},
        {"label": _("期限"), "value": _("%(n)s 个月", n=line.term_months), "hint": shown["period"]},
        {
            "label": _("可用额度"),
            "value": filters.amount(available),
            "hint": _available_hint(line),
        },
        {"label": _("累计放款"), "value": shown["disbursed"], "hint": as_of},
        {"label": _("贷款余额"), "value": shown["balance"], "hint": as_of},
    ]


def _reports_table(line: CreditLine) -> Table:
    """What was reported of the line, the newest date first."""
    return Table(
        columns=[
            Column("as_of", _("截止日期"), kind="day"),
            Column("disbursed_fen", _("累计放款"), kind="exact"),
            Column("balance_fen", _("贷款余额"), kind="exact"),
            Column("overdue_fen", _("逾期金额"), kind="exact"),
            Column("overdue_days", _("逾期天数"), kind="number"),
        ],
        rows=list(reversed(balances.reports_in_force(line.balances))),
        caption=_("放款与余额"),
        id="reports",
    )


def _event(entry: Any) -> dict[str, Any]:
    return {
        "at": entry.at,
        "title": ENTRY_KIND_WORDS[EntryKind(entry.kind)],
        "text": _said_of(entry),
        "who": entry.user_name,
        "tone": "warning" if entry.kind == EntryKind.REVERSAL else "success",
    }


def _said_of(entry: Any) -> str:
    amount = filters.amount(entry.amount_fen)
    told = _(
        "合同编号 %(contract)s，金额 %(amount)s。", contract=entry.stated["contract_number"], amount=amount
    )
    return told + (_("原因：%(reason)s", reason=entry.reason) if entry.reason else "")


def schedule_of(line: CreditLine) -> Schedule | None:
    """The repayments of a line as if it were drawn whole on the day of the grant; None for terms that have none."""
    try:
        return repayment_schedule(
            LoanTerms(
                line.amount_fen,
                line.annual_rate_ppm,
                line.term_months,
                RepaymentMethod(line.repayment_method),
                line.granted_on,
            )
        )
    except InvalidInput:
        return None


SHOWN_AHEAD = 6
"""Payments to come that stand before a long schedule, which is folded."""
LONGEST_UNFOLDED = 12


def coming(schedule: Table | None) -> Table | None:
    """The next payments of a schedule too long to stand open; None where it is short, or nothing is to come."""
    if schedule is None or len(schedule.rows) <= LONGEST_UNFOLDED:
        return None
    ahead = [row for row in schedule.rows if row.due >= clock.today()][:SHOWN_AHEAD]
    columns = [replace(column, total=None) for column in schedule.columns]
    words = _("接下来 %(n)s 期还款", n=len(ahead))
    return replace(schedule, columns=columns, rows=ahead, caption=words, id="coming") if ahead else None


def schedule_table(line: CreditLine) -> Table | None:
    """The schedule to the fen."""
    schedule = schedule_of(line)
    if schedule is None:
        return None
    rows = schedule.instalments
    return Table(
        columns=[
            Column("number", _("期次"), kind="number"),
            Column("due", _("应还日期"), kind="day"),
            Column("payment_fen", _("应还金额"), kind="exact", total=sum(row.payment_fen for row in rows)),
            Column("principal_fen", _("本金"), kind="exact", total=line.amount_fen),
            Column("interest_fen", _("利息"), kind="exact", total=schedule.interest_fen),
            Column("balance_fen", _("剩余本金"), kind="exact"),
        ],
        rows=rows,
        caption=_("还款计划"),
        id="schedule",
    )


def filter_choices(session: Session, actor: Actor) -> dict[str, Choices]:
    """What the filters over lists and reports offer this actor."""
    choices: dict[str, Choices] = {
        "state": [(state.value, words) for state, words in LINE_STATE_WORDS.items()],
        "source": [(source.value, words) for source, words in LINE_SOURCE_WORDS.items()],
        "kind": [(kind.value, words) for kind, words in LINE_KIND_WORDS.items()],
        "grade": list(scales()[GRADE].grades.items()),
        "size": [(size.value, words) for size, words in sizes.SIZE_WORDS.items()],
        "section": [(section.code, section.name) for section in industries.sections()],
    }
    if actor.is_lender:
        lender = institutions.lender_of(session, actor)
        choices["branch"] = [
            (row.public_id, row.words) for row in institutions.branches_of(session, lender.id)
        ]
        choices["product"] = [
            (row.public_id, row.name) for row in products.published_of_lender(session, lender.id)
        ]
    else:
        choices["lender"] = [(row.public_id, row.name) for row in institutions.all_lenders(session)]
    return choices


def chips(session: Session, actor: Actor, wanted: Selection) -> list[tuple[str, str]]:
    """What of a selection no filter on the page shows: its words, and the address without it."""
    found = [
        (_chip(session, actor, dimension, key), query_url(**{dimension.value: None, "cursor": None}))
        for dimension, key in wanted.picked.items()
    ]
    marks = [
        (say(MARK_WORDS[mark]), query_url(**{mark.value: None, "cursor": None}))
        for mark in Mark
        if mark in wanted.marks
    ]
    return found + marks


def _chip(session: Session, actor: Actor, dimension: Dimension, key: str) -> str:
    words = key_words(session, actor, dimension, key)
    return _("%(dimension)s：%(value)s", dimension=say(DIMENSION_WORDS[dimension]), value=say(words))


def key_words(session: Session, actor: Actor, dimension: Dimension, key: str) -> Words:
    """What a key of an address is called; an unknown key is shown as it is."""
    if key == UNKNOWN:
        return selecting.names_of(session, actor, dimension, [None])[None].words
    value = selecting.value_of(session, dimension, key)
    if value is None:
        return Words(key, key)
    return selecting.names_of(session, actor, dimension, [value])[value].words
