"""The platform's page of risk pools."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit
from matching.ledger import pools
from matching.ledger.schemas import FundSchema, PoolSchema

blueprint = Blueprint("risk_pools", __name__, template_folder="templates")


@blueprint.get("/platform/risk-pools")
def index() -> ResponseReturnValue:
    return _page()


@blueprint.post("/platform/risk-pools")
def create() -> ResponseReturnValue:
    form = Form.from_request(PoolSchema)
    if form.validate():
        data = dict(form.data)
        fen = data.pop("amount_fen")
        try:
            pools.create(unit.session(), current_actor(), **data, fen=fen)
        except InvalidInput as error:
            unit.session().rollback()
            form.add_error(error)
        else:
            flash(_("风险补偿资金池已设立。"), "success")
            return redirect(url_for("risk_pools.index"))
    return _page(form=form)


@blueprint.post("/platform/risk-pools/<pool_id>/fund")
def fund(pool_id: str) -> ResponseReturnValue:
    form = Form.from_request(FundSchema)
    pools.pool_of(unit.session(), pool_id)
    if not form.validate():
        return _page(fund_form=form)
    pools.fund(unit.session(), current_actor(), pool_id, fen=form.data["amount_fen"])
    flash(_("资金已入池。"), "success")
    return redirect(url_for("risk_pools.index"))


def _page(*, form: Form | None = None, fund_form: Form | None = None) -> ResponseReturnValue:
    rows = pools.figures(unit.session())
    table = Table(
        columns=[
            Column("name", _("资金池"), value=lambda row: row.pool.words),
            Column("sponsor", _("出资单位"), value=lambda row: row.pool.sponsor),
            Column("share", _("最高分担比例"), kind="percent", value=lambda row: row.pool.most_share_ppm),
            Column("capital", _("资金总额"), kind="exact", value=lambda row: row.counted.limit_fen),
            Column("held", _("提款占用"), kind="exact", value=lambda row: row.counted.held_fen),
            Column("used", _("在保和已代偿"), kind="exact", value=lambda row: row.counted.used_fen),
            Column("free", _("未占用"), kind="exact", value=lambda row: row.counted.available_fen),
        ],
        rows=rows,
        caption=_("风险补偿资金池"),
        id="pools",
        empty=Empty(
            _("还没有风险补偿资金池"), _("平台管理员在本页设立资金池，机构登记分险后，占用金额会列在这里。")
        ),
    )
    page = render_template(
        "ledger/pools.html",
        table=table,
        pools=[row.pool for row in rows],
        form=form or Form(PoolSchema),
        fund_form=fund_form or Form(FundSchema),
        may_change=current_actor().has_role(Role.PLATFORM_ADMINISTRATOR),
    )
    return page, max((sent.status for sent in (form, fund_form) if sent is not None), default=200)
