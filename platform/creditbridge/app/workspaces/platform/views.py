"""The platform workspace: pages that combine rooms."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("platform_workspace", __name__, template_folder="templates")


@blueprint.get("/platform")
def overview() -> ResponseReturnValue:
    return render_template("platform_workspace/overview.html")
