"""A firm's own page about itself: registration, claim, members."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from borrowers.members import service as members
from borrowers.members.service import Invitation
from borrowers.profile.schemas import InvitationSchema
from creditbridge.access.guard import current_actor
from creditbridge.access.rules import ROLE_WORDS, Role
from creditbridge.kernel.errors import DomainError
from creditbridge.pages.forms import Form
from creditbridge.pages.i18n import gettext as _
from creditbridge.registry import industries, regions
from creditbridge.registry.readings import ENTITY_KIND_WORDS, FIRM_STATUS_WORDS, EntityKind, FirmStatus
from creditbridge.store import unit

blueprint = Blueprint("profile", __name__, template_folder="templates")


@blueprint.get("/firm/profile")
def overview() -> ResponseReturnValue:
    actor = current_actor()
    if claims.firm_or_none(unit.session(), actor) is None:
        return redirect(url_for("claims.start"))
    return _page(Form(InvitationSchema))


@blueprint.post("/firm/members")
def invite() -> ResponseReturnValue:
    form = Form.from_request(InvitationSchema)
    if form.validate():
        try:
            invited = members.invite_staff(unit.session(), current_actor(), **form.data)
        except DomainError as error:
            form.add_error(error)
        else:
            return _page(Form(InvitationSchema), invited)
    return _page(form)


@blueprint.post("/firm/members/<public_id>/remove")
def remove(public_id: str) -> ResponseReturnValue:
    removed = members.remove_staff(unit.session(), current_actor(), public_id)
    flash(_("%(name)s已不再是贵企业的成员。", name=removed.user.name), "success")
    return redirect(url_for("profile.overview"))


@blueprint.post("/firm/members/<public_id>/hand-over")
def hand_over(public_id: str) -> ResponseReturnValue:
    successor = members.hand_over(unit.session(), current_actor(), public_id)
    flash(_("企业负责人已变更为%(name)s。", name=successor.user.name), "success")
    return redirect(url_for("profile.overview"))


def _page(form: Form, invited: Invitation | None = None) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    firm = claims.firm_of(session, actor)
    page = render_template(
        "profile/overview.html",
        firm=firm,
        form=form,
        invited=invited,
        members=members.members_of(session, actor),
        role_words={role.value: words for role, words in ROLE_WORDS.items()},
        is_owner=actor.has_role(Role.FIRM_OWNER),
        kind=ENTITY_KIND_WORDS[EntityKind(firm.entity_kind)],
        status=FIRM_STATUS_WORDS[FirmStatus(firm.status)],
        region=regions.region_name(firm.region_code) if firm.region_code else None,
        industry=industries.industry_name(firm.industry_code) if firm.industry_code else None,
    )
    return page, form.status
