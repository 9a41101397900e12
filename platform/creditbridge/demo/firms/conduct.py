"""How an invented firm behaves: tax, compliance, borrowing; and the score and grade that follow."""

from __future__ import annotations

from creditbridge.demo.dice import Dice, rounded
from creditbridge.demo.firms.figures import Figures
from creditbridge.demo.firms.register import DemoFirm
from creditbridge.facts.values import RawValue
from creditbridge.scoring.scorecards import first_scorecard, read

_MOST_POINTS = 1000


def tax(dice: Dice, firm: DemoFirm, figures: Figures) -> dict[str, RawValue]:
    """What the tax authority would say."""
    young = firm.row.established_on is None or dice.chance(0.08)
    violated = dice.chance(0.05 - 0.015 * firm.soundness)
    arrears = rounded(figures.tax * dice.between(0.05, 0.5)) if dice.chance(0.05) else 0
    return {
        "tax_credit_grade": "M" if young else _tax_grade(dice, firm, violated=violated),
        "tax_paid_12m": figures.tax,
        "tax_paid_avg_2y": rounded(figures.tax * dice.between(0.8, 1.1)),
        "tax_payments_6m": dice.whole(0 if figures.tax == 0 else 1, 6),
        "tax_payments_3m": dice.whole(0 if figures.tax == 0 else 1, 3) if dice.chance(0.92) else 0,
        "tax_half_years_paid_24m": 4 if dice.chance(0.75) else dice.whole(0, 3),
        "tax_honest_24m": not violated and arrears == 0,
        "tax_arrears": arrears,
        "tax_violation": violated,
        "tax_paid_by_law": not violated and dice.chance(0.97),
    }


def compliance(dice: Dice, firm: DemoFirm, _figures: Figures) -> dict[str, RawValue]:
    """What supervisors and courts would say."""
    trouble = 1.0 - 0.4 * firm.soundness
    penalties = dice.whole(1, 3) if dice.chance(0.07 * trouble) else 0
    listings = dice.whole(1, 2) if dice.chance(0.05 * trouble) else 0
    lawsuits = dice.whole(1, 5) if dice.chance(0.12 * trouble) else 0
    return {
        "annual_report_filed": dice.chance(0.94 + 0.02 * firm.soundness),
        "abnormal_listed": listings > 0 and dice.chance(0.5),
        "abnormal_listings_3y": listings,
        "seriously_dishonest": dice.chance(0.008 * trouble),
        "under_enforcement": lawsuits > 0 and dice.chance(0.3),
        "judgment_defaulter": lawsuits > 0 and dice.chance(0.08),
        "lawsuits_as_defendant_12m": lawsuits,
        "penalties_12m": penalties,
        "serious_accident_3y": dice.chance(0.006),
        "equity_frozen": lawsuits > 0 and dice.chance(0.15),
        "compliance_grade": _by_soundness(dice, firm, ("A", "B", "C", "D")),
        "environmental_rating": _by_soundness(dice, firm, ("green", "blue", "yellow", "red", "black")),
    }


def borrowing(dice: Dice, firm: DemoFirm, figures: Figures) -> dict[str, RawValue]:
    """Loans and how they are served."""
    borrows = figures.loans > 0
    loans = dice.whole(1, 4) if borrows else 0
    small = dice.whole(1, 3) if dice.chance(0.1) else 0
    overdue = dice.whole(1, 4) if borrows and dice.chance(0.08 - 0.03 * firm.soundness) else 0
    month, half = dice.whole(0, 2), dice.whole(0, 4)
    return {
        "first_time_borrower": not borrows,
        "lenders_with_credit": min(loans, dice.whole(1, 3)),
        "business_loans": loans,
        "business_loan_balance": figures.loans,
        "nonbank_small_loans": small,
        "nonbank_small_loan_balance": small * rounded(dice.between(3_000_000, 20_000_000)),
        "credit_inquiries_1m": month,
        "credit_inquiries_6m": month + half,
        "credit_inquiries_12m": month + half + dice.whole(0, 8),
        "worst_loan_class_5y": "normal" if overdue == 0 else dice.weighted({"normal": 3, "special_mention": 4, "substandard": 1}),
        "overdue_count_24m": overdue,
        "overdue_now": overdue > 0 and dice.chance(0.3),
        "external_guarantees": rounded(figures.assets * dice.between(0.05, 0.3)) if dice.chance(0.15) else 0,
        "startup_loans_received": dice.weighted({0: 85, 1: 10, 2: 4, 3: 1}),
    }  # fmt: skip


def points(dice: Dice, firm: DemoFirm, values: dict[str, RawValue]) -> int:
    """The platform score of a firm: its soundness, less what stands against it, 0 to 1000."""
    against = 35 * int(values["penalties_12m"]) + 60 * bool(values["abnormal_listed"])  # type: ignore[arg-type]
    against += 150 * bool(values["seriously_dishonest"]) + 60 * bool(values["tax_violation"])
    return round(min(max(672 + 82 * firm.soundness + dice.between(-30, 30) - against, 0), _MOST_POINTS))


def grade_of(score: int) -> str:
    """The grade of a score on the platform's scale."""
    return read(first_scorecard()).grade(score)


def _tax_grade(dice: Dice, firm: DemoFirm, *, violated: bool) -> str:
    if violated:
        return dice.pick(("C", "D"))
    return str(_by_soundness(dice, firm, ("A", "B", "B", "M", "C")))


def _by_soundness(dice: Dice, firm: DemoFirm, best_first: tuple[str, ...]) -> str:
    """A place on a scale that follows soundness, with some chance in it."""
    worst = len(best_first) - 1
    place = dice.bell(worst * (0.42 - 0.2 * firm.soundness), 0.8, 0, worst)
    return best_first[round(place)]
