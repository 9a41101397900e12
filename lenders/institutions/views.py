"""A lender's own pages about itself: what it says of itself, and its branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit
from lenders.institutions import branches, onboarding, service
from lenders.institutions.areas import area_words, read_areas, show_areas
from lenders.institutions.branches import BranchProfile
from lenders.institutions.rules import (
    BRANCH_KIND_WORDS,
    LENDER_KIND_WORDS,
    LENDER_STATE_TONES,
    LENDER_STATE_WORDS,
    BranchKind,
)
from lenders.institutions.schemas import BranchForm, ProfileForm

if TYPE_CHECKING:
    from lenders.institutions.model import Branch

blueprint = Blueprint("lender_institutions", __name__, template_folder="templates")


@blueprint.app_template_filter("area")
def area_name(code: str) -> str:
    """The name of a region by its code."""
    return say(area_words(code))


@blueprint.get("/lender/institution")
def own() -> ResponseReturnValue:
    """The lender as it stands on the platform."""
    actor = current_actor()
    lender = service.lender_of(unit.session(), actor)
    return render_template(
        "lender_institutions/own.html",
        lender=lender,
        may_edit=actor.has_role(Role.LENDER_PRODUCT_MANAGER),
        kinds=LENDER_KIND_WORDS,
        states=LENDER_STATE_WORDS,
        tones=LENDER_STATE_TONES,
    )


@blueprint.route("/lender/institution/edit", methods=["GET", "POST"])
def edit() -> ResponseReturnValue:
    actor = current_actor()
    lender = service.lender_of(unit.session(), actor)
    before = onboarding.profile_of(lender)
    if request.method == "GET":
        form = Form(ProfileForm, {name: getattr(before, name) for name in ProfileForm().fields})
        return render_template("lender_institutions/edit.html", form=form, lender=lender)
    form = Form.from_request(ProfileForm)
    if form.validate():
        profile = onboarding.with_changes(before, form.data)
        onboarding.change_profile(unit.session(), actor, profile)
        flash(_("机构信息已保存。"), "success")
        return redirect(url_for("lender_institutions.own"))
    return render_template("lender_institutions/edit.html", form=form, lender=lender), form.status


@blueprint.get("/lender/branches")
def branch_list() -> ResponseReturnValue:
    """The lender's branches with their service areas."""
    actor = current_actor()
    lender = service.lender_of(unit.session(), actor)
    may_edit = actor.has_role(Role.LENDER_PRODUCT_MANAGER)
    table = branch_table(
        service.branches_of(unit.session(), lender.id),
        lambda row: url_for("lender_institutions.branch_edit", public_id=row.public_id) if may_edit else None,
        Empty(
            _("还没有网点"),
            _("企业申请时按地区选择办理网点。"),
            _("添加网点") if may_edit else None,
            url_for("lender_institutions.branch_new") if may_edit else None,
        ),
    )
    return render_template("lender_institutions/branches.html", lender=lender, table=table, may_edit=may_edit)


def branch_table(rows: Any, href: Any, empty: Empty | None = None) -> Table:
    """Branches with kind, areas and whether they take work."""
    return Table(
        columns=[
            Column("name", _("网点"), value=lambda row: say(row.words), href=href),
            Column("kind", _("类型"), value=lambda row: BRANCH_KIND_WORDS[BranchKind(row.kind)]),
            Column("parent", _("上级"), value=lambda row: say(row.parent.words) if row.parent else None),
            Column("areas", _("服务地区"), value=_areas),
            Column("phone", _("电话")),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: _("办理业务") if row.is_active else _("已停用"),
                tone=lambda row: "success" if row.is_active else "neutral",
            ),
        ],
        rows=rows,
        caption=_("网点"),
        empty=empty,
    )


def _areas(branch: Branch) -> str:
    names = [say(area_words(code)) for code in branch.region_codes]
    return "、".join(names) if names else _("不限地区")


@blueprint.route("/lender/branches/new", methods=["GET", "POST"])
def branch_new() -> ResponseReturnValue:
    return _branch_page(None)


@blueprint.route("/lender/branches/<public_id>", methods=["GET", "POST"])
def branch_edit(public_id: str) -> ResponseReturnValue:
    lender = service.lender_of(unit.session(), current_actor())
    return _branch_page(service.branch_of_lender(unit.session(), lender.id, public_id))


def _branch_page(branch: Branch | None) -> ResponseReturnValue:
    actor = current_actor()
    lender = service.lender_of(unit.session(), actor)
    form = Form.from_request(BranchForm) if request.method == "POST" else Form(BranchForm, _values(branch))
    if request.method == "POST" and form.validate():
        try:
            if branch is None:
                branches.open_branch(unit.session(), actor, _profile(form.data))
            else:
                branches.change_branch(unit.session(), actor, branch.public_id, _profile(form.data))
        except DomainError as error:
            form.add_error(error)
        else:
            flash(_("网点已保存。"), "success")
            return redirect(url_for("lender_institutions.branch_list"))
    others = [
        (row.public_id, row.words)
        for row in service.branches_of(unit.session(), lender.id, active_only=True)
        if branch is None or row.id != branch.id
    ]
    page = render_template("lender_institutions/branch.html", form=form, branch=branch, parents=others)
    return page, form.status


def _values(branch: Branch | None) -> dict[str, Any]:
    if branch is None:
        return {}
    return {
        "kind": BranchKind(branch.kind),
        "name": branch.name,
        "name_en": branch.name_en,
        "parent": branch.parent.public_id if branch.parent else None,
        "regions": show_areas(branch.region_codes),
        "address": branch.address,
        "phone": branch.phone,
    }


def _profile(data: dict[str, Any]) -> BranchProfile:
    return BranchProfile(
        kind=data["kind"],
        name=data["name"],
        name_en=data["name_en"],
        address=data["address"],
        phone=data["phone"],
        regions=read_areas(data["regions"]),
        parent_public_id=data["parent"],
    )


@blueprint.post("/lender/branches/<public_id>/close")
def branch_close(public_id: str) -> ResponseReturnValue:
    branches.set_active(unit.session(), current_actor(), public_id, active=False)
    flash(_("网点已停用，在途申请不受影响。"), "success")
    return redirect(url_for("lender_institutions.branch_list"))


@blueprint.post("/lender/branches/<public_id>/reopen")
def branch_reopen(public_id: str) -> ResponseReturnValue:
    branches.set_active(unit.session(), current_actor(), public_id, active=True)
    flash(_("网点已恢复办理业务。"), "success")
    return redirect(url_for("lender_institutions.branch_list"))
