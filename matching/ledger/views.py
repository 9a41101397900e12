"""Pages of the books: a firm's and a lender's statement, and the trial balance for the platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from creditbridge.access.guard import current_actor
from creditbridge.access.permissions import ROUTES
from creditbridge.kernel import clock
from creditbridge.kernel.money import FEN_PER_YUAN
from creditbridge.pages import filters
from creditbridge.pages.downloads import download, limit_note
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table, asked_position
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES, Cell, write_xlsx
from creditbridge.store import unit
from lenders.institutions import service as institutions
from matching.ledger import checking, statements
from matching.ledger.rules import ACCOUNT_WORDS, COMMITMENTS, AccountKind
from matching.ledger.statements import Movement, Named

firm_blueprint = Blueprint("firm_ledger", __name__, template_folder="templates")
lender_blueprint = Blueprint("lender_ledger", __name__, template_folder="templates")
platform_blueprint = Blueprint("platform_ledger", __name__, template_folder="templates")


MOST_EXPORTED = 20_000


@firm_blueprint.get("/firm/ledger")
def index() -> ResponseReturnValue:
    """What moved on the firm's lines."""
    session, start = unit.session(), asked_position() or 0
    firm = claims.firm_of(session, current_actor())
    rows = statements.of_firm(session, firm.id, start=start, limit=statements.PAGE + 1)
    names = statements.names_of(session, rows)
    table = _table(
        rows, start, url_for("firm_ledger.export"), names, lambda it: _address("firm_lines.show", it)
    )
    lines = (_("我的授信"), url_for("firm_lines.index"))
    return render_template("ledger/statement.html", table=table, totals=[], lines=lines)


@firm_blueprint.get("/firm/ledger.xlsx")
def export() -> ResponseReturnValue:
    """The firm's whole statement as a file."""
    session = unit.session()
    firm = claims.firm_of(session, current_actor())
    return statement_file(statements.of_firm(session, firm.id, limit=MOST_EXPORTED))


@lender_blueprint.get("/lender/ledger", endpoint="index")
def lender_index() -> ResponseReturnValue:
    """What moved on the lender's lines and quotas, and what is on their accounts."""
    session, start = unit.session(), asked_position() or 0
    lender = institutions.lender_of(session, current_actor())
    rows = statements.of_lender(session, lender.id, start=start, limit=statements.PAGE + 1)
    totals = statements.totals_of_lender(session, lender.id)
    shown = [(ACCOUNT_WORDS[kind], filters.exact(totals[kind])) for kind in _SHOWN if kind in totals]
    names = statements.names_of(session, rows)
    table = _table(
        rows,
        start,
        url_for("lender_ledger.export"),
        names,
        lambda it: _address("lender_lines.show", it, "lender_applications.show"),
        with_firm=True,
    )
    lines = (_("授信"), url_for("lender_lines.index"))
    return render_template("ledger/statement.html", table=table, totals=shown, lines=lines)


@lender_blueprint.get("/lender/ledger.xlsx", endpoint="export")
def lender_export() -> ResponseReturnValue:
    """The lender's whole statement as a file."""
    session = unit.session()
    lender = institutions.lender_of(session, current_actor())
    return statement_file(statements.of_lender(session, lender.id, limit=MOST_EXPORTED))


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


def statement_file(rows: Sequence[Movement]) -> ResponseReturnValue:
    """A statement as XLSX: what the page shows and every account that moved, in yuan."""
    header = [
        _("日期"),
        _("入账时间"),
        _("业务"),
        _("合同或编号"),
        _("本金变动（元）"),
        _("应收利息变动（元）"),
        _("可用额度变动（元）"),
        _("经办人"),
        _("备注"),
        _("分录"),
    ]
    content = write_xlsx(header, [*map(_line, rows), *limit_note(rows, MOST_EXPORTED)], _("台账明细"))
    return download(content, MEDIA_TYPES[Format.XLSX], f"statement-{clock.today().isoformat()}.xlsx")


def _line(row: Movement) -> list[Cell]:
    return [
        row.on,
        row.at,
        say(row.words),
        row.text,
        row.principal_fen / FEN_PER_YUAN,
        row.interest_fen / FEN_PER_YUAN,
        row.available_fen / FEN_PER_YUAN,
        row.who,
        row.memo,
        "；".join(f"{say(words)} {filters.exact(fen)}" for words, fen in row.parts),
    ]


def _address(line_page: str, it: Named | None, application_page: str = "") -> str | None:
    """The page of what a movement is about."""
    if it is not None and it.line_id:
        return url_for(line_page, line_id=it.line_id)
    if it is not None and it.submission_id and _is_open(application_page):
        return url_for(application_page, submission_id=it.submission_id)
    return None


def _is_open(page: str) -> bool:
    """Whether the person may open such a page: product managers read the books, not applications."""
    return bool(page) and ROUTES[page].allows(current_actor().role)


def _posted(row: Movement) -> str | None:
    """The day of posting, where it is another one: movements stand in the order of posting."""
    posted = clock.legal_date(row.at)
    return _("%(day)s 入账", day=posted.isoformat()) if posted != row.on else None


def _otherwise(row: Movement) -> str | None:
    """What moved of a movement that shows in none of the columns of amounts."""
    if row.principal_fen or row.interest_fen or row.available_fen:
        return None
    moved = [f"{say(ACCOUNT_WORDS[kind])} {filters.exact(fen)}" for kind, fen in row.fen.items() if fen]
    return moved[0] if moved else None


def movements_table(
    rows: Sequence[Movement],
    *,
    caption: str,
    next_start: int | None = None,
    export_url: str | None = None,
    about: Sequence[Column] = (),
) -> Table:
    """Movements as a table; used on the page of a line as well, where all are about the line."""
    return Table(
        columns=[
            Column("on", _("日期"), kind="day", note=_posted),
            Column("words", _("业务"), note=_otherwise),
            *about,
            Column("principal_fen", _("本金变动"), kind="exact", value=lambda row: row.principal_fen or None),
            Column(
                "interest_fen", _("应收利息变动"), kind="exact", value=lambda row: row.interest_fen or None
            ),
            Column(
                "available_fen", _("可用额度变动"), kind="exact", value=lambda row: row.available_fen or None
            ),
            Column("who", _("经办人")),
        ],
        rows=list(rows),
        caption=caption,
        id="statement",
        next_cursor=None if next_start is None else str(next_start),
        export_url=export_url,
        empty=Empty(_("还没有台账记录"), _("授信、提款和还款会逐笔记在这里。")),
    )


def _table(
    rows: Sequence[Movement],
    start: int,
    export_url: str,
    names: Mapping[str, Named],
    address: Callable[[Named | None], str | None],
    *,
    with_firm: bool = False,
) -> Table:
    following = start + statements.PAGE if len(rows) > statements.PAGE else None
    about = Column(
        "about",
        _("合同或申请"),
        value=lambda row: names[row.id].words if row.id in names else row.text,
        href=lambda row: address(names.get(row.id)),
    )
    firm = Column("firm", _("企业名称"), value=lambda row: names[row.id].firm if row.id in names else "")
    return movements_table(
        rows[: statements.PAGE],
        caption=_("台账明细"),
        next_start=following,
        export_url=export_url,
        about=(about, firm) if with_firm else (about,),
    )
