"""The platform's reports, exact."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.pages.downloads import download
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit
from matching.lines.dimensions import Dimension
from matching.tracking import showing

blueprint = Blueprint("platform_reports", __name__, template_folder="templates")


@blueprint.get("/platform/reports")
def index() -> ResponseReturnValue:
    return redirect(url_for("platform_reports.report", dimension=Dimension.LENDER.value))


@blueprint.get("/platform/reports/<dimension>")
def report(dimension: str) -> ResponseReturnValue:
    page = showing.report_page(unit.session(), current_actor(), _dimension(dimension))
    return render_template("tracking/report.html", **page)


@blueprint.get("/platform/reports/<dimension>.xlsx")
def export(dimension: str) -> ResponseReturnValue:
    """Exactly the table that is shown under these filters."""
    content = showing.report_file(unit.session(), current_actor(), _dimension(dimension))
    return download(content, MEDIA_TYPES[Format.XLSX], f"report-{dimension}-{clock.today().isoformat()}.xlsx")


def _dimension(text: str) -> Dimension:
    if text not in showing.PLATFORM_DIMENSIONS:
        raise NotFound
    return Dimension(text)
