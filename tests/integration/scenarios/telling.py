"""What several scenarios have in common: a firm applies, a lender answers, by their pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from creditbridge.kernel import clock
from lenders.products.rules import PublishedProduct
from tests.forms import TERMS
from tests.integration.scenarios.conftest import Person

NEED = {
    "amount_fen": "200",
    "term_months": "12",
    "purpose": "working_capital",
    "contact_name": "李梅",
    "contact_phone": "0512-5555 0102",
}


def applies(owner: Person, products: Sequence[PublishedProduct], **need: str) -> dict[str, str]:
    """Need, products with their consents, check and send; the submissions by the product's name."""
    draft = owner.opens("/firm/applications/new", **{**NEED, **need})
    chosen: dict[str, str] = {}
    for place, product in enumerate(products):
        chosen |= {
            f"choices-{place}-product_id": product.public_id,
            f"choices-{place}-chosen": "1",
            f"choices-{place}-branch_id": "",
        }
    owner.sends(f"/firm/applications/{draft}/products", **chosen)
    told = owner.sends(
        f"/firm/applications/{draft}/check",
        scope=["registration", "operations", "evaluation", "documents", "contacts"],
        consent_expires_on=(clock.today() + timedelta(days=90)).isoformat(),
        signed_lenders=[product.lender.public_id for product in products],
    )
    assert "待受理" in told
    found = owner.finds(f"/firm/applications/{draft}", "/firm/submissions/")
    by_name = {}
    for key in found:
        page = owner.reads(f"/firm/submissions/{key}")
        by_name |= {product.name.zh: key for product in products if f" {product.name.zh} " in page}
    assert len(by_name) == len(products)
    return by_name


def takes_up(reviewer: Person, submission: str) -> None:
    reviewer.sends(f"/lender/applications/{submission}/accept")
    reviewer.sends(f"/lender/applications/{submission}/start-review")


def offers(reviewer: Person, approver: Person, submission: str, **terms: Any) -> None:
    """One officer proposes, another approves."""
    expires = (clock.today() + timedelta(days=14)).isoformat()
    sent = {**TERMS, "expires_on": expires, "conditions": "", **terms}
    reviewer.sends(f"/lender/applications/{submission}/propose-terms", **sent)
    assert "待企业确认" in approver.sends(f"/lender/applications/{submission}/approve-terms")
