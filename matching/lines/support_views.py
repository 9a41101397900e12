"""The lender's page of what stands for a line: guarantor, shares, premium and subsidy."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages.fields import Amount, PublicId, Rate, Text
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.schemas import Schema
from creditbridge.store import unit
from matching.ledger import pools
from matching.lines import lookup, supporting
from matching.lines.supporting import Support, subsidy_rules

blueprint = Blueprint("lender_line_support", __name__, template_folder="templates")


class SupportSchema(Schema):
    guarantor = Text(max=120, load_default="")
    guarantee_contract = Text(max=60, load_default="")
    guarantor_share_ppm = Rate(load_default=0)
    pool = PublicId(load_default=None, allow_none=True)
    pool_share_ppm = Rate(load_default=0)
    premium_fen = Amount(load_default=0, unit="yuan")


@blueprint.route("/lender/lines/<line_id>/support", methods=["GET", "POST"])
def record(line_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_lender(session, actor, line_id)
    form = Form(SupportSchema)
    if request.method == "POST":
        form = Form.from_request(SupportSchema)
        if form.validate():
            try:
                supporting.record_support(session, actor, line_id, Support(**form.data))
            except InvalidInput as error:
                session.rollback()
                form.add_error(error)
            else:
                flash(_("担保与分担已登记。"), "success")
                return redirect(url_for("lender_lines.show", line_id=line_id))
    elif line.support is not None:
        row = line.support
        chosen = next((pool.public_id for pool in pools.pools(session) if pool.id == row.pool_id), None)
        names = ("guarantor", "guarantee_contract", "guarantor_share_ppm", "pool_share_ppm", "premium_fen")
        form = Form(SupportSchema, {**{name: getattr(row, name) for name in names}, "pool": chosen})
    page = render_template(
        "lines/support.html",
        form=form,
        line=line,
        pools=[(pool.public_id, pool.words) for pool in pools.pools(session) if pool.is_open],
        subsidy=subsidy_rules()[-1].source,
    )
    return page, form.status
