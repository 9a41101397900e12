"""The list of blueprints: each room's pages and API, in the order of the way of the data."""

from __future__ import annotations

from flask import Flask

from borrowers.claims.platform_views import blueprint as claim_desk
from borrowers.claims.views import blueprint as claim_pages
from borrowers.consents.views import blueprint as consent_pages
from borrowers.documents.views import blueprint as document_pages
from borrowers.profile.views import blueprint as profile_pages
from borrowers.reported_facts.views import blueprint as reported_facts_pages
from creditbridge.app.health import blueprint as health
from creditbridge.app.workspaces.account.views import blueprint as account_pages
from creditbridge.app.workspaces.firm.views import blueprint as firm_workspace
from creditbridge.app.workspaces.lender.views import blueprint as lender_workspace
from creditbridge.app.workspaces.market.views import blueprint as market_pages
from creditbridge.app.workspaces.platform.views import blueprint as platform_workspace
from creditbridge.app.workspaces.visitor.views import blueprint as visitor_pages
from creditbridge.disclosure.views import blueprint as disclosure_pages
from creditbridge.facts.views import blueprint as facts_pages
from creditbridge.notices.views import blueprint as notices_pages
from creditbridge.registry.views import blueprint as registry_pages

PAGES = (
    registry_pages,
    account_pages,
    health,
    visitor_pages,
    market_pages,
    firm_workspace,
    lender_workspace,
    platform_workspace,
    notices_pages,
    facts_pages,
    disclosure_pages,
    claim_pages,
    claim_desk,
    profile_pages,
    document_pages,
    reported_facts_pages,
    consent_pages,
)


def register(app: Flask) -> None:
    """Register every blueprint."""
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
