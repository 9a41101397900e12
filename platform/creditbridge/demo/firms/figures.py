"""The figures of an invented firm, drawn so that they fit together: revenue, staff, tax, assets, innovation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from creditbridge.demo.dice import Dice, rounded
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.facts.values import RawValue
from creditbridge.kernel.clock import today
from creditbridge.kernel.money import PPM
from creditbridge.registry import sizes

_CERTIFICATES = ("tech_sme", "innovative_sme", "city_high_tech", "provincial_high_tech", "national_high_tech", "srdi_sme", "gazelle", "technology_centre", "innovative_firm", "talent_firm", "srdi_little_giant", "angel_fund_backed", "tech_little_giant")  # fmt: skip
_COMMONEST = 7
"""How many of the certificates, in their order, are within reach of most technology firms."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the other figures rest on, all in fen a year or fen."""

    revenue: int
    sales: int
    tax: int
    assets: int
    debt: int
    loans: int


def figures_of(dice: Dice, firm: DemoFirm) -> Figures:
    """Draw the main figures from a firm's revenue and soundness."""
    revenue = firm.revenue_fen
    sales = rounded(revenue * dice.bell(1.0 + 0.06 * firm.soundness, 0.12, 0.4, 1.6))
    assets = rounded(revenue * dice.spread(0.75, 0.4))
    debt = rounded(assets * dice.bell(0.48 - 0.09 * firm.soundness, 0.14, 0.05, 0.98))
    return Figures(
        revenue=revenue,
        sales=sales,
        tax=rounded(sales * dice.bell(0.026 + 0.003 * firm.soundness, 0.012, 0, 0.08)),
        assets=assets,
        debt=debt,
        loans=rounded(debt * dice.between(0.2, 0.7)) if dice.chance(0.5) else 0,
    )


def operations(dice: Dice, firm: DemoFirm, figures: Figures) -> dict[str, RawValue]:
    """Trade, staff and place."""
    found: dict[str, RawValue] = {
        "annual_revenue": figures.revenue,
        "invoiced_sales_12m": rounded(figures.sales * dice.between(0.85, 1.0)),
        "tax_sales_12m": figures.sales,
        "revenue_growth": round(dice.bell(0.04 + 0.07 * firm.soundness, 0.18, -0.8, 1.8) * 1000) * 1000,
        "net_profit": rounded(figures.revenue * dice.bell(0.04 + 0.02 * firm.soundness, 0.05, -0.3, 0.3)),
        "operating_cash_flow": rounded(
            figures.revenue * dice.bell(0.05 + 0.02 * firm.soundness, 0.06, -0.3, 0.3)
        ),
        "total_assets": figures.assets,
        "debt_asset_ratio": round(figures.debt / max(figures.assets, 1) * 1000) * 1000,
        "total_debt": figures.debt,
        "export_volume_12m": rounded(figures.sales * dice.between(0.1, 0.8)) if _exports(dice, firm) else 0,
        "government_contracts_12m": rounded(figures.sales * dice.between(0.05, 0.4))
        if dice.chance(0.12)
        else 0,
        "largest_customer_share": dice.whole(8, 70) * PPM // 100,
        "electricity_12m": round(figures.sales / PPM * firm.sector.kwh * dice.between(0.6, 1.5)),
        "fixed_premises": dice.chance(0.93),
        "employees": firm.employees,
        "social_insurance_headcount": round(firm.employees * dice.bell(0.85, 0.12, 0.3, 1.0)),
        "social_insurance_current": dice.chance(0.9 + 0.03 * firm.soundness),
        "verifiable_data": frozenset(_kinds_of_data(dice)),
    }
    size = sizes.classify(firm.sector.code, figures.revenue, firm.employees, figures.assets).size
    if size is not None:
        found["firm_size"] = size.value
    if firm.row.region_code:
        found["operating_region"] = firm.row.region_code
    if firm.row.established_on:
        began = firm.row.established_on + timedelta(days=dice.whole(0, 120))
        found["operating_since"] = min(began, today())
    if firm.row.capital_minor:
        found["paid_in_capital"] = rounded(firm.row.capital_minor * dice.pick((0, 0.2, 0.5, 1.0, 1.0)))
    return found


def innovation(dice: Dice, firm: DemoFirm, figures: Figures) -> dict[str, RawValue]:
    """Technology, intellectual property, talent, new hires."""
    technology = firm.technology
    patents = max(0, round(dice.spread(5 + 3 * firm.soundness, 0.8))) if technology else 0
    hires = round(firm.employees * dice.between(0, 0.25)) if dice.chance(0.6) else 0
    certificates = _certificates(dice, firm) if technology else []
    found: dict[str, RawValue] = {
        "technology_firm": technology,
        "tech_certifications": frozenset(certificates),
        "owns_ip": dice.chance(0.85 if technology else 0.06),
        "ip_kinds": frozenset(_ip_kinds(dice, patents)),
        "valid_patents": patents,
        "invention_patents": round(patents * dice.between(0.05, 0.45)),
        "ip_dispute": dice.chance(0.03),
        "rd_spending_ratio": round(dice.between(0.02, 0.12) * 1000) * 1000 if technology else 0,
        "rd_staff_ratio": round(dice.between(0.06, 0.45) * 1000) * 1000 if technology else 0,
        "talent_levels": frozenset(_talents(dice, firm)),
        "equity_funded": technology and dice.chance(0.15),
        "new_hires": hires,
        "new_graduate_hires": round(hires * dice.between(0, 0.6)),
        "new_hire_ratio": round(hires / firm.employees * 1000) * 1000,
        "new_hires_contract_1y": dice.chance(0.85),
    }
    if found["equity_funded"]:
        found["latest_valuation"] = rounded(figures.revenue * dice.between(2, 8), PPM * 10)
    return found


def _exports(dice: Dice, firm: DemoFirm) -> bool:
    return dice.chance(firm.sector.export)


def _kinds_of_data(dice: Dice) -> list[str]:
    likely = {"account": 0.7, "payroll": 0.45, "tax": 0.8, "invoice": 0.7, "electricity": 0.4, "customs": 0.15, "social_insurance": 0.6}  # fmt: skip
    return [code for code, chance in likely.items() if dice.chance(chance)]


def _certificates(dice: Dice, firm: DemoFirm) -> list[str]:
    reach = _CERTIFICATES if firm.soundness > 0.8 else _CERTIFICATES[:_COMMONEST]
    return sorted(dice.sample(reach, dice.whole(0, 3)))


def _ip_kinds(dice: Dice, patents: int) -> list[str]:
    kinds = ["patent"] if patents else []
    return kinds + [
        kind for kind, chance in {"trademark": 0.35, "copyright": 0.15}.items() if dice.chance(chance)
    ]


def _talents(dice: Dice, firm: DemoFirm) -> list[str]:
    if not firm.technology or not dice.chance(0.3):
        return []
    return [dice.weighted({"national": 1, "provincial": 2, "city": 4, "district": 4})]
