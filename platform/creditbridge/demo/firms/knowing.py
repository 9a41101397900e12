"""What is known of an invented firm: which of its figures reach the platform, from whom, and as of when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from creditbridge.demo.dice import Dice
from creditbridge.demo.firms import conduct, figures
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.facts import from_registry
from creditbridge.facts.catalogue import catalogue, named_lists
from creditbridge.facts.firm_facts import FactSource, FactValue, ListMembership
from creditbridge.facts.values import RawValue

_S = FactSource
_SOURCES: Mapping[FactSource, frozenset[str]] = {
    _S.TAX: frozenset({"annual_revenue", "invoiced_sales_12m", "tax_sales_12m", "revenue_growth", "tax_credit_grade", "tax_paid_12m", "tax_paid_avg_2y", "tax_payments_6m", "tax_payments_3m", "tax_half_years_paid_24m", "tax_honest_24m", "tax_arrears", "tax_violation", "tax_paid_by_law"}),
    _S.SOCIAL_INSURANCE: frozenset({"employees", "social_insurance_headcount", "social_insurance_current", "new_hires", "new_graduate_hires", "new_hire_ratio", "new_hires_contract_1y"}),
    _S.ANNUAL_REPORT: frozenset({"total_assets", "debt_asset_ratio", "total_debt", "net_profit", "operating_cash_flow", "firm_size", "operating_region", "operating_since", "paid_in_capital", "annual_report_filed", "external_guarantees"}),
    _S.COURT: frozenset({"under_enforcement", "judgment_defaulter", "lawsuits_as_defendant_12m", "equity_frozen"}),
    _S.MARKET_SUPERVISION: frozenset({"abnormal_listed", "abnormal_listings_3y", "seriously_dishonest", "penalties_12m", "serious_accident_3y", "compliance_grade", "fixed_premises"}),
    _S.SCIENCE_TECHNOLOGY: frozenset({"technology_firm", "tech_certifications", "rd_spending_ratio", "rd_staff_ratio", "talent_levels", "equity_funded", "latest_valuation"}),
    _S.INTELLECTUAL_PROPERTY: frozenset({"owns_ip", "ip_kinds", "valid_patents", "invention_patents", "ip_dispute"}),
    _S.ENVIRONMENT: frozenset({"environmental_rating"}),
    _S.UTILITY: frozenset({"electricity_12m"}),
    _S.CUSTOMS: frozenset({"export_volume_12m"}),
    _S.LENDER: frozenset({"first_time_borrower", "lenders_with_credit", "business_loans", "business_loan_balance", "nonbank_small_loans", "nonbank_small_loan_balance", "credit_inquiries_1m", "credit_inquiries_6m", "credit_inquiries_12m", "worst_loan_class_5y", "overdue_count_24m", "overdue_now", "startup_loans_received"}),
}  # fmt: skip
_SOURCE_OF = {code: source for source, codes in _SOURCES.items() for code in codes}
_UNKNOWN_SHARE: Mapping[FactSource, float] = {
    _S.TAX: 0.15, _S.SOCIAL_INSURANCE: 0.16, _S.ANNUAL_REPORT: 0.2, _S.COURT: 0.03, _S.MARKET_SUPERVISION: 0.04,
    _S.SCIENCE_TECHNOLOGY: 0.15, _S.INTELLECTUAL_PROPERTY: 0.12, _S.ENVIRONMENT: 0.25, _S.UTILITY: 0.2,
    _S.CUSTOMS: 0.2, _S.LENDER: 0.22, _S.DEMO: 0.22,
}  # fmt: skip
"""How often a fact of a source is not known."""
_UNGRADED = 0.07
_ON_LIST: Mapping[str, float] = {
    "sukedai_reserve": 0.3, "suzhidai_pool": 0.3, "kunkedai_list": 0.25, "listing_reserve": 0.04,
    "financing_recommended": 0.12, "cultivation_pool": 0.2, "major_projects": 0.03,
}  # fmt: skip
_FOR_TECHNOLOGY = frozenset({"sukedai_reserve", "suzhidai_pool", "kunkedai_list", "listing_reserve"})
_LIST_KNOWN = 0.75
LAST_RUN = timedelta(0)
"""How long ago the whole city was last scored; before that every quarter."""
QUARTER = timedelta(days=91)


def learn(dice: Dice, firm: DemoFirm, today: date) -> None:
    """Draw what there is to know of a firm and let part of it be known."""
    main = figures.figures_of(dice, firm)
    values: dict[str, RawValue] = {}
    for drawing in (
        figures.operations,
        figures.innovation,
        conduct.tax,
        conduct.compliance,
        conduct.borrowing,
    ):
        values |= drawing(dice, firm, main)
    reached = {source: dice.chance(0.97) for source in _UNKNOWN_SHARE}
    for code, value in values.items():
        source = _SOURCE_OF.get(code, _S.DEMO)
        if reached[source] and not dice.chance(_UNKNOWN_SHARE[source]):
            firm.facts[code] = FactValue(value, source, today - timedelta(days=dice.whole(3, 200)))
    _grade(dice, firm, conduct.points(dice, firm, values), today)
    _lists(dice, firm, today)
    read_register(firm)


def read_register(firm: DemoFirm) -> None:
    """Lay what the register states over what is known, as importing a registration does."""
    for code, value in from_registry.stated(firm.row).items():
        if value is None:
            firm.facts.pop(code, None)
        else:
            firm.facts[code] = value


def report_itself(dice: Dice, firm: DemoFirm, today: date, most: int = 4) -> list[str]:
    """Make some of a firm's facts its own, unconfirmed statements; answers their codes."""
    own = sorted(
        code
        for code, value in firm.facts.items()
        if catalogue()[code].self_reportable and value.source in (_S.TAX, _S.ANNUAL_REPORT, _S.DEMO)
    )
    chosen = dice.sample(own, dice.whole(1, most))
    for code in chosen:
        as_of = today - timedelta(days=dice.whole(5, 90))
        firm.facts[code] = FactValue(firm.facts[code].value, _S.SELF_REPORTED, as_of, confirmed=False)
    return chosen


def _grade(dice: Dice, firm: DemoFirm, score: int, today: date) -> None:
    """Score and grade as last computed, with the quarters before for some firms."""
    if dice.chance(_UNGRADED):
        return
    last = today - LAST_RUN
    _state_grade(firm, score, last)
    if not dice.chance(0.18):
        return
    earlier, on = score, last
    for _ in range(dice.whole(2, 5)):
        earlier, on = min(max(earlier + dice.whole(-60, 45), 0), 1000), on - QUARTER
        firm.grade_history.insert(0, (on, earlier, conduct.grade_of(earlier)))


def _state_grade(firm: DemoFirm, score: int, on: date) -> None:
    firm.facts["platform_score"] = FactValue(score, _S.PLATFORM_SCORE, on)
    firm.facts["platform_grade"] = FactValue(conduct.grade_of(score), _S.PLATFORM_SCORE, on)


def _lists(dice: Dice, firm: DemoFirm, today: date) -> None:
    for code in named_lists():
        if dice.chance(_LIST_KNOWN):
            share = _ON_LIST.get(code, 0.1)
            on = dice.chance(share if firm.technology or code not in _FOR_TECHNOLOGY else share / 20)
            as_of = today - timedelta(days=dice.whole(10, 300))
            firm.lists[code] = ListMembership(on, _S.LIST_KEEPER, as_of)
