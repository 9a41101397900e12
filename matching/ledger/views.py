"""Pages of the books: a firm's and a lender's statement, and the trial balance for the platform."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from creditbridge.access.guard import current_actor
from creditbridge.pages import filters
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.store import unit
from lenders.institutions import service as institutions
from matching.ledger import checking, statements
from matching.ledger.rules import ACCOUNT_WORDS, COMMITMENTS, AccountKind
from matching.ledger.statements import Movement

firm_blueprint = Blueprint("firm_ledger", __name__, template_folder="templates")
lender_blueprint = Blueprint("lender_ledger", __name__, template_folder="templates")
platform_blueprint = Blueprint("platform_ledger", __name__, template_folder="templates")


@firm_blueprint.get("/firm/ledger")
def index() -> ResponseReturnValue:
    """What moved on the firm's lines."""
    session, start = unit.session(), asked_position() or 0
    firm = claims.firm_of(session, current_actor())
    rows = statements.of_firm(session, firm.id, start=start, limit=statements.PAGE + 1)
    return render_template("ledger/statement.html", table=_table(rows, start), totals=[])


@lender_blueprint.get("/lender/ledger", endpoint="index")
def lender_index() -> ResponseReturnValue:
    """What moved on the lender's lines and quotas, and what is on their accounts."""
    session, start = unit.session(), asked_position() or 0
    lender = institutions.lender_of(session, current_actor())
    rows = statements.of_lender(session, lender.id, start=start, limit=statements.PAGE + 1)
    totals = statements.totals_of_lender(session, lender.id)
    shown = [(ACCOUNT_WORDS[kind], filters.exact(totals[kind])) for kind in _SHOWN if kind in totals]
    return render_template("ledger/statement.html", table=_table(rows, start), totals=shown)


@platform_blueprint.get("/platform/ledger", endpoint="index")
def platform_index() -> ResponseReturnValue:
    """The trial balance: whether the books hold."""
    trial = checking.trial_balance(unit.session())
    table = Table(
        columns=[
            Column("words", _("科目")),
            Column("accounts", _("账户数"), kind="number"),
            Column("onto_fen", _("增加"), kind="exact"),
            Column("off_fen", _("减少"), kind="exact"),
            Column("balance_fen", _("余额"), kind="exact"),
        ],
        rows=[
            {
                "words": ACCOUNT_WORDS[row.kind],
                "accounts": row.accounts,
                "onto_fen": row.onto_fen,
                "off_fen": row.off_fen,
                "balance_fen": row.balance_fen,
            }
            for row in trial.rows
        ],
        caption=_("试算平衡表"),
        id="trial",
    )
    sums = [
        (words, sum(row.balance_fen for row in trial.rows if (row.kind in COMMITMENTS) is in_book))
        for words, in_book in ((_("额度科目合计"), True), (_("资金科目合计"), False))
    ]
    return render_template("ledger/trial.html", trial=trial, table=table, sums=sums)


_SHOWN = (
    AccountKind.QUOTA_HELD,
    AccountKind.LINE_AVAILABLE,
    AccountKind.LINE_HELD,
    AccountKind.LINE_USED,
    AccountKind.PRINCIPAL,
    AccountKind.INTEREST_DUE,
    AccountKind.PENALTY_DUE,
)


def movements_table(rows: Sequence[Movement], *, caption: str, next_start: int | None = None) -> Table:
    """Movements as a table; used on the page of a line as well."""
    return Table(
        columns=[
            Column("on", _("日期"), kind="day"),
            Column("words", _("业务")),
            Column("text", _("合同或编号"), kind="code"),
            Column("principal_fen", _("本金变动"), kind="exact"),
            Column("interest_fen", _("应收利息变动"), kind="exact"),
            Column("available_fen", _("可用额度变动"), kind="exact"),
            Column("who", _("经办人")),
        ],
        rows=list(rows),
        caption=caption,
        id="statement",
        next_cursor=None if next_start is None else str(next_start),
        empty=Empty(_("还没有台账记录"), _("授信、提款和还款会逐笔记在这里。")),
    )


def _table(rows: Sequence[Movement], start: int) -> Table:
    following = start + statements.PAGE if len(rows) > statements.PAGE else None
    return movements_table(rows[: statements.PAGE], caption=_("台账明细"), next_start=following)
