"""The firm's page for consenting to be watched after the grant."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import RuleRefused
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from matching.lines import lookup
from matching.monitoring import consenting
from matching.monitoring.schemas import ConsentForm

blueprint = Blueprint("firm_monitoring", __name__, template_folder="templates")


@blueprint.route("/firm/lines/<line_id>/consent", methods=["GET", "POST"])
def consent(line_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_firm(session, actor, line_id)
    form = Form.from_request(ConsentForm) if request.method == "POST" else Form(ConsentForm)
    if request.method == "POST" and form.validate():
        try:
            made = consenting.sign(session, actor, line_id)
        except RuleRefused as error:
            form.add_error(error)
        else:
            flash(_("贷后管理授权已签署，可随时撤销。"), "success")
            return redirect(url_for("consents.detail", public_id=made.public_id))
    page = render_template(
        "monitoring/consent.html",
        form=form,
        line=line,
        live=consenting.live_consent(session, line),
        text=consenting.wording(session, line),
        may_sign=actor.has_role(Role.FIRM_OWNER),
    )
    return page, form.status
