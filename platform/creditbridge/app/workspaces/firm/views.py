"""The firm workspace: pages that combine rooms."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

blueprint = Blueprint("firm_workspace", __name__, template_folder="templates")


@blueprint.get("/firm")
def my_firm() -> ResponseReturnValue:
    return render_template("firm_workspace/my_firm.html")
