"""Who may: a rule of the permission table, and the groups of roles its lines are written in."""

from __future__ import annotations

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
