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
LENDER = frozenset(
    {Role.LENDER_PRODUCT_MANAGER, Role.LENDER_REVIEWER, Role.LENDER_APPROVER, Role.LENDER_VIEWER}
)
OWNER = frozenset({Role.FIRM_OWNER})
FIRM = frozenset({Role.FIRM_OWNER, Role.FIRM_STAFF})
# The proof of a claim is personal data: a regulator has no need of it.
CLAIM_READERS = frozenset({Role.PLATFORM_ADMINISTRATOR, Role.PLATFORM_AUDITOR})
SIGNED_IN = PLATFORM | LENDER | FIRM


def anyone(scope: str | None = None) -> Rule:
    return Rule(anyone=True, scope=scope)


def only(*groups: frozenset[Role], scope: str | None = None) -> Rule:
    return Rule(roles=frozenset().union(*groups), scope=scope)


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
    "firm_workspace.my_firm": only(FIRM),
    "firm_workspace.matches": only(FIRM),
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
    # notices: messages and to-dos
    "notices.messages": only(SIGNED_IN),
    "notices.open_message": only(SIGNED_IN),
    "notices.read_all": only(SIGNED_IN),
    # registry: firms and their import
    "registry.firms": only(PLATFORM),
    "registry.firm": only(PLATFORM),
    "registry.accept_check_digit": only(ADMINISTRATOR),
    "registry.imports": only(PLATFORM),
    "registry.upload": only(ADMINISTRATOR),
    "registry.import_report": only(PLATFORM),
    "registry.refused_rows": only(ADMINISTRATOR),
    # facts: importing scores and grades
    "facts.import_page": only(ADMINISTRATOR),
    "facts.import_file": only(ADMINISTRATOR),
    # disclosure: the access ledger as auditors read it
    "disclosure.access_ledger": only(PLATFORM),
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
}
