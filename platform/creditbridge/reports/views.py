"""Pages of reports by industry: exact for the platform, with small cells hidden for everybody else."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import current_actor
from creditbridge.access.rules import Role
from creditbridge.kernel import clock
from creditbridge.kernel.errors import Conflict, NotFound
from creditbridge.kernel.suppressing import THRESHOLD
from creditbridge.pages.downloads import download
from creditbridge.registry import industries
from creditbridge.reports import service, showing
from creditbridge.reports.rules import last_month
from creditbridge.sheets.reading import Format
from creditbridge.sheets.writing import MEDIA_TYPES
from creditbridge.store import unit

blueprint = Blueprint("industry_reports", __name__, template_folder="templates")
public = Blueprint("public_industry_reports", __name__, template_folder="templates")


@blueprint.get("/platform/industry-reports")
def index() -> ResponseReturnValue:
    """A month by section, or a section by division, exactly."""
    may_make = current_actor().has_role(Role.PLATFORM_ADMINISTRATOR)
    return _page(exact=True, room="industry_reports", may_make=may_make)


@blueprint.post("/platform/industry-reports")
def make() -> ResponseReturnValue:
    """Make last month's report; when it is there already, show it."""
    month = last_month(clock.today())
    try:
        service.make(unit.session(), month, current_actor())
    except Conflict:
        unit.abandon()
    return redirect(url_for("industry_reports.index", month=month))


@blueprint.get("/platform/industry-reports.xlsx")
def export() -> ResponseReturnValue:
    """A month whole as a file; before the first report the page that says so."""
    return _file(exact=True, page="industry_reports.index")


@public.get("/statistics/industries")
def overview() -> ResponseReturnValue:
    """The same for anyone, small cells hidden."""
    return _page(exact=False, room="public_industry_reports", may_make=False)


@public.get("/statistics/industries.xlsx")
def public_export() -> ResponseReturnValue:
    """The same file without what is hidden."""
    return _file(exact=False, page="public_industry_reports.overview")


def _page(*, exact: bool, room: str, may_make: bool) -> ResponseReturnValue:
    session = unit.session()
    page, file = ("index", "export") if exact else ("overview", "public_export")
    report = service.read(session, request.args.get("month") or None, exact=exact)
    section = request.args.get("section", "")
    known = {one.code for one in industries.sections()}
    if section and section not in known:
        raise NotFound
    table = report and showing.table(
        report,
        showing.division_lines(section) if section else showing.section_lines(),
        section=section or None,
        endpoint=f"{room}.{page}",
        export_url=url_for(f"{room}.{file}", month=report.month),
    )
    due = last_month(clock.today())
    return render_template(
        "reports/industries.html",
        report=report,
        table=table,
        section=industries.industry_name(section) if section else None,
        address=f"{room}.{page}",
        months=[(month, month) for month in service.months(session)],
        exact=exact,
        due=due if may_make and due not in service.months(session) else None,
        least=THRESHOLD,
    )


def _file(*, exact: bool, page: str) -> ResponseReturnValue:
    report = service.read(unit.session(), request.args.get("month") or None, exact=exact)
    if report is None:
        return redirect(url_for(page))
    return download(showing.workbook(report), MEDIA_TYPES[Format.XLSX], f"industries-{report.month}.xlsx")
