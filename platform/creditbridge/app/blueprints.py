"""The list of blueprints: each room's pages and API, in the order of the way of the data."""

from __future__ import annotations

from flask import Flask

from borrowers.claims.platform_views import blueprint as claim_desk
from borrowers.claims.views import blueprint as claim_pages
from borrowers.consents.views import blueprint as consent_pages
from borrowers.disputes.desk_views import blueprint as dispute_desk
from borrowers.disputes.views import blueprint as dispute_pages
from borrowers.documents.views import blueprint as document_pages
from borrowers.profile.views import blueprint as profile_pages
from borrowers.reported_facts.views import blueprint as reported_facts_pages
from creditbridge.app import api
from creditbridge.app.health import blueprint as health
from creditbridge.app.workspaces.account.reset_views import blueprint as password_reset
from creditbridge.app.workspaces.account.views import blueprint as account_pages
from creditbridge.app.workspaces.firm.credit_views import blueprint as firm_credit
from creditbridge.app.workspaces.firm.views import blueprint as firm_workspace
from creditbridge.app.workspaces.lender.views import blueprint as lender_workspace
from creditbridge.app.workspaces.lender.whatif_views import blueprint as whatif_pages
from creditbridge.app.workspaces.market.views import blueprint as market_pages
from creditbridge.app.workspaces.platform.audit_views import blueprint as audit_trail
from creditbridge.app.workspaces.platform.staff_views import blueprint as staff
from creditbridge.app.workspaces.platform.views import blueprint as platform_workspace
from creditbridge.app.workspaces.visitor.views import blueprint as visitor_pages
from creditbridge.disclosure.views import blueprint as disclosure_pages
from creditbridge.facts.views import blueprint as facts_pages
from creditbridge.labels.combination_views import blueprint as label_combinations
from creditbridge.labels.public_views import blueprint as public_labels
from creditbridge.labels.views import blueprint as label_pages
from creditbridge.notices.views import blueprint as notices_pages
from creditbridge.records.catalogue_views import blueprint as credit_item_pages
from creditbridge.records.views import blueprint as record_pages
from creditbridge.registry.views import blueprint as registry_pages
from creditbridge.reports.views import blueprint as industry_reports
from creditbridge.reports.views import public as public_industry_reports
from creditbridge.runs.firm_views import blueprint as firm_portraits
from creditbridge.runs.views import blueprint as run_pages
from creditbridge.scoring.views import blueprint as scorecard_pages
from creditbridge.webhooks.views import blueprint as integration
from lenders.directory.views import blueprint as lender_directory
from lenders.institutions.platform_views import blueprint as platform_lenders
from lenders.institutions.views import blueprint as lender_institutions
from lenders.products.decision_views import blueprint as product_steps
from lenders.products.editor_views import blueprint as product_editor
from lenders.products.views import blueprint as lender_products
from lenders.schemes.views import blueprint as scheme_pages
from matching.applications.applicant.views import blueprint as firm_applications
from matching.applications.desk.actions import blueprint as lender_decisions
from matching.applications.desk.views import blueprint as lender_applications
from matching.approvals.views import blueprint as approval_limits
from matching.conflicts.views import blueprint as lender_conflicts
from matching.drawdowns.firm_views import blueprint as firm_drawdowns
from matching.drawdowns.lender_views import blueprint as lender_drawdowns
from matching.ledger.pool_views import blueprint as risk_pools
from matching.ledger.views import firm_blueprint as firm_ledger
from matching.ledger.views import lender_blueprint as lender_ledger
from matching.ledger.views import platform_blueprint as platform_ledger
from matching.lines.firm_views import blueprint as firm_lines
from matching.lines.import_views import blueprint as lender_line_imports
from matching.lines.lender_views import blueprint as lender_lines
from matching.lines.platform_views import blueprint as platform_lines
from matching.lines.support_views import blueprint as lender_line_support
from matching.monitoring.firm_views import blueprint as firm_monitoring
from matching.monitoring.lender_views import blueprint as lender_alerts
from matching.needs.firm_views import blueprint as firm_needs
from matching.needs.lender_views import blueprint as lender_needs
from matching.path.views import blueprint as firm_paths
from matching.tracking.honesty_views import blueprint as platform_honesty
from matching.tracking.lender_views import blueprint as lender_reports
from matching.tracking.platform_views import blueprint as platform_reports
from matching.tracking.views import blueprint as statistics

PAGES = (
    registry_pages,
    account_pages,
    password_reset,
    health,
    visitor_pages,
    market_pages,
    firm_workspace,
    firm_credit,
    lender_workspace,
    platform_workspace,
    audit_trail,
    staff,
    notices_pages,
    integration,
    facts_pages,
    credit_item_pages,
    scorecard_pages,
    record_pages,
    label_pages,
    label_combinations,
    public_labels,
    industry_reports,
    public_industry_reports,
    run_pages,
    firm_portraits,
    disclosure_pages,
    claim_pages,
    claim_desk,
    profile_pages,
    document_pages,
    reported_facts_pages,
    dispute_pages,
    dispute_desk,
    consent_pages,
    lender_directory,
    lender_institutions,
    platform_lenders,
    lender_products,
    product_editor,
    whatif_pages,
    product_steps,
    scheme_pages,
    firm_paths,
    firm_needs,
    lender_needs,
    firm_applications,
    lender_applications,
    lender_decisions,
    lender_conflicts,
    approval_limits,
    risk_pools,
    lender_line_support,
    firm_drawdowns,
    lender_drawdowns,
    firm_ledger,
    lender_ledger,
    platform_ledger,
    firm_lines,
    lender_lines,
    lender_line_imports,
    platform_lines,
    firm_monitoring,
    lender_alerts,
    platform_reports,
    platform_honesty,
    lender_reports,
    statistics,
)


def register(app: Flask) -> None:
    """Register every blueprint."""
    for blueprint in PAGES:
        app.register_blueprint(blueprint)
    api.register(app)
