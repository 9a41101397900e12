"""The platform's pages about lenders: the list, adding one, its steps, and its members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.memberships import Newcomer
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import DomainError, InvalidInput, NotFound
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit
from lenders.institutions import members, onboarding, service
from lenders.institutions.members import Member
from lenders.institutions.onboarding import LenderProfile
from lenders.institutions.rules import (
    LENDER,
    LENDER_KIND_WORDS,
    LENDER_ROLE_WORDS,
    LENDER_STATE_TONES,
    LENDER_STATE_WORDS,
    STEPS_WITH_REASON,
    LenderKind,
    LenderRole,
    LenderState,
)
from lenders.institutions.schemas import (
    MemberChangeForm,
    MemberForm,
    NewLenderForm,
    RegistrationForm,
    StepForm,
)
from lenders.institutions.views import branch_table

if TYPE_CHECKING:
    from lenders.institutions.model import Lender

blueprint = Blueprint("platform_lenders", __name__, template_folder="templates")


@blueprint.get("/platform/lenders")
def lenders() -> ResponseReturnValue:
    """Every lender with its state."""
    may_edit = _is_administrator()
    table = Table(
        columns=[
            Column(
                "name",
                _("金融机构"),
                value=lambda row: say(row.name),
                href=lambda row: url_for("platform_lenders.lender", public_id=row.public_id),
            ),
            Column("kind", _("类型"), value=lambda row: LENDER_KIND_WORDS[LenderKind(row.kind)]),
            Column("licence_number", _("金融许可证号")),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: LENDER_STATE_WORDS[LenderState(row.state)],
                tone=lambda row: LENDER_STATE_TONES[LenderState(row.state)],
            ),
            Column("approved_at", _("入驻时间"), kind="moment"),
        ],
        rows=service.all_lenders(unit.session()),
        caption=_("金融机构"),
        queue=True,
        empty=Empty(
            _("还没有金融机构"),
            _("添加机构并审批后，机构即可发布产品。"),
            _("添加机构") if may_edit else None,
            url_for("platform_lenders.new") if may_edit else None,
        ),
    )
    return render_template("lender_institutions/platform_list.html", table=table, may_edit=may_edit)


@blueprint.route("/platform/lenders/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Add a lender with its first member; the password is shown on the answer and nowhere else."""
    form = Form.from_request(NewLenderForm) if request.method == "POST" else Form(NewLenderForm)
    if request.method == "POST" and form.validate():
        data = dict(form.data)
        login_name, member_name = data.pop("login_name"), data.pop("member_name")
        try:
            made, newcomer = onboarding.add_lender(
                unit.session(),
                current_actor(),
                LenderProfile(**data),
                login_name=login_name,
                member_name=member_name,
            )
        except DomainError as error:
            form.add_error(error)
        else:
            return _password_page(made, newcomer)
    return render_template("lender_institutions/platform_new.html", form=form), form.status


def _password_page(lender: Lender, newcomer: Newcomer) -> ResponseReturnValue:
    answer = make_response(
        render_template("lender_institutions/password.html", lender=lender, newcomer=newcomer)
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/platform/lenders/<public_id>")
def lender(public_id: str) -> ResponseReturnValue:
    """One lender: its registration, state, members and branches."""
    return _lender_page(public_id)


def _lender_page(public_id: str, sent: Form | None = None) -> ResponseReturnValue:
    session = unit.session()
    found = service.lender(session, public_id)
    may_edit = _is_administrator()
    page = render_template(
        "lender_institutions/platform_lender.html",
        lender=found,
        may_edit=may_edit,
        steps=LENDER.legal_steps(LenderState(found.state)) if may_edit else [],
        needs_reason=STEPS_WITH_REASON,
        form=sent or Form(StepForm),
        members=_member_table(
            found, members.members_of(session, current_actor(), public_id), may_edit=may_edit
        ),
        branches=branch_table(
            service.branches_of(session, found.id), lambda _row: None, Empty(_("还没有网点"))
        ),
        kinds=LENDER_KIND_WORDS,
        states=LENDER_STATE_WORDS,
        tones=LENDER_STATE_TONES,
    )
    return page, sent.status if sent else 200


def _member_table(found: Lender, rows: list[Member], *, may_edit: bool) -> Table:
    def address(row: Member) -> str | None:
        if not may_edit or row.membership.ended_at is not None:
            return None
        return url_for(
            "platform_lenders.member_edit",
            public_id=found.public_id,
            member_id=row.membership.public_id,
        )

    return Table(
        columns=[
            Column("name", _("姓名"), value=lambda row: row.membership.user.name, href=address),
            Column("login_name", _("账号"), value=lambda row: row.membership.user.login_name),
            Column("role", _("岗位"), value=lambda row: LENDER_ROLE_WORDS[Role(row.membership.role)]),
            Column("branch", _("网点"), value=lambda row: say(row.branch.words) if row.branch else None),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: _("已停用") if row.membership.ended_at else _("正常"),
                tone=lambda row: "neutral" if row.membership.ended_at else "success",
            ),
        ],
        rows=rows,
        caption=_("成员"),
        empty=Empty(_("还没有成员")),
        id="members",
    )


@blueprint.route("/platform/lenders/<public_id>/edit", methods=["GET", "POST"])
def edit(public_id: str) -> ResponseReturnValue:
    """Correct a lender's registration."""
    found = service.lender(unit.session(), public_id)
    before = onboarding.profile_of(found)
    form = Form(RegistrationForm, {name: getattr(before, name) for name in RegistrationForm().fields})
    if request.method == "POST":
        form = Form.from_request(RegistrationForm)
        if form.validate():
            try:
                profile = LenderProfile(**form.data)
                onboarding.change_registration(unit.session(), current_actor(), public_id, profile)
            except InvalidInput as error:
                form.add_error(error)
            else:
                flash(_("机构信息已保存。"), "success")
                return redirect(url_for("platform_lenders.lender", public_id=public_id))
    return render_template("lender_institutions/platform_edit.html", form=form, lender=found), form.status


@blueprint.post("/platform/lenders/<public_id>/<step>")
def step(public_id: str, step: str) -> ResponseReturnValue:
    """Approve, suspend, resume or exit a lender."""
    if step not in LENDER.steps:
        raise NotFound
    form = Form.from_request(StepForm)
    if form.validate():
        try:
            onboarding.take_step(unit.session(), current_actor(), public_id, step, form.data["reason"])
        except InvalidInput as error:
            form.add_error(error)
        else:
            flash(_("机构状态已更新。"), "success")
            return redirect(url_for("platform_lenders.lender", public_id=public_id))
    return _lender_page(public_id, form)


@blueprint.route("/platform/lenders/<public_id>/members/new", methods=["GET", "POST"])
def member_new(public_id: str) -> ResponseReturnValue:
    """Open an account for a member; the password is shown on the answer and nowhere else."""
    found = service.lender(unit.session(), public_id)
    form = Form.from_request(MemberForm) if request.method == "POST" else Form(MemberForm)
    if request.method == "POST" and form.validate():
        try:
            newcomer = members.add_member(
                unit.session(),
                current_actor(),
                public_id,
                login_name=form.data["login_name"],
                name=form.data["name"],
                role=_role(form.data["role"]),
                branch_public_id=form.data["branch"],
            )
        except DomainError as error:
            form.add_error(error)
        else:
            return _password_page(found, newcomer)
    return _member_page(found, form)


@blueprint.route("/platform/lenders/<public_id>/members/<member_id>", methods=["GET", "POST"])
def member_edit(public_id: str, member_id: str) -> ResponseReturnValue:
    """Give a member another role or branch."""
    session = unit.session()
    found = service.lender(session, public_id)
    member = members.member(session, current_actor(), public_id, member_id)
    form = Form(MemberChangeForm, _member_values(member))
    if request.method == "POST":
        form = Form.from_request(MemberChangeForm)
        if form.validate():
            members.change_member(
                session,
                current_actor(),
                public_id,
                member_id,
                role=_role(form.data["role"]),
                branch_public_id=form.data["branch"],
            )
            flash(_("成员已更新，对方需要重新登录。"), "success")
            return redirect(url_for("platform_lenders.lender", public_id=public_id))
    return _member_page(found, form, member)


@blueprint.post("/platform/lenders/<public_id>/members/<member_id>/end")
def member_end(public_id: str, member_id: str) -> ResponseReturnValue:
    """End a member's part in a lender."""
    members.end_member(unit.session(), current_actor(), public_id, member_id)
    flash(_("成员已停用。"), "success")
    return redirect(url_for("platform_lenders.lender", public_id=public_id))


@blueprint.post("/platform/lenders/<public_id>/members/<member_id>/reset-link")
def member_reset_link(public_id: str, member_id: str) -> ResponseReturnValue:
    """Hand out a link to a new password; it is shown on the answer and nowhere else."""
    membership, token = members.issue_reset_link(unit.session(), current_actor(), public_id, member_id)
    back = url_for("platform_lenders.lender", public_id=public_id)
    return render_template("pages/reset_link.html", membership=membership, token=token, back=back)


def _member_page(found: Lender, form: Form, member: Member | None = None) -> ResponseReturnValue:
    choices = [
        (row.public_id, row.words) for row in service.branches_of(unit.session(), found.id, active_only=True)
    ]
    page = render_template(
        "lender_institutions/platform_member.html", lender=found, form=form, member=member, branches=choices
    )
    return page, form.status


def _member_values(member: Member) -> dict[str, Any]:
    return {
        "role": LenderRole(member.membership.role),
        "branch": member.branch.public_id if member.branch else None,
    }


def _role(chosen: LenderRole) -> Role:
    return Role(chosen.value)


def _is_administrator() -> bool:
    return current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)
