"""The permission table: who may call which route. Every route stands here; one that does not is refused.

A route's rule says which roles may call it (or anyone), and for the API which token scope it needs. Whether an
actor may touch a particular thing (their own firm, their own lender's queue) is decided by the service that
reads it: another tenant's thing is not found.

The table is read as: endpoint → rule. Endpoints are grouped by the room whose blueprint they belong to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from creditbridge.access.rules import Role


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may call a route. ``anyone`` needs no sign-in; ``scope`` is what an API token must carry."""

    roles: frozenset[Role] = frozenset()
    anyone: bool = False
    scope: str | None = None

    def allows(self, role: Role | None) -> bool:
        return self.anyone or (role is not None and role in self.roles)


ADMINISTRATOR = frozenset({Role.PLATFORM_ADMINISTRATOR})
PLATFORM = frozenset({Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_AUDITOR, Role.PLATFORM_REGULATOR})
PRODUCT_MANAGER = frozenset({Role.LENDER_PRODUCT_MANAGER})
REVIEWER = frozenset({Role.LENDER_REVIEWER})
APPROVER = frozenset({Role.LENDER_APPROVER})
DECIDERS = frozenset({Role.LENDER_REVIEWER, Role.LENDER_APPROVER})
CREDIT_OFFICERS = frozenset({Role.LENDER_REVIEWER, Role.LENDER_APPROVER, Role.LENDER_VIEWER})
LENDER = PRODUCT_MANAGER | CREDIT_OFFICERS
OWNER = frozenset({Role.FIRM_OWNER})
FIRM = frozenset({Role.FIRM_OWNER, Role.FIRM_STAFF})
# The proof of a claim is personal data: a regulator has no need of it.
CLAIM_READERS = frozenset({Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_AUDITOR})
AUDIT_READERS = frozenset({Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_AUDITOR})
SIGNED_IN = PLATFORM | LENDER | FIRM


def anyone(scope: str | None = None) -> Rule:
    return Rule(anyone=True, scope=scope)


def only(*groups: frozenset[Role], scope: str | None = None) -> Rule:
    return Rule(roles=frozenset().union(*groups), scope=scope)


def each(blueprint: str, names: str, rule: Rule) -> dict[str, Rule]:
    """The same rule for several routes of a blueprint."""
    return {f"{blueprint}.{name}": rule for name in names.split()}


ROUTES: Mapping[str, Rule] = {
    # app: the frame itself
    "static": anyone(),
    "bootstrap.static": anyone(),
    "app.home": anyone(),
    "app.workspace": only(SIGNED_IN),
    "health.healthz": anyone(),
    "health.readyz": anyone(),
    "platform_workspace.overview": only(PLATFORM),
    "lender_workspace.desk": only(LENDER),
    **each("firm_workspace", "my_firm matches labels", only(FIRM)),
    **each("firm_credit", "portrait score", only(FIRM)),
    # market: products and lenders, for anyone
    "market.browse_products": anyone(),
    "market.product": anyone(),
    "market.compare": anyone(),
    "market.lenders": anyone(),
    # pages: language, display, component gallery
    "pages.language": anyone(),
    "pages.display": anyone(),
    "pages.styleguide": only(PLATFORM),
    # account: signing in and out, own sessions, members
    "account.sign_in": anyone(),
    "account.sign_in_code": anyone(),
    "account.sign_out": only(SIGNED_IN),
    "account.overview": only(SIGNED_IN),
    "account.password": only(SIGNED_IN),
    "account.end_session": only(SIGNED_IN),
    "account.end_other_sessions": only(SIGNED_IN),
    "account.switch": only(SIGNED_IN),
    "account.enrol": only(SIGNED_IN),
    "account.api_tokens": only(SIGNED_IN),
    "account.revoke_token": only(SIGNED_IN),
    # notices: a person’s messages, and what is to do
    "notices.messages": only(SIGNED_IN),
    "notices.open_message": only(SIGNED_IN),
    "notices.read_all": only(SIGNED_IN),
    "notices.mail": only(SIGNED_IN),
    # integration: a lender's endpoints for messages, and what was delivered
    "integration.overview": only(LENDER),
    "integration.new_endpoint": only(PRODUCT_MANAGER),
    "integration.endpoint": only(LENDER),
    "integration.edit_endpoint": only(PRODUCT_MANAGER),
    "integration.rotate_secret": only(PRODUCT_MANAGER),
    "integration.pause_endpoint": only(PRODUCT_MANAGER),
    "integration.resume_endpoint": only(PRODUCT_MANAGER),
    "integration.remove_endpoint": only(PRODUCT_MANAGER),
    "integration.test_endpoint": only(PRODUCT_MANAGER),
    "integration.delivery": only(LENDER),
    "integration.replay": only(PRODUCT_MANAGER),
    # firm_paths: what would make the firm eligible, and the calendar
    **each("firm_paths", "index product calendar", only(FIRM)),
    # firm_needs, lender_needs: what firms look for, shown without their names until they reveal themselves
    **each("firm_needs", "index new edit show post withdraw", only(FIRM)),
    **each("firm_needs", "reveal match", only(OWNER)),
    **each("lender_needs", "index show", only(CREDIT_OFFICERS)),
    **each("lender_needs", "respond decline", only(REVIEWER)),
    # firm_applications: the firm's form in three steps, and following what became of it
    "firm_applications.new": only(FIRM),
    "firm_applications.need": only(FIRM),
    "firm_applications.products": only(FIRM),
    "firm_applications.check": only(FIRM),
    "firm_applications.attach": only(FIRM),
    "firm_applications.detach": only(FIRM),
    "firm_applications.discard": only(FIRM),
    "firm_applications.index": only(FIRM),
    "firm_applications.application": only(FIRM),
    "firm_applications.submission": only(FIRM),
    "firm_applications.answer_supplement": only(FIRM),
    "firm_applications.accept_offer": only(OWNER),
    "firm_applications.decline_offer": only(OWNER),
    "firm_applications.renegotiate": only(OWNER),
    "firm_applications.withdraw": only(OWNER),
    # matching: applications at the lender's review desk
    "lender_applications.queue": only(CREDIT_OFFICERS),
    "lender_applications.export": only(CREDIT_OFFICERS),
    "lender_applications.show": only(CREDIT_OFFICERS),
    "lender_applications.document": only(CREDIT_OFFICERS),
    "lender_decisions.accept": only(REVIEWER),
    "lender_decisions.start_review": only(REVIEWER),
    "lender_decisions.not_accept": only(REVIEWER),
    "lender_decisions.request_supplement": only(REVIEWER),
    "lender_decisions.propose_terms": only(REVIEWER),
    "lender_decisions.reject": only(DECIDERS),
    "lender_decisions.approve_terms": only(APPROVER),
    "lender_decisions.return_terms": only(APPROVER),
    "lender_decisions.reopen": only(APPROVER),
    "lender_decisions.close": only(REVIEWER),
    "lender_decisions.assign": only(DECIDERS),
    "lender_decisions.transfer": only(DECIDERS),
    "lender_decisions.add_note": only(DECIDERS),
    "lender_decisions.confirm_fact": only(DECIDERS),
    "lender_decisions.refuse_fact": only(DECIDERS),
    # registry: firms and their import
    "registry.firms": only(PLATFORM),
    "registry.firm": only(PLATFORM),
    "registry.accept_check_digit": only(ADMINISTRATOR),
    "registry.imports": only(PLATFORM),
    "registry.upload": only(ADMINISTRATOR),
    "registry.import_report": only(PLATFORM),
    "registry.refused_rows": only(ADMINISTRATOR),
    # labels: the catalogue, firms by label, combinations; public ones for anyone
    **each("labels", "index label firm", only(PLATFORM)),
    "label_combinations.index": only(PLATFORM),
    "label_combinations.count": only(PLATFORM),
    "label_combinations.export": only(PLATFORM),
    "public_labels.index": anyone(),
    # reports by industry: exact for the platform, small cells hidden for anyone
    "industry_reports.index": only(PLATFORM),
    "industry_reports.export": only(PLATFORM),
    "industry_reports.make": only(ADMINISTRATOR),
    "public_industry_reports.overview": anyone(),
    "public_industry_reports.public_export": anyone(),
    # facts: importing scores and grades
    "facts.import_page": only(ADMINISTRATOR),
    "facts.import_file": only(ADMINISTRATOR),
    # records: the catalogue of credit items
    "credit_items.index": only(PLATFORM),
    "records.feed_list": only(PLATFORM),
    "records.feed": only(PLATFORM),
    "records.set_source": only(ADMINISTRATOR),
    "records.stop_source": only(ADMINISTRATOR),
    "records.fetch_now": only(ADMINISTRATOR),
    "records.batch_list": only(PLATFORM),
    "records.upload": only(ADMINISTRATOR),
    "records.batch": only(PLATFORM),
    "records.quarantined": only(ADMINISTRATOR),
    # runs: evaluating the city
    **each("runs", "index run progress", only(PLATFORM)),
    **each("runs", "ask stop", only(ADMINISTRATOR)),
    **each("firm_portraits", "portrait score", only(PLATFORM)),
    # disclosure: the access ledger as auditors read it
    "disclosure.access_ledger": only(PLATFORM),
    # audit_trail: who did what, as auditors and administrators read it
    "audit_trail.index": only(AUDIT_READERS),
    "audit_trail.export": only(AUDIT_READERS),
    # borrowers: claiming a firm, and the platform's check of claims
    "claims.start": anyone(),
    "claims.submit": anyone(),
    "claim_desk.queue": only(CLAIM_READERS),
    "claim_desk.detail": only(CLAIM_READERS),
    "claim_desk.proof": only(CLAIM_READERS),
    "claim_desk.verify": only(ADMINISTRATOR),
    "claim_desk.refuse": only(ADMINISTRATOR),
    "claim_desk.revoke": only(ADMINISTRATOR),
    # borrowers: the firm's profile, members, documents, reported facts, consents and ledger
    "profile.overview": only(FIRM),
    "profile.invite": only(OWNER),
    "profile.remove": only(OWNER),
    "profile.hand_over": only(OWNER),
    "documents.overview": only(FIRM),
    "documents.upload": only(FIRM),
    "documents.show": only(FIRM),
    "documents.download": only(FIRM),
    "documents.delete": only(FIRM),
    "reported_facts.overview": only(FIRM),
    "reported_facts.group": only(FIRM),
    "reported_facts.report": only(FIRM),
    "reported_facts.withdraw": only(FIRM),
    "consents.overview": only(FIRM),
    "consents.detail": only(FIRM),
    "consents.sign": only(OWNER),
    "consents.revoke": only(OWNER),
    "consents.access_ledger": only(FIRM),
    "consents.access_ledger_file": only(FIRM),
    # lenders: public pages of lenders and policy schemes
    "lenders.institution": anyone(),
    "lenders.scheme_list": anyone(),
    "lenders.scheme": anyone(),
    # lenders.institutions: a lender's own pages, and the platform's about lenders
    "lender_institutions.own": only(LENDER),
    "lender_institutions.edit": only(PRODUCT_MANAGER),
    "lender_institutions.branch_list": only(LENDER),
    "lender_institutions.branch_new": only(PRODUCT_MANAGER),
    "lender_institutions.branch_edit": only(PRODUCT_MANAGER),
    "lender_institutions.branch_close": only(PRODUCT_MANAGER),
    "lender_institutions.branch_reopen": only(PRODUCT_MANAGER),
    "platform_lenders.lenders": only(PLATFORM),
    "platform_lenders.lender": only(PLATFORM),
    "platform_lenders.new": only(ADMINISTRATOR),
    "platform_lenders.edit": only(ADMINISTRATOR),
    "platform_lenders.step": only(ADMINISTRATOR),
    "platform_lenders.member_new": only(ADMINISTRATOR),
    "platform_lenders.member_edit": only(ADMINISTRATOR),
    "platform_lenders.member_end": only(ADMINISTRATOR),
    # lenders.products: lists, one product, the editor, the steps
    "lender_products.products": only(LENDER),
    "lender_products.publication": only(PLATFORM),
    "lender_products.product": only(LENDER, PLATFORM),
    "lender_products.version": only(LENDER, PLATFORM),
    "product_editor.new": only(PRODUCT_MANAGER),
    "product_editor.edit": only(PRODUCT_MANAGER),
    "product_editor.sentence": only(PRODUCT_MANAGER),
    "product_editor.formula_sentence": only(PRODUCT_MANAGER),
    "whatif.page": only(LENDER, ADMINISTRATOR),
    "whatif.answer": only(LENDER, ADMINISTRATOR),
    "product_steps.start": only(PRODUCT_MANAGER),
    "product_steps.submit": only(PRODUCT_MANAGER),
    "product_steps.discard": only(PRODUCT_MANAGER),
    "product_steps.approve": only(APPROVER),
    "product_steps.return_to_draft": only(APPROVER, ADMINISTRATOR),
    "product_steps.publish": only(ADMINISTRATOR),
    "product_steps.suspend": only(PRODUCT_MANAGER, ADMINISTRATOR),
    "product_steps.resume": only(PRODUCT_MANAGER, ADMINISTRATOR),
    "product_steps.retire": only(PRODUCT_MANAGER, ADMINISTRATOR),
    # lenders.schemes: policy schemes as the platform keeps them
    "schemes.schemes": only(PLATFORM),
    "schemes.scheme": only(PLATFORM),
    "schemes.new": only(ADMINISTRATOR),
    "schemes.edit": only(ADMINISTRATOR),
    "schemes.add_participant": only(ADMINISTRATOR),
    "schemes.remove_participant": only(ADMINISTRATOR),
    "schemes.step": only(ADMINISTRATOR),
    # lines: a firm's own, a lender's own, all for the platform
    "firm_lines.index": only(FIRM),
    "firm_lines.show": only(FIRM),
    "lender_lines.index": only(LENDER),
    "lender_lines.export": only(LENDER),
    "lender_lines.show": only(LENDER),
    "lender_lines.record": only(REVIEWER),
    "lender_lines.new": only(REVIEWER),
    "lender_lines.balance": only(REVIEWER),
    "lender_lines.correct": only(APPROVER),
    "lender_lines.void": only(APPROVER),
    "lender_lines.step": only(APPROVER),
    "lender_alerts.index": only(CREDIT_OFFICERS),
    "lender_alerts.show": only(CREDIT_OFFICERS),
    "lender_alerts.handle": only(DECIDERS),
    "lender_alerts.policy": only(APPROVER),
    "firm_monitoring.consent": only(FIRM),
    "lender_line_imports.imports": only(LENDER),
    "lender_line_imports.upload": only(REVIEWER),
    "lender_line_imports.template": only(LENDER),
    "lender_line_imports.report": only(LENDER),
    "lender_line_imports.refused": only(LENDER),
    # ledger: statements of what moved, and the trial balance
    "firm_ledger.index": only(FIRM),
    "lender_ledger.index": only(LENDER),
    "platform_ledger.index": only(PLATFORM),
    "platform_lines.index": only(PLATFORM),
    "platform_lines.export": only(PLATFORM),
    "platform_lines.show": only(PLATFORM),
    # tracking: statistics, exact for the platform, its own for a lender, protected for anybody
    "platform_reports.index": only(PLATFORM),
    "platform_reports.report": only(PLATFORM),
    "platform_reports.export": only(PLATFORM),
    **each("platform_honesty", "index product unserved_firms overdue unmet", only(PLATFORM)),
    "platform_honesty.recount": only(ADMINISTRATOR),
    "lender_reports.overview": only(LENDER),
    "lender_reports.report": only(LENDER),
    "lender_reports.export": only(LENDER),
    "statistics.overview": anyone(),
    # the API's document and documentation
    "api_docs.openapi": anyone(),
    "api_docs.docs": anyone(),
    "api_docs.asset": anyone(),
    # api_directory: lenders and published products, for anyone
    "api_directory.lenders": anyone(),
    "api_directory.lender": anyone(),
    "api_directory.browse_products": anyone(),
    "api_directory.product": anyone(),
    # api_firm and its neighbours: the firm itself, its facts, documents, matches, consents
    "api_firm.own_firm": only(FIRM, scope="firm:read"),
    "api_reported_facts.report": only(FIRM, scope="firm:write"),
    "api_documents.own_documents": only(FIRM, scope="firm:read"),
    "api_documents.upload": only(FIRM, scope="firm:write"),
    "api_documents.content": only(FIRM, scope="firm:read"),
    "api_matches.matches": only(FIRM, scope="matches:read"),
    "api_matches.match": only(FIRM, scope="matches:read"),
    "api_consents.own_consents": only(FIRM, scope="consents:read"),
    "api_consents.revoke": only(OWNER, scope="consents:write"),
    "api_consents.access_ledger": only(FIRM, scope="consents:read"),
    # api_applications: the firm's side
    "api_applications.applications": only(FIRM, scope="applications:read"),
    "api_applications.application": only(FIRM, scope="applications:read"),
    "api_applications.check": only(FIRM, scope="applications:read"),
    "api_applications.start": only(FIRM, scope="applications:write"),
    "api_applications.save_need": only(FIRM, scope="applications:write"),
    "api_applications.choose_products": only(FIRM, scope="applications:write"),
    "api_applications.attach": only(FIRM, scope="applications:write"),
    "api_applications.submit": only(OWNER, scope="applications:write"),
    "api_applications.discard": only(FIRM, scope="applications:write"),
    "api_applications.submission": only(FIRM, scope="applications:read"),
    "api_applications.withdraw": only(OWNER, scope="applications:write"),
    "api_applications.accept_offer": only(OWNER, scope="applications:write"),
    "api_applications.decline_offer": only(OWNER, scope="applications:write"),
    "api_applications.renegotiate": only(OWNER, scope="applications:write"),
    "api_applications.answer_supplement": only(FIRM, scope="applications:write"),
    # api_products: as their lender and the platform keep them
    "api_products.own_products": only(LENDER, scope="products:read"),
    "api_products.own_product": only(LENDER, scope="products:read"),
    "api_products.create": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.start_version": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.save_draft": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.submit": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.approve": only(APPROVER, scope="products:write"),
    "api_products.return_to_draft": only(APPROVER, scope="products:write"),
    "api_products.suspend": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.resume": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.retire": only(PRODUCT_MANAGER, scope="products:write"),
    "api_products.all_products": only(PLATFORM, scope="products:read"),
    "api_products.any_product": only(PLATFORM, scope="products:read"),
    "api_products.publish": only(ADMINISTRATOR, scope="products:write"),
    "api_products.return_unpublished": only(ADMINISTRATOR, scope="products:write"),
    "api_products.suspend_any": only(ADMINISTRATOR, scope="products:write"),
    "api_products.resume_any": only(ADMINISTRATOR, scope="products:write"),
    "api_products.retire_any": only(ADMINISTRATOR, scope="products:write"),
    # api_review: the lender's side of applications
    "api_review.submissions": only(CREDIT_OFFICERS, scope="applications:read"),
    "api_review.submission": only(CREDIT_OFFICERS, scope="applications:read"),
    "api_review.firm": only(CREDIT_OFFICERS, scope="applications:read"),
    "api_review.document": only(CREDIT_OFFICERS, scope="applications:read"),
    "api_review.accept": only(REVIEWER, scope="applications:write"),
    "api_review.not_accept": only(REVIEWER, scope="applications:write"),
    "api_review.start_review": only(REVIEWER, scope="applications:write"),
    "api_review.assign": only(DECIDERS, scope="applications:write"),
    "api_review.transfer": only(DECIDERS, scope="applications:write"),
    "api_review.request_supplement": only(REVIEWER, scope="applications:write"),
    "api_review.propose_terms": only(REVIEWER, scope="applications:write"),
    "api_review.approve_terms": only(APPROVER, scope="applications:write"),
    "api_review.return_terms": only(APPROVER, scope="applications:write"),
    "api_review.reject": only(DECIDERS, scope="applications:write"),
    "api_review.reopen": only(APPROVER, scope="applications:write"),
    "api_review.close": only(REVIEWER, scope="applications:write"),
    # api_lines: a grant and its balances, as a lender reports them
    "api_lines.record_grant": only(REVIEWER, scope="lines:write"),
    "api_lines.record_offline": only(REVIEWER, scope="lines:write"),
    "api_lines.report_balance": only(REVIEWER, scope="lines:write"),
    "api_lines.lender_lines": only(LENDER, scope="lines:read"),
    "api_lines.lender_line": only(LENDER, scope="lines:read"),
    "api_lines.firm_lines": only(FIRM, scope="lines:read"),
    "api_lines.all_lines": only(PLATFORM, scope="lines:read"),
    # api_alerts: alerts after the grant
    "api_alerts.alerts_of_lender": only(CREDIT_OFFICERS, scope="lines:read"),
    "api_alerts.alert": only(CREDIT_OFFICERS, scope="lines:read"),
    # api_statistics and api_firms
    "api_statistics.statistics": only(PLATFORM, LENDER, scope="statistics:read"),
    "api_firms.firms": only(PLATFORM, scope="firms:read"),
}
