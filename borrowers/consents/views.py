"""What a firm has consented to, and who looked at its data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims.service import firm_of
from borrowers.consents.schemas import RevocationSchema
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.disclosure import consents, ledger
from creditbridge.disclosure.ledger import LedgerRow
from creditbridge.disclosure.rules import (
    LOOK_WORDS,
    PURPOSE_WORDS,
    STATE_TONES,
    STATE_WORDS,
    ConsentState,
    LookKind,
    Purpose,
    consequence_of_revoking,
    state_on,
)
from creditbridge.disclosure.scopes import say_scopes
from creditbridge.kernel import clock
from creditbridge.kernel.errors import RuleRefused
from creditbridge.kernel.words import Words
from creditbridge.pages.downloads import download
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES, Cell, write_xlsx
from creditbridge.store import unit

if TYPE_CHECKING:
    from creditbridge.disclosure.model import Consent

blueprint = Blueprint("consents", __name__, template_folder="templates")

EXPORT_ROWS = 10_000
_TOO_MANY = RuleRefused(
    "too_many_rows",
    Words(
        "查询记录超过 {n} 条，不能一次导出。请联系平台分批提供。",
        "There are more than {n} entries, too many for one file. Ask the platform for them in parts.",
    ).fill(n=EXPORT_ROWS),
)


@blueprint.get("/firm/consents")
def overview() -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    firm = firm_of(session, actor)
    rows = consents.consents_of_firm(session, firm.id)
    table = Table(
        columns=[
            Column(
                "lender",
                _("金融机构"),
                value=lambda row: Words(row[1].name, row[1].name_en or row[1].name),
                href=lambda row: url_for("consents.detail", public_id=row[0].public_id),
            ),
            Column("purpose", _("用途"), value=lambda row: PURPOSE_WORDS[Purpose(row[0].purpose)]),
            Column("scope", _("数据范围"), value=lambda row: say_scopes(row[0].scope)),
            Column("signed_at", _("签署时间"), kind="moment", value=lambda row: row[0].signed_at),
            Column("expires_on", _("有效期至"), kind="day", value=lambda row: row[0].expires_on),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: STATE_WORDS[_state(row[0])],
                tone=lambda row: STATE_TONES.get(_state(row[0]), "neutral"),
            ),
        ],
        rows=rows,
        caption=_("授权列表"),
        empty=Empty(
            _("还没有任何授权"),
            _("提交贷款申请时，您会逐家选择是否授权；没有您的授权，任何机构都不能查看非公开数据。"),
        ),
    )
    waiting = sum(_state(row[0]) is ConsentState.AWAITING for row in rows)
    return render_template("consents/overview.html", table=table, waiting=waiting)


@blueprint.get("/firm/consents/<public_id>")
def detail(public_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    consent = consents.consent_of_firm(session, firm_of(session, actor).id, public_id)
    state = _state(consent)
    purpose = Purpose(consent.purpose)
    return render_template(
        "consents/detail.html",
        consent=consent,
        text=consents.wording_of(session, consent),
        state=state,
        words=STATE_WORDS[state],
        tone=STATE_TONES.get(state, "neutral"),
        purpose=PURPOSE_WORDS[purpose],
        scope=say_scopes(consent.scope),
        consequence=consequence_of_revoking(purpose, serves_submission=consent.for_kind == "submission"),
        may_act=actor.has_role(Role.FIRM_OWNER) and consent.firm_organisation_id == actor.organisation_id,
        form=Form(RevocationSchema),
    )


@blueprint.post("/firm/consents/<public_id>/sign")
def sign(public_id: str) -> ResponseReturnValue:
    consents.sign_prepared(unit.session(), current_actor(), public_id)
    flash(_("授权已签署。"), "success")
    return redirect(url_for("consents.detail", public_id=public_id))


@blueprint.post("/firm/consents/<public_id>/revoke")
def revoke(public_id: str) -> ResponseReturnValue:
    form = Form.from_request(RevocationSchema)
    reason = form.data["reason"] if form.validate() else ""
    consents.revoke(unit.session(), current_actor(), public_id, reason)
    flash(_("授权已撤销，该机构不能再查看贵企业的数据。"), "success")
    return redirect(url_for("consents.detail", public_id=public_id))


@blueprint.get("/firm/access-ledger")
def access_ledger() -> ResponseReturnValue:
    session = unit.session()
    firm = firm_of(session, current_actor())
    page = ledger.entries_of_firm(session, firm.id, request.args.get("cursor"))
    table = Table(
        columns=[
            Column("at", _("时间"), kind="moment", value=lambda row: row.entry.at),
            Column("who", _("机构"), value=lambda row: row.entry.organisation_name, note=_branch),
            Column("officer", _("人员"), value=lambda row: row.officer),
            Column("kind", _("方式"), value=lambda row: LOOK_WORDS[LookKind(row.entry.kind)]),
            Column("what", _("内容"), value=lambda row: say_scopes(row.entry.what)),
            Column("why", _("原因"), value=lambda row: row.why),
            Column("consent", _("依据"), value=lambda _row: _("授权书"), href=_consent_address),
        ],
        rows=page.rows,
        caption=_("查询记录"),
        next_cursor=page.next_cursor,
        export_url=url_for("consents.access_ledger_file"),
        empty=Empty(
            _("还没有机构查看过您的数据"),
            _("今后每一次查看都会记录在这里：谁、何时、看了什么、为什么、依据哪份授权。"),
        ),
    )
    return render_template("consents/access_ledger.html", table=table)


@blueprint.get("/firm/access-ledger.xlsx")
def access_ledger_file() -> Response:
    """The firm's whole ledger as a file."""
    session = unit.session()
    firm = firm_of(session, current_actor())
    page = ledger.entries_of_firm(session, firm.id, limit=EXPORT_ROWS)
    if page.next_cursor is not None:
        raise _TOO_MANY
    header = [
        _("时间"),
        _("机构"),
        _("网点"),
        _("人员"),
        _("方式"),
        _("用途"),
        _("内容"),
        _("原因"),
        _("授权编号"),
    ]
    content = write_xlsx(header, _file_rows(page.rows), _("查询记录"))
    name = _("查询记录 %(day)s.xlsx", day=clock.today().isoformat())
    return download(content, MEDIA_TYPES[Format.XLSX], name)


def _file_rows(rows: Sequence[LedgerRow]) -> Iterator[list[Cell]]:
    for row in rows:
        entry = row.entry
        yield [
            entry.at,
            entry.organisation_name,
            entry.branch_name,
            say(row.officer),
            say(LOOK_WORDS[LookKind(entry.kind)]),
            say(PURPOSE_WORDS[Purpose(entry.purpose)]),
            say(say_scopes(entry.what)),
            say(row.why),
            row.consent_public_id,
        ]


def _state(consent: Consent) -> ConsentState:
    return state_on(consent.state, consent.expires_on, clock.today())


def _branch(row: LedgerRow) -> str | None:
    return row.entry.branch_name or None


def _consent_address(row: LedgerRow) -> str:
    return url_for("consents.detail", public_id=row.consent_public_id)
