"""Choosing a new password after forgetting the old one: asking for a link, and using it.

The link's token goes from its address into the form cookie at once, so that it stands in no history, log or referrer
longer than that; opening the link changes nothing, because mail scanners open links too.
"""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask import session as form_cookie
from flask.typing import ResponseReturnValue

from creditbridge.access import resets
from creditbridge.app.workspaces.account.schemas import ForgottenSchema, NewPasswordSchema
from creditbridge.kernel.errors import DomainError, RuleRefused
from creditbridge.notices import mail_sending, reset_mailing
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit

blueprint = Blueprint("password_reset", __name__, template_folder="templates")

_TOKEN = "reset_token"  # noqa: S105 - the name of a cookie entry
_MOST = 100


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
def ask() -> ResponseReturnValue:
    """Ask for a link. The answer is the same whoever asks for whom."""
    form = Form.from_request(ForgottenSchema) if request.method == "POST" else Form(ForgottenSchema)
    asked = False
    if request.method == "POST" and mail_sending.is_on() and form.validate():
        unit.abandon()  # tries are counted in transactions of their own
        try:
            user_id = resets.asked_for(
                unit.database(), form.data["login_name"], address=request.remote_addr or ""
            )
        except DomainError as error:
            form.add_error(error)
        else:
            reset_mailing.ask(unit.session(), user_id)
            asked = True
    page = render_template(
        "account/forgotten.html",
        form=form,
        asked=asked,
        is_on=mail_sending.is_on(),
        minutes=int(resets.MAIL_LIFE.total_seconds() // 60),
    )
    return page, form.status


@blueprint.route("/new-password", methods=["GET", "POST"])
def choose() -> ResponseReturnValue:
    """Choose a new password by a link."""
    if (token := request.args.get("token", "")) and request.method == "GET":
        form_cookie[_TOKEN] = token[:_MOST]
        return redirect(url_for("password_reset.choose"))
    token = str(form_cookie.get(_TOKEN, ""))
    form = Form.from_request(NewPasswordSchema) if request.method == "POST" else Form(NewPasswordSchema)
    found = resets.find(unit.session(), token) if token else None
    if request.method == "POST" and form.validate():
        try:
            user, membership = resets.choose(unit.session(), token, form.data["password"])
        except RuleRefused as error:
            found = None
            form.add_error(error)
        except DomainError as error:
            form.add_error(error)
        else:
            reset_mailing.tell(unit.session(), user, membership)
            form_cookie.pop(_TOKEN, None)
            flash(_("新密码已生效，请用新密码登录。"), "success")
            return redirect(url_for("account.sign_in"))
    page = render_template(
        "account/new_password.html", form=form, login_name=found.user.login_name if found else None
    )
    return page, 404 if token and found is None and form.status == 200 else form.status
