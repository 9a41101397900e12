"""The list of blueprints: each room's pages and API, in the order of the way of the data."""

from __future__ import annotations

from flask import Flask

from creditbridge.app.workspaces.account.views import blueprint as account_pages
from creditbridge.app.health import blueprint as health
from creditbridge.app.workspaces.firm.views import blueprint as firm_workspace
from creditbridge.app.workspaces.lender.views import blueprint as lender_workspace
from creditbridge.app.workspaces.platform.views import blueprint as platform_workspace
from creditbridge.app.workspaces.visitor.views import blueprint as visitor_pages

PAGES = (account_pages, health, visitor_pages, firm_workspace, lender_workspace, platform_workspace)


def register(app: Flask) -> None:
    """Register every blueprint."""
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
