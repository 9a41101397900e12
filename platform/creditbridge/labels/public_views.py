"""Public labels for anyone: what they mean, and those of a firm by its credit code."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from creditbridge.access.api_rate import Rate
from creditbridge.labels import counting, service, showing
from creditbridge.labels.rules import Viewer
from creditbridge.registry import service as registry
from creditbridge.store import unit

blueprint = Blueprint("public_labels", __name__, template_folder="templates")

LONGEST_CODE = 40
MOST_A_MINUTE = 60
"""How many firms one address may look up in a minute: people do, a script that goes through the city does not."""
_RATE = "creditbridge_label_queries"


@blueprint.get("/labels")
def index() -> ResponseReturnValue:
    """The public labels; with a credit code in the address, those of that firm."""
    session = unit.session()
    code = request.args.get("code", "").strip()[:LONGEST_CODE]
    if code:
        rate: Rate = current_app.extensions.setdefault(_RATE, Rate(MOST_A_MINUTE))
        rate.count(request.remote_addr or "")
    firm = registry.find_firm_by_uscc(session, code) if code else None
    found = showing.chosen(
        Viewer.ANYONE,
        text=request.args.get("q", ""),
        category=request.args.get("category", ""),
        nature="",
        state="",
    )
    counted = counting.current(session)
    shown = (
        showing.firm_page(firm, service.labels_of_firm(session, firm.id, Viewer.ANYONE), Viewer.ANYONE)
        if firm
        else {}
    )
    return render_template(
        "labels/public.html",
        table=showing.public_table(found, counted),
        counted=counted,
        code=code,
        asked_categories=showing.category_choices(),
        **{"firm": None, **shown},
    )
