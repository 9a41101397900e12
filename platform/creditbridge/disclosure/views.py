"""The access ledger as the platform's auditors read it: who looked at whom and why, never a value."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from creditbridge.disclosure import ledger
from creditbridge.disclosure.ledger import LedgerRow
from creditbridge.disclosure.rules import LOOK_WORDS, PURPOSE_WORDS, LookKind, Purpose
from creditbridge.disclosure.scopes import say_scopes
from creditbridge.kernel import uscc
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit

blueprint = Blueprint("disclosure", __name__, template_folder="templates")


@blueprint.get("/platform/access-ledger")
def access_ledger() -> ResponseReturnValue:
    code = uscc.normalise(request.args.get("uscc", "")[:40])
    page = ledger.entries(unit.session(), request.args.get("cursor"), uscc=code)
    table = Table(
        columns=[
            Column("at", _("时间"), kind="moment", value=lambda row: row.entry.at),
            Column("firm", _("被查询企业"), value=lambda row: row.firm_name, note=lambda row: row.firm_uscc),
            Column("who", _("机构"), value=lambda row: row.entry.organisation_name, note=_branch),
            Column("officer", _("人员"), value=lambda row: row.officer),
            Column("kind", _("方式"), value=lambda row: LOOK_WORDS[LookKind(row.entry.kind)]),
            Column("purpose", _("用途"), value=lambda row: PURPOSE_WORDS[Purpose(row.entry.purpose)]),
            Column("what", _("内容"), value=lambda row: say_scopes(row.entry.what)),
            Column(
                "why",
                _("原因"),
                value=lambda row: row.why,
                note=lambda row: _("授权编号 %(number)s", number=row.consent_public_id),
            ),
        ],
        rows=page.rows,
        caption=_("查询记录"),
        next_cursor=page.next_cursor,
        empty=Empty(_("没有查询记录"), _("金融机构依授权查看企业数据后，记录会出现在这里。")),
    )
    return render_template("disclosure/access_ledger.html", table=table)


def _branch(row: LedgerRow) -> str | None:
    return row.entry.branch_name or None
