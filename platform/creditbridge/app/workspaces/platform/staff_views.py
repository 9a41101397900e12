"""The platform's own people: who works here, in which role, since when; opening and ending accounts."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access import staffing
from creditbridge.access.guard import current_actor
from creditbridge.access.model import Membership
from creditbridge.access.rules import ROLE_WORDS, Role
from creditbridge.kernel.errors import DomainError
from creditbridge.kernel.words import Words
from creditbridge.pages.checks import Pattern
from creditbridge.pages.fields import Choice, Text
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.schemas import Schema
from creditbridge.pages.tables import Column, Table
from creditbridge.store import unit

blueprint = Blueprint("staff", __name__, template_folder="templates")


class StaffRole(StrEnum):
    """The roles a page gives."""

    AUDITOR = Role.PLATFORM_AUDITOR.value
    REGULATOR = Role.PLATFORM_REGULATOR.value


_ROLES: Final = {role: ROLE_WORDS[Role(role)] for role in StaffRole}
_LOGIN: Final = Pattern(
    r"[A-Za-z0-9._@-]{3,64}",
    Words("账号名用 3 到 64 个字母、数字或 . _ @ -。", "Use 3 to 64 letters, digits or . _ @ -."),
)


class RoleForm(Schema):
    role = Choice(StaffRole, _ROLES, required=True)


class StaffForm(RoleForm):
    login_name = Text(max=64, required=True, validate=_LOGIN)
    name = Text(max=80, required=True)


@blueprint.get("/platform/staff")
def index() -> ResponseReturnValue:
    """Everybody who works for the platform."""
    actor = current_actor()
    may_edit = actor.has_role(Role.PLATFORM_ADMINISTRATOR)

    def address(row: Membership) -> str | None:
        if not may_edit or row.ended_at is not None or row.user_id == actor.user_id:
            return None
        return url_for("staff.edit", public_id=row.public_id)

    table = Table(
        columns=[
            Column("name", _("姓名"), value=lambda row: row.user.name, href=address),
            Column("login_name", _("账号"), value=lambda row: row.user.login_name),
            Column("role", _("岗位"), value=lambda row: ROLE_WORDS[Role(row.role)]),
            Column("since", _("开通时间"), kind="moment", value=lambda row: row.created_at),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: _("已停用") if row.ended_at else _("正常"),
                tone=lambda row: "neutral" if row.ended_at else "success",
            ),
        ],
        rows=staffing.staff(unit.session(), actor),
        caption=_("平台人员"),
        id="staff",
    )
    return render_template("platform_workspace/staff.html", table=table, may_edit=may_edit)


@blueprint.route("/platform/staff/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Open an account; the password is shown on the answer and nowhere else."""
    form = Form.from_request(StaffForm) if request.method == "POST" else Form(StaffForm)
    if request.method == "POST" and form.validate():
        try:
            newcomer = staffing.open_staff_account(
                unit.session(),
                current_actor(),
                login_name=form.data["login_name"],
                name=form.data["name"],
                role=Role(form.data["role"]),
            )
        except DomainError as error:
            form.add_error(error)
        else:
            answer = make_response(
                render_template("platform_workspace/staff_password.html", newcomer=newcomer)
            )
            answer.headers["Cache-Control"] = "no-store"
            return answer
    return render_template("platform_workspace/staff_member.html", form=form, member=None), form.status


@blueprint.route("/platform/staff/<public_id>", methods=["GET", "POST"])
def edit(public_id: str) -> ResponseReturnValue:
    """Give a colleague the other role."""
    session, actor = unit.session(), current_actor()
    member = staffing.colleague(session, actor, public_id)
    role_is_given_here = Role(member.role) in staffing.OPENED_ON_PAGES
    form = Form(RoleForm, {"role": StaffRole(member.role)} if role_is_given_here else {})
    if request.method == "POST":
        form = Form.from_request(RoleForm)
        if form.validate():
            try:
                staffing.change_role(session, actor, public_id, Role(form.data["role"]))
            except DomainError as error:
                form.add_error(error)
            else:
                flash(_("岗位已更新，对方需要重新登录。"), "success")
                return redirect(url_for("staff.index"))
    page = render_template(
        "platform_workspace/staff_member.html",
        form=form,
        member=member,
        role=ROLE_WORDS[Role(member.role)],
        role_is_given_here=role_is_given_here,
    )
    return page, form.status


@blueprint.post("/platform/staff/<public_id>/reset-link")
def reset_link(public_id: str) -> ResponseReturnValue:
    """Hand out a link to a new password; it is shown on the answer and nowhere else."""
    membership, token = staffing.issue_reset_link(unit.session(), current_actor(), public_id)
    back = url_for("staff.index")
    return render_template("pages/reset_link.html", membership=membership, token=token, back=back)


@blueprint.post("/platform/staff/<public_id>/end")
def end(public_id: str) -> ResponseReturnValue:
    """End a colleague's account here."""
    staffing.end_staff_account(unit.session(), current_actor(), public_id)
    flash(_("账号已停用。"), "success")
    return redirect(url_for("staff.index"))
