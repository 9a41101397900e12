"""A firm's own pages of its lines."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.store import unit
from matching.lines import lookup, showing, tables

blueprint = Blueprint("firm_lines", __name__, template_folder="templates")


@blueprint.get("/firm/lines")
def index() -> ResponseReturnValue:
    rows = lookup.lines_of_firm(unit.session(), current_actor())
    return render_template("lines/firm_list.html", table=tables.firm_table(rows))


@blueprint.get("/firm/lines/<line_id>")
def show(line_id: str) -> ResponseReturnValue:
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_firm(session, actor, line_id)
    return render_template("lines/firm_line.html", **showing.line_page(session, actor, line))
