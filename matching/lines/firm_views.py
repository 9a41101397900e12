"""A firm's own pages of its lines."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.store import unit
from matching.ledger import statements
from matching.ledger.views import MOST_EXPORTED, statement_file
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


@blueprint.get("/firm/lines/<line_id>/statement.xlsx")
def statement(line_id: str) -> ResponseReturnValue:
    """All that moved on one line, as a file."""
    session, actor = unit.session(), current_actor()
    line = lookup.line_of_firm(session, actor, line_id)
    return statement_file(statements.of_line(session, line.id, limit=MOST_EXPORTED))
