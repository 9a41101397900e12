"""Pages for anyone: the front door."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import OrganisationKind

blueprint = Blueprint("app", __name__, template_folder="templates")

WORKSPACES = {
    OrganisationKind.FIRM: "firm_workspace.my_firm",
    OrganisationKind.LENDER: "lender_workspace.desk",
    OrganisationKind.PLATFORM: "platform_workspace.overview",
}


@blueprint.get("/")
def home() -> ResponseReturnValue:
    return render_template("visitor/home.html")


@blueprint.get("/workspace")
def workspace() -> ResponseReturnValue:
    """Where a signed-in person starts."""
    return redirect(url_for(WORKSPACES[current_actor().kind]))
