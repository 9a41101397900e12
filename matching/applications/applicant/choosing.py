"""What the second and third step show: the products a firm may choose, and what its consents would open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from creditbridge.disclosure.rules import Scope
from creditbridge.disclosure.scopes import scope_of_fact
from creditbridge.kernel import clock
from creditbridge.registry.model import Firm
from lenders.browsing.rules import loan_facts
from lenders.institutions import service as institutions
from lenders.institutions.model import Branch
from lenders.products.rules import Material, PublishedProduct
from matching.applications import figures, lookup
from matching.applications.applicant.schemas import MOST_LISTED
from matching.applications.drafting import Need, chosen_of, need_of
from matching.applications.model import Application
from matching.applications.standing import Standing
from matching.eligibility import service as eligibility
from matching.ranking import rules as ranking
from matching.ranking.service import RankedMatch, rank_matches

ALWAYS_OPENED = (Scope.REGISTRATION, Scope.EVALUATION, Scope.DOCUMENTS, Scope.CONTACTS)
"""Without these a reviewer can neither read an application nor reach the firm."""


@dataclass(frozen=True, slots=True)
class Choosable:
    """A product of the second step, with the branches that take applications."""

    row: RankedMatch
    branches: Sequence[Branch]
    chosen: bool
    branch_id: str | None

    @property
    def product(self) -> PublishedProduct:
        return self.row.match.product


def choosable(session: Session, firm: Firm, draft: Application) -> list[Choosable]:
    """Products that take this firm's application and have none under way; those chosen already come first."""
    chosen = {choice.product_id: choice.branch_id for choice in chosen_of(draft)}
    under_way = lookup.products_in_flight(session, firm.id)
    matches = [
        match
        for match in eligibility.matches_of(session, firm.id, beside=_beside(need_of(draft)))
        if match.product.public_id in chosen
        or (match.may_apply and match.product.product_id not in under_way)
    ]
    need = ranking.Need(draft.amount_fen, draft.term_months)
    days = figures.median_days(session, [match.product.product_id for match in matches])
    keys = [(match.product.product_id, match.product.lender.id) for match in matches]
    likely = figures.likelihoods(session, firm.id, keys)
    rows = rank_matches(matches, need, median_days=days, likelihoods=likely)
    rows.sort(key=lambda row: row.match.product.public_id not in chosen)
    return [_choosable(session, row, chosen) for row in rows[:MOST_LISTED]]


def _beside(need: Need | None) -> eligibility.Beside | None:
    if need is None:
        return None
    return loan_facts(need.amount_fen, need.term_months, need.purpose.value, clock.today())


def _choosable(session: Session, row: RankedMatch, chosen: Mapping[str, str | None]) -> Choosable:
    product = row.match.product
    branches = institutions.branches_of(session, product.lender.id, active_only=True)
    return Choosable(row, branches, product.public_id in chosen, chosen.get(product.public_id))


def materials_of(rows: Sequence[Standing]) -> list[Material]:
    """Every material that any of the products asks for, once; required if one of them requires it."""
    found: dict[str, Material] = {}
    for row in rows:
        for material in row.product.terms.materials:
            known = found.get(material.code)
            if known is None or (material.required and not known.required):
                found[material.code] = material
    return list(found.values())


def scopes_needed(rows: Sequence[Standing]) -> list[Scope]:
    """What the lenders need to review: what their conditions ask for, and what every review needs."""
    asked = {
        scope_of_fact(criterion.test.fact) for row in rows for criterion in row.product.admission.criteria()
    }
    return [scope for scope in Scope if scope in ALWAYS_OPENED or scope in asked]
