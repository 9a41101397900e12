"""Lenders and published products as JSON, for anyone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from creditbridge.kernel import clock
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, Paging, decode_cursor, encode_cursor, number_after
from creditbridge.store import unit
from lenders.browsing.example import example_loan
from lenders.browsing.rules import browse
from lenders.browsing.schemas import wish_of
from lenders.directory import showing
from lenders.directory.schemas import (
    ExampleQuery,
    LenderAnswer,
    LenderDetailAnswer,
    ProductAnswer,
    ProductDetailAnswer,
    ProductQuery,
)
from lenders.institutions import service as institutions
from lenders.institutions.rules import LenderState
from lenders.products import service as products

blueprint = Blueprint("api_directory", __name__, description="金融机构与产品 Lenders and published products")


@blueprint.reading("/lenders", asks=Paging, answers=page_schema(LenderAnswer))
def lenders(asked: dict[str, Any]) -> dict[str, Any]:
    """List the lenders on the platform, by name."""
    session = unit.session()
    start, limit = number_after(asked["cursor"]) or 0, asked["limit"]
    found = institutions.all_lenders(session, state=LenderState.APPROVED)
    counts = Counter(product.lender.id for product in products.published(session))
    shown = found[start : start + limit]
    return {
        "items": [showing.lender_shown(lender, counts[lender.id]) for lender in shown],
        "next_cursor": encode_cursor(start + limit if start + limit < len(found) else None),
    }


@blueprint.reading("/lenders/<public_id:lender_id>", answers=LenderDetailAnswer)
def lender(lender_id: str) -> dict[str, Any]:
    """Show one lender with its branches."""
    session = unit.session()
    found = institutions.shown_lender(session, lender_id)
    branches = institutions.branches_of(session, found.id, active_only=True)
    count = len(products.published_of_lender(session, found.id))
    return {
        **showing.lender_shown(found, count),
        "branches": [showing.branch_shown(branch) for branch in branches],
    }


@blueprint.reading("/products", asks=ProductQuery, answers=page_schema(ProductAnswer))
def browse_products(asked: dict[str, Any]) -> dict[str, Any]:
    """Look through the published products.

    What a product leaves open never excludes it. The true cost is told for the amount and term asked for, moved into
    what the product lends, or for 1 million yuan over 12 months.
    """
    on = clock.today()
    page = browse(
        products.published(unit.session()),
        wish_of(asked),
        on,
        sort=asked["sort"],
        cursor=decode_cursor(asked["cursor"]),
        limit=asked["limit"],
    )
    return {
        "items": [showing.product_shown(row.product, row.example, on) for row in page.listings],
        "next_cursor": encode_cursor(page.next_cursor),
    }


@blueprint.reading("/products/<public_id:product_id>", asks=ExampleQuery, answers=ProductDetailAnswer)
def product(asked: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Show one product with its terms, its admission rule and the rule in words."""
    session, on = unit.session(), clock.today()
    found = products.published_product(session, product_id)
    example = example_loan(
        found.terms,
        on,
        amount_fen=asked.get("amount"),
        term_months=asked.get("term"),
        method=asked.get("method"),
    )
    return showing.product_detail(found, example, on, products.quota_left(session, found.product_id))
