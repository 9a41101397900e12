"""The platform workspace: pages that combine rooms."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.store import unit
from matching.tracking import showing

blueprint = Blueprint("platform_workspace", __name__, template_folder="templates")


@blueprint.get("/platform")
def overview() -> ResponseReturnValue:
    """The credit granted in the city, how applications go, and what is past its target."""
    page = showing.overview(unit.session(), current_actor())
    return render_template("platform_workspace/overview.html", **page)
