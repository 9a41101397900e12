"""One firm as the platform sees it: its portrait, and its score taken apart."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.labels.rules import Viewer
from creditbridge.pages.tables import query_url
from creditbridge.registry import service as registry
from creditbridge.runs import portrait_showing
from creditbridge.store import unit

blueprint = Blueprint("firm_portraits", __name__, template_folder="templates")


@blueprint.get("/platform/firms/<public_id>/credit")
def portrait(public_id: str) -> ResponseReturnValue:
    """Score, class, dimensions, labels and records of one firm, internal ones too."""
    session = unit.session()
    firm = registry.firm(session, public_id)
    score_url = url_for("firm_portraits.score", public_id=public_id)
    page = portrait_showing.page(session, firm, Viewer.PLATFORM, score_url=score_url)
    return render_template("runs/firm.html", page=page, query_url=query_url)


@blueprint.get("/platform/firms/<public_id>/credit/score")
def score(public_id: str) -> ResponseReturnValue:
    """Every point of a firm's score, with the records behind it."""
    session = unit.session()
    firm = registry.firm(session, public_id)
    portrait_url = url_for("firm_portraits.portrait", public_id=public_id)
    page = portrait_showing.score_page(session, firm, Viewer.PLATFORM, portrait_url=portrait_url)
    return render_template("runs/firm_score.html", page=page)
