"""Signing in and out, and what people do with their own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask import session as form_cookie
from flask.typing import ResponseReturnValue
from flask_login import current_user

from creditbridge.access import account, guard, second_factor, service, tokens
from creditbridge.access.guard import actor_or_none, current_actor
from creditbridge.app.workspaces.account import code_step, qr
from creditbridge.app.workspaces.account.devices import device_words
from creditbridge.app.workspaces.account.schemas import (
    CodeSchema,
    EnrolSchema,
    PasswordSchema,
    SignInSchema,
    TokenSchema,
)
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.store import unit
from creditbridge.store.sealing import Sealer

if TYPE_CHECKING:
    from creditbridge.access.model import User

blueprint = Blueprint("account", __name__, template_folder="templates")


def sealer() -> Sealer:
    return Sealer(current_app.config["SECRET_KEY"], second_factor.PURPOSE)


def _address() -> str:
    return request.remote_addr or ""


def local_target(target: str) -> str:
    """The page to go on to: only a path of this site, never another host."""
    parts = urlsplit(target)
    is_local = (
        target.startswith("/")
        and not target.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return target if is_local else url_for("app.workspace")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    if request.method == "GET":
        if actor_or_none() is not None:
            return redirect(url_for("app.workspace"))
        return render_template(
            "account/sign_in.html", form=Form(SignInSchema, {"next": request.args.get("next", "")})
        )
    form = Form.from_request(SignInSchema)
    unit.abandon()  # an old cookie was looked up in this request's unit, which would block the counting of tries
    if form.validate():
        try:
            user = service.authenticate(
                unit.database(), form.data["login_name"], form.data["password"], address=_address()
            )
        except DomainError as error:
            form.add_error(error)
        else:
            return _after_password(user, local_target(form.data["next"]))
    return render_template("account/sign_in.html", form=form), form.status


def _after_password(user: User, target: str) -> ResponseReturnValue:
    if user.totp_confirmed_at is None:
        return _open_session(user, target)
    code_step.remember(form_cookie, user.public_id, target)
    return redirect(url_for("account.sign_in_code"))


def _open_session(user: User, target: str) -> ResponseReturnValue:
    guard.end_present_session(unit.session())
    token = service.start_sign_in(unit.session(), user, address=_address(), agent=str(request.user_agent))
    form_cookie.clear()
    response = redirect(target)
    guard.set_session_cookie(response, token)
    return response


@blueprint.route("/sign-in/code", methods=["GET", "POST"])
def sign_in_code() -> ResponseReturnValue:
    """The second step for accounts with an authenticator."""
    waiting = code_step.waiting(form_cookie)
    if waiting is None:
        return redirect(url_for("account.sign_in"))
    form = Form.from_request(CodeSchema) if request.method == "POST" else Form(CodeSchema)
    if request.method == "POST" and form.validate():
        unit.abandon()  # as above: the code is spent in a transaction of its own
        try:
            user = code_step.verify(unit.database(), waiting.user_public_id, form.data["code"], sealer())
        except DomainError as error:
            form.add_error(error)
        else:
            return _open_session(user, waiting.target)
    return render_template("account/sign_in_code.html", form=form), form.status


@blueprint.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    service.end_sign_in(unit.session(), current_user.sign_in_id)
    form_cookie.clear()
    response = redirect(url_for("app.home"))
    guard.clear_session_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/account")
def overview() -> ResponseReturnValue:
    actor = current_actor()
    return render_template(
        "account/overview.html",
        user=account.user_of(unit.session(), actor),
        actor=actor,
        sign_ins=account.live_sign_ins(unit.session(), actor),
        present=current_user.sign_in_id,
        device_words=device_words,
        memberships=account.memberships_of(unit.session(), actor),
    )


@blueprint.route("/account/password", methods=["GET", "POST"])
def password() -> ResponseReturnValue:
    form = Form.from_request(PasswordSchema) if request.method == "POST" else Form(PasswordSchema)
    if request.method == "POST" and form.validate():
        actor = current_actor()
        try:
            current = _confirm(form)
            account.change_password(
                unit.session(),
                actor,
                current=current,
                password=form.data["password"],
                sign_in_id=current_user.sign_in_id,
            )
        except DomainError as error:
            form.add_error(error)
        else:
            flash(_("密码已修改，其他设备上的登录已全部退出。"), "success")
            return redirect(url_for("account.overview"))
    return render_template("account/password.html", form=form), form.status


def _confirm(form: Form) -> str:
    """The password again, before a step that would outlast a stolen session."""
    actor = current_actor()
    unit.abandon()  # tries are counted in transactions of their own
    current: str = form.data.pop("current")
    account.confirm_password(unit.database(), actor, current)
    return current


@blueprint.post("/account/sessions/<public_id>/end")
def end_session(public_id: str) -> ResponseReturnValue:
    account.end_own_sign_in(unit.session(), current_actor(), public_id)
    flash(_("该登录已退出。"), "success")
    return redirect(url_for("account.overview"))


@blueprint.post("/account/sessions/end-others")
def end_other_sessions() -> ResponseReturnValue:
    account.end_other_sign_ins(unit.session(), current_actor(), current_user.sign_in_id)
    flash(_("其他设备上的登录已全部退出。"), "success")
    return redirect(url_for("account.overview"))


@blueprint.post("/account/switch/<membership_id>")
def switch(membership_id: str) -> ResponseReturnValue:
    account.switch_membership(unit.session(), current_actor(), current_user.sign_in_id, membership_id)
    return redirect(url_for("app.workspace"))


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
def enrol() -> ResponseReturnValue:
    """Set up an authenticator: scan, then confirm with a first code."""
    actor = current_actor()
    form = Form.from_request(EnrolSchema) if request.method == "POST" else Form(EnrolSchema)
    secret = code_step.proposed_secret(form_cookie)
    if request.method == "POST" and form.validate():
        try:
            _confirm(form)
            second_factor.enrol(unit.session(), actor, secret, form.data["code"], sealer())
        except DomainError as error:
            form.add_error(error)
        else:
            code_step.forget_secret(form_cookie)
            flash(_("两步验证已开启。下次登录时，除密码外还需输入验证码。"), "success")
            return redirect(url_for("account.overview"))
    login_name = account.user_of(unit.session(), actor).login_name
    code = qr.path(second_factor.provisioning_uri(secret, login_name))
    return render_template("account/enrol.html", form=form, secret=secret, code=code), form.status


@blueprint.route("/account/tokens", methods=["GET", "POST"])
def api_tokens() -> ResponseReturnValue:
    """The organisation's API tokens; a new token's secret is shown once, on the answer to this form."""
    actor = current_actor()
    form = Form.from_request(TokenSchema) if request.method == "POST" else Form(TokenSchema, {"days": 90})
    shown: dict[str, Any] = {"secret": None}
    if request.method == "POST" and form.validate():
        try:
            _confirm(form)
            made, secret = tokens.create(unit.session(), actor, **form.data)
        except DomainError as error:
            form.add_error(error)
        else:
            shown = {"secret": secret, "made": made}
            form = Form(TokenSchema, {"days": 90})
    return (
        render_template(
            "account/tokens.html",
            form=form,
            tokens=tokens.of_organisation(unit.session(), actor),
            scopes=tokens.SCOPES,
            offered=tokens.offered_to(actor),
            actor=actor,
            may_revoke=tokens.may_revoke,
            **shown,
        ),
        form.status,
    )


@blueprint.post("/account/tokens/<public_id>/revoke")
def revoke_token(public_id: str) -> ResponseReturnValue:
    tokens.revoke(unit.session(), current_actor(), public_id)
    flash(_("令牌已停用。"), "success")
    return redirect(url_for("account.api_tokens"))
