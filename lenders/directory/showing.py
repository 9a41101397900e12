"""Lenders and published products as the API answers them."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from creditbridge.pages.answers import coded
from lenders.admission.sentence import outline
from lenders.browsing.example import Example
from lenders.institutions.rules import BRANCH_KIND_WORDS, LENDER_KIND_WORDS
from lenders.products.rules import LenderRef, ProductTerms, PublishedProduct

if TYPE_CHECKING:
    from lenders.institutions.model import Branch, Lender


def lender_shown(lender: Lender, products: int) -> dict[str, Any]:
    """A lender with the number of its published products."""
    return {
        "id": lender.public_id,
        "name": lender.name,
        "kind": coded(lender.kind, LENDER_KIND_WORDS),
        "intro": lender.intro,
        "address": lender.address,
        "phone": lender.contact_phone,
        "website": lender.website,
        "products": products,
    }


def branch_shown(branch: Branch) -> dict[str, Any]:
    return {
        "id": branch.public_id,
        "name": branch.words,
        "kind": coded(branch.kind, BRANCH_KIND_WORDS),
        "address": branch.address,
        "phone": branch.phone,
        "regions": branch.region_codes,
    }


def lender_ref(lender: LenderRef) -> dict[str, Any]:
    return {"id": lender.public_id, "name": lender.name}


def product_shown(product: PublishedProduct, example: Example, on: date) -> dict[str, Any]:
    """A product as lists show it, with what an example loan truly costs."""
    terms = product.terms
    return {
        "id": product.public_id,
        "version": product.version_number,
        "name": product.name,
        "lender": lender_ref(product.lender),
        "applicant_kind": product.applicant_kind,
        "state": product.state,
        "takes_applications": product.is_open and terms.valid_on(on),
        "amount_min_fen": terms.amount_min_fen,
        "amount_max_fen": terms.amount_max_fen,
        "rate": rate_shown(terms, on),
        "apr_ppm": example.apr_ppm,
        "example_amount_fen": example.amount_fen,
        "example_term_months": example.term_months,
        "term_months_min": terms.term_months_min,
        "term_months_max": terms.term_months_max,
        "repayment_methods": terms.repayment_methods,
        "guarantee_types": terms.guarantee_types,
    }


def product_detail(
    product: PublishedProduct, example: Example, on: date, quota_left_fen: int | None
) -> dict[str, Any]:
    """A product with everything a firm may know of it."""
    terms, scheme = product.terms, product.scheme
    return {
        **product_shown(product, example, on),
        "version_id": product.version_public_id,
        "description": terms.description,
        "amount_note": terms.amount_note,
        "rate_note": terms.rate_note,
        "fees": [line.as_json() for line in terms.fees],
        "subsidies": [subsidy.as_json() for subsidy in terms.subsidies],
        "risk_share_ppm": terms.risk_share_ppm,
        "materials": terms.materials,
        "regions": terms.regions,
        "valid_from": terms.valid_from,
        "valid_to": terms.valid_to,
        "quota_left_fen": quota_left_fen,
        "contact": asdict(terms.contact),
        "scheme": {"id": scheme.public_id, "name": scheme.name, "sponsor": scheme.sponsor}
        if scheme
        else None,
        "admission": product.admission.to_json(),
        "amount_formula": product.amount_formula.to_json() if product.amount_formula else None,
        "conditions": [
            {"depth": line.depth, "text": line.words} for line in outline(product.admission) if line.depth > 0
        ],
    }


def rate_shown(terms: ProductTerms, on: date) -> dict[str, Any]:
    return {**terms.rate.as_json(), "words": terms.rate.describe(on)}
