"""What the page frame shows of who is signed in: navigation by kind of organisation, person, unread messages."""

from __future__ import annotations

from flask import Flask

from creditbridge.access.guard import actor_or_none
from creditbridge.access.permissions import ROUTES
from creditbridge.access.rules import ROLE_WORDS, OrganisationKind
from creditbridge.kernel.words import Words
from creditbridge.notices import service as notices
from creditbridge.pages import frame as pages_frame
from creditbridge.pages.frame import NavGroup, NavItem, Person
from creditbridge.store import unit

PUBLIC_NAVIGATION = (
    NavItem(Words("首页", "Home"), "app.home"),
    NavItem(
        Words("贷款产品", "Loan products"),
        "market.browse_products",
        under=("market.product", "market.compare"),
    ),
    NavItem(Words("金融机构", "Lenders"), "market.lenders"),
    NavItem(Words("授信统计", "Statistics"), "statistics.overview"),
    NavItem(Words("信用标签", "Credit labels"), "public_labels.index"),
    NavItem(Words("认领企业", "Claim a firm"), "claims.start", under=("claims.",)),
)

NAVIGATION: dict[OrganisationKind, tuple[NavItem | NavGroup, ...]] = {
    OrganisationKind.FIRM: (
        NavItem(
            Words("我的企业", "My firm"),
            "firm_workspace.my_firm",
            under=("firm_credit.", "firm_workspace.labels", "disputes."),
        ),
        NavGroup(
            Words("找贷款", "Find a loan"),
            (
                NavItem(Words("匹配结果", "Matches"), "firm_workspace.matches"),
                NavItem(Words("达标路径", "Paths"), "firm_paths.index", under=("firm_paths.",)),
                NavItem(
                    Words("贷款产品", "Loan products"),
                    "market.browse_products",
                    under=("market.product", "market.compare"),
                ),
                NavItem(Words("融资需求", "Needs"), "firm_needs.index", under=("firm_needs.",)),
            ),
        ),
        NavItem(
            Words("我的申请", "My applications"), "firm_applications.index", under=("firm_applications.",)
        ),
        NavItem(
            Words("我的授信", "My lines"),
            "firm_lines.index",
            under=("firm_lines.", "firm_ledger.", "firm_drawdowns."),
        ),
        NavItem(
            Words("企业信息", "Firm profile"),
            "profile.overview",
            under=("profile.", "reported_facts.", "documents.", "claims."),
        ),
        NavItem(Words("授权与查询", "Consents"), "consents.overview", under=("consents.",)),
    ),
    OrganisationKind.LENDER: (
        NavItem(Words("工作台", "Desk"), "lender_workspace.desk"),
        NavItem(
            Words("贷款申请", "Applications"),
            "lender_applications.queue",
            under=("lender_applications.", "lender_decisions."),
        ),
        NavItem(Words("融资需求", "Needs"), "lender_needs.index", under=("lender_needs.",)),
        NavItem(
            Words("授信", "Credit lines"),
            "lender_lines.index",
            under=(
                "lender_lines.",
                "lender_line_imports.",
                "lender_ledger.",
                "lender_drawdowns.",
                "lender_line_support.",
            ),
        ),
        NavItem(Words("贷后预警", "Alerts"), "lender_alerts.index", under=("lender_alerts.",)),
        NavItem(
            Words("产品管理", "Products"),
            "lender_products.products",
            under=("lender_products.", "product_editor.", "whatif."),
        ),
        NavItem(Words("统计报表", "Reports"), "lender_reports.overview", under=("lender_reports.",)),
        NavGroup(
            Words("本机构", "Our institution"),
            (
                NavItem(
                    Words("机构信息", "Institution"),
                    "lender_institutions.own",
                    under=("lender_institutions.edit", "approval_limits.", "lender_conflicts."),
                ),
                NavItem(
                    Words("网点", "Branches"),
                    "lender_institutions.branch_list",
                    under=("lender_institutions.branch",),
                ),
                NavItem(Words("系统对接", "Integration"), "integration.overview", under=("integration.",)),
            ),
        ),
    ),
    OrganisationKind.PLATFORM: (
        NavItem(Words("总览", "Overview"), "platform_workspace.overview"),
        NavGroup(
            Words("授信与统计", "Credit and figures"),
            (
                NavItem(
                    Words("授信", "Credit lines"),
                    "platform_lines.index",
                    under=("platform_lines.", "platform_ledger.", "risk_pools."),
                ),
                NavItem(Words("统计报表", "Reports"), "platform_reports.index", under=("platform_reports.",)),
                NavItem(
                    Words("行业报告", "Industries"), "industry_reports.index", under=("industry_reports.",)
                ),
                NavItem(
                    Words("匹配是否可信", "Honesty"), "platform_honesty.index", under=("platform_honesty.",)
                ),
            ),
        ),
        NavGroup(
            Words("机构与产品", "Lenders and products"),
            (
                NavItem(
                    Words("金融机构", "Lenders"), "platform_lenders.lenders", under=("platform_lenders.",)
                ),
                NavItem(
                    Words("产品发布", "Products"),
                    "lender_products.publication",
                    under=("lender_products.", "whatif."),
                ),
                NavItem(Words("政策产品", "Schemes"), "schemes.schemes", under=("schemes.",)),
            ),
        ),
        NavGroup(
            Words("企业与信用", "Firms and records"),
            (
                NavItem(Words("企业", "Firms"), "registry.firms", under=("registry.", "firm_portraits.")),
                NavItem(Words("企业认领", "Claims"), "claim_desk.queue", under=("claim_desk.",)),
                NavItem(
                    Words("信用信息", "Credit records"),
                    "records.feed_list",
                    under=("records.", "credit_items."),
                ),
                NavItem(Words("异议核查", "Disputes"), "dispute_desk.queue", under=("dispute_desk.",)),
            ),
        ),
        NavGroup(
            Words("评价与标签", "Scores and labels"),
            (
                NavItem(Words("评价任务", "Runs"), "runs.index", under=("runs.",)),
                NavItem(Words("评分模型", "Scorecard"), "scorecards.index", under=("scorecards.",)),
                NavItem(Words("评价数据", "Evaluation data"), "facts.import_page", under=("facts.",)),
                NavItem(
                    Words("信用标签", "Credit labels"),
                    "labels.index",
                    under=("labels.", "label_combinations."),
                ),
            ),
        ),
        NavGroup(
            Words("监督", "Oversight"),
            (
                NavItem(
                    Words("查询记录", "Access ledger"), "disclosure.access_ledger", under=("disclosure.",)
                ),
                NavItem(Words("操作记录", "Audit trail"), "audit_trail.index", under=("audit_trail.",)),
                NavItem(Words("平台人员", "Staff"), "staff.index", under=("staff.",)),
            ),
        ),
    ),
}

ENDPOINTS = {
    "home": "app.home",
    "login": "account.sign_in",
    "logout": "account.sign_out",
    "account": "account.overview",
    "messages": "notices.messages",
    "search": "market.browse_products",
}


def setup(app: Flask) -> None:
    """Install the page frame with what this application knows of the visitor."""
    pages_frame.setup(
        app,
        navigation=navigation,
        locale_of_user=locale_of_user,
        unread=unread,
        person=person,
        endpoints=ENDPOINTS,
    )


def navigation() -> tuple[NavItem | NavGroup, ...]:
    """Where this visitor may go; a group of which one entry is left stands as that entry."""
    actor = actor_or_none()
    if actor is None:
        return PUBLIC_NAVIGATION
    shown: list[NavItem | NavGroup] = []
    for entry in NAVIGATION[actor.kind]:
        items = entry.within if isinstance(entry, NavGroup) else (entry,)
        allowed = tuple(item for item in items if ROUTES[item.endpoint].allows(actor.role))
        shown += [NavGroup(entry.label, allowed)] if len(allowed) > 1 else allowed
    return tuple(shown)


def person() -> Person | None:
    actor = actor_or_none()
    if actor is None:
        return None
    return Person(
        name=actor.name,
        organisation=actor.organisation_name,
        role=ROLE_WORDS[actor.role],
        kind=actor.kind.value,
    )


def locale_of_user() -> str | None:
    actor = actor_or_none()
    return actor.locale if actor else None


def unread() -> int:
    """Messages the signed-in person has not read; counted no further than a page shows."""
    actor = actor_or_none()
    return notices.unread_count(unit.session(), actor) if actor else 0
