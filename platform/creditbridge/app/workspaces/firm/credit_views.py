"""The firm's own credit on one page: its portrait, and its score taken apart."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from borrowers.claims import service as claims
from creditbridge.access.guard import current_actor
from creditbridge.labels.rules import Viewer
from creditbridge.pages.tables import query_url
from creditbridge.runs import portrait_showing
from creditbridge.store import unit

blueprint = Blueprint("firm_credit", __name__, template_folder="templates")


@blueprint.get("/firm/credit")
def portrait() -> ResponseReturnValue:
    """Score, class, dimensions, labels and records of one's own firm; what is internal is not shown."""
    session = unit.session()
    firm = claims.firm_or_none(session, current_actor())
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    page = portrait_showing.page(
        session,
        firm,
        Viewer.FIRM,
        score_url=url_for("firm_credit.score"),
        dispute_url=lambda record_no: url_for("disputes.form", record_no=record_no),
    )
    return render_template("firm_workspace/credit.html", page=page, query_url=query_url)


@blueprint.get("/firm/credit/score")
def score() -> ResponseReturnValue:
    """Every point of one's own score, with the records behind it."""
    session = unit.session()
    firm = claims.firm_or_none(session, current_actor())
    if firm is None:
        return render_template("firm_workspace/no_firm.html")
    page = portrait_showing.score_page(
        session, firm, Viewer.FIRM, portrait_url=url_for("firm_credit.portrait")
    )
    return render_template("firm_workspace/score.html", page=page)
