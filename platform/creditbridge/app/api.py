"""The API: each room's part of it, its document and its documentation."""

from __future__ import annotations

from flask import Flask

from borrowers.consents.api import blueprint as consents
from borrowers.documents.api import blueprint as documents
from borrowers.profile.api import blueprint as own_firm
from borrowers.reported_facts.api import blueprint as reported_facts
from creditbridge.app.workspaces.firm.api import blueprint as matches
from creditbridge.pages import api
from creditbridge.pages.api_docs import blueprint as documentation
from creditbridge.registry.api import blueprint as firms
from lenders.directory.api import blueprint as directory
from lenders.products.api import blueprint as products
from matching.applications.applicant.api import blueprint as applications
from matching.applications.desk.api import blueprint as review
from matching.approvals.api import blueprint as approval_limit
from matching.conflicts.api import blueprint as conflicts
from matching.drawdowns.api import blueprint as drawdowns
from matching.lines.api import blueprint as lines
from matching.monitoring.api import blueprint as alerts
from matching.needs.api import blueprint as needs
from matching.path.api import blueprint as paths
from matching.tracking.api import blueprint as statistics
from matching.whatif.api import blueprint as whatif

PARTS = (
    directory,
    own_firm,
    reported_facts,
    documents,
    matches,
    paths,
    needs,
    applications,
    consents,
    products,
    whatif,
    review,
    conflicts,
    approval_limit,
    lines,
    alerts,
    drawdowns,
    statistics,
    firms,
)


def register(app: Flask) -> None:
    """Install the API in an application that has its page frame and its guard."""
    api.setup(app, *PARTS)
    app.register_blueprint(documentation)
