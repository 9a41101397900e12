"""The lender workspace: pages that combine rooms."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("lender_workspace", __name__, template_folder="templates")


@blueprint.get("/lender")
def desk() -> ResponseReturnValue:
    return render_template("lender_workspace/desk.html")
