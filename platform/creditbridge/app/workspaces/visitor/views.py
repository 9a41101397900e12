"""The front door, for anyone."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import actor_or_none, current_actor
from creditbridge.access.rules import OrganisationKind
from creditbridge.store import unit
from lenders.browsing.schemas import purposes
from matching.tracking.public import public_figures

blueprint = Blueprint("app", __name__, template_folder="templates")

WORKSPACES = {
    OrganisationKind.FIRM: "firm_workspace.my_firm",
    OrganisationKind.LENDER: "lender_workspace.desk",
    OrganisationKind.PLATFORM: "platform_workspace.overview",
}


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Search by amount, term and purpose; what there is; how it works."""
    session, actor = unit.session(), actor_or_none()
    return render_template(
        "visitor/home.html",
        figures=public_figures(session),
        purposes=purposes(),
        workspace_url=url_for("app.workspace") if actor else None,
    )


@blueprint.get("/workspace")
def workspace() -> ResponseReturnValue:
    """Where a signed-in person starts."""
    return redirect(url_for(WORKSPACES[current_actor().kind]))
