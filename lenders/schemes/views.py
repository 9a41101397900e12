"""The platform's pages about policy schemes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel.errors import InvalidInput, NotFound
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.pages.i18n import say
from creditbridge.pages.tables import Column, Empty, Table
from creditbridge.store import unit
from lenders.institutions import service as institutions
from lenders.institutions.areas import read_areas, show_areas
from lenders.institutions.rules import LenderState
from lenders.schemes import service
from lenders.schemes.rules import SCHEME, SCHEME_STATE_WORDS, SchemeState
from lenders.schemes.schemas import ParticipantForm, SchemeForm

if TYPE_CHECKING:
    from lenders.schemes.model import Scheme

blueprint = Blueprint("schemes", __name__, template_folder="templates")


@blueprint.get("/platform/schemes")
def schemes() -> ResponseReturnValue:
    """Every scheme."""
    may_edit = current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)
    table = Table(
        columns=[
            Column("name", _("政策产品"), value=lambda row: say(row.name), href=_address),
            Column("sponsor", _("牵头单位"), value=lambda row: say(row.sponsor)),
            Column("participants", _("参与机构"), kind="number", value=lambda row: len(row.participants)),
            Column("valid_to", _("截止日期"), kind="day"),
            Column(
                "state",
                _("状态"),
                kind="state",
                value=lambda row: SCHEME_STATE_WORDS[SchemeState(row.state)],
                tone=lambda row: "success" if row.state == SchemeState.OPEN else "neutral",
            ),
        ],
        rows=service.all_schemes(unit.session()),
        caption=_("政策产品"),
        empty=Empty(
            _("还没有政策产品"),
            _("新建后添加参与机构，机构即可在其下发布产品。"),
            _("新建政策产品") if may_edit else None,
            url_for("schemes.new") if may_edit else None,
        ),
    )
    return render_template("schemes/list.html", table=table, may_edit=may_edit)


def _address(row: Scheme) -> str:
    return url_for("schemes.scheme", public_id=row.public_id)


@blueprint.get("/platform/schemes/<public_id>")
def scheme(public_id: str) -> ResponseReturnValue:
    """One scheme with its participants."""
    return _page(public_id)


def _page(public_id: str, sent: Form | None = None) -> ResponseReturnValue:
    session = unit.session()
    found = service.scheme(session, public_id)
    joined = {participant.lender_id for participant in found.participants}
    approved = institutions.all_lenders(session, state=LenderState.APPROVED)
    page = render_template(
        "schemes/scheme.html",
        scheme=found,
        states=SCHEME_STATE_WORDS,
        steps=SCHEME.legal_steps(SchemeState(found.state)),
        may_edit=current_actor().has_role(Role.PLATFORM_ADMINISTRATOR),
        form=sent or Form(ParticipantForm),
        others=[(row.public_id, row.name) for row in approved if row.id not in joined],
    )
    return page, sent.status if sent else 200


@blueprint.route("/platform/schemes/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """A new scheme."""
    return _edit(None)


@blueprint.route("/platform/schemes/<public_id>/edit", methods=["GET", "POST"])
def edit(public_id: str) -> ResponseReturnValue:
    """Change what a scheme says."""
    return _edit(service.scheme(unit.session(), public_id))


def _edit(found: Scheme | None) -> ResponseReturnValue:
    form = Form.from_request(SchemeForm) if request.method == "POST" else Form(SchemeForm, _values(found))
    if request.method == "POST" and form.validate():
        try:
            saved = _save(found, {**form.data, "region_codes": read_areas(form.data["regions"])})
        except InvalidInput as error:
            form.add_error(error)
        else:
            flash(_("政策产品已保存。"), "success")
            return redirect(_address(saved))
    return render_template("schemes/edit.html", form=form, scheme=found), form.status


def _save(found: Scheme | None, values: dict[str, Any]) -> Scheme:
    session, actor = unit.session(), current_actor()
    if found is None:
        return service.create_scheme(session, actor, values)
    return service.change_scheme(session, actor, found.public_id, values)


def _values(found: Scheme | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        **{name: getattr(found, name) for name in service.FIELDS},
        "regions": show_areas(found.region_codes),
    }


@blueprint.post("/platform/schemes/<public_id>/participants")
def add_participant(public_id: str) -> ResponseReturnValue:
    """Let a lender take part."""
    form = Form.from_request(ParticipantForm)
    if not form.validate():
        return _page(public_id, form)
    service.add_participant(unit.session(), current_actor(), public_id, form.data["lender"])
    flash(_("参与机构已添加。"), "success")
    return redirect(url_for("schemes.scheme", public_id=public_id))


@blueprint.post("/platform/schemes/<public_id>/participants/<lender_id>/remove")
def remove_participant(public_id: str, lender_id: str) -> ResponseReturnValue:
    """End a lender's part."""
    service.remove_participant(unit.session(), current_actor(), public_id, lender_id)
    flash(_("参与机构已移除。"), "success")
    return redirect(url_for("schemes.scheme", public_id=public_id))


@blueprint.post("/platform/schemes/<public_id>/<step>")
def step(public_id: str, step: str) -> ResponseReturnValue:
    """Close or reopen a scheme."""
    if step not in SCHEME.steps:
        raise NotFound
    service.take_step(unit.session(), current_actor(), public_id, step)
    flash(_("政策产品状态已更新。"), "success")
    return redirect(url_for("schemes.scheme", public_id=public_id))
