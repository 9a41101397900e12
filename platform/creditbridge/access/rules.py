"""Organisations, roles and what an actor is: pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from creditbridge.kernel.words import Words


class OrganisationKind(StrEnum):
    PLATFORM = "platform"
    LENDER = "lender"
    FIRM = "firm"


class Role(StrEnum):
    """What a member does in their organisation. The prefix names the kind of organisation."""

    PLATFORM_ADMINISTRATOR = "platform_administrator"
    PLATFORM_AUDITOR = "platform_auditor"
    PLATFORM_REGULATOR = "platform_regulator"
    LENDER_PRODUCT_MANAGER = "lender_product_manager"
    LENDER_REVIEWER = "lender_reviewer"
    LENDER_APPROVER = "lender_approver"
    LENDER_VIEWER = "lender_viewer"
    FIRM_OWNER = "firm_owner"
    FIRM_STAFF = "firm_staff"

    @property
    def kind(self) -> OrganisationKind:
        return OrganisationKind(self.value.partition("_")[0])


ROLE_WORDS: dict[Role, Words] = {
    Role.PLATFORM_ADMINISTRATOR: Words("平台管理员", "Platform administrator"),
    Role.PLATFORM_AUDITOR: Words("平台审计员", "Platform auditor"),
    Role.PLATFORM_REGULATOR: Words("监管人员", "Regulator"),
    Role.LENDER_PRODUCT_MANAGER: Words("产品经理", "Product manager"),
    Role.LENDER_REVIEWER: Words("审核员", "Reviewer"),
    Role.LENDER_APPROVER: Words("审批人", "Approver"),
    Role.LENDER_VIEWER: Words("查看人员", "Viewer"),
    Role.FIRM_OWNER: Words("企业负责人", "Firm owner"),
    Role.FIRM_STAFF: Words("企业经办人", "Firm staff"),
}

KIND_WORDS: dict[OrganisationKind, Words] = {
    OrganisationKind.PLATFORM: Words("平台", "Platform"),
    OrganisationKind.LENDER: Words("金融机构", "Lender"),
    OrganisationKind.FIRM: Words("企业", "Firm"),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: one person in one organisation in one role, by page, API token or the system itself."""

    user_id: int | None
    user_public_id: str
    name: str
    organisation_id: int
    organisation_public_id: str
    organisation_name: str
    kind: OrganisationKind
    role: Role
    branch_id: int | None = None
    locale: str = "zh"
    via: str = "page"
    scopes: frozenset[str] | None = None

    @property
    def is_platform(self) -> bool:
        return self.kind is OrganisationKind.PLATFORM

    @property
    def is_lender(self) -> bool:
        return self.kind is OrganisationKind.LENDER

    @property
    def is_firm(self) -> bool:
        return self.kind is OrganisationKind.FIRM

    def has_role(self, *roles: Role) -> bool:
        return self.role in roles
