"""What the product pages put together from several rooms."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from borrowers.claims import service as claims
from creditbridge.access.rules import Actor
from creditbridge.app.workspaces.market.schemas import MOST_COMPARED
from creditbridge.kernel import clock
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.registry import regions
from creditbridge.registry.model import Firm
from lenders.browsing.rules import loan_facts
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.applications import figures
from matching.eligibility import service as eligibility
from matching.eligibility.rules import Verdict
from matching.eligibility.service import Match
from matching.whatif import service as whatif

_PUBLIC_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{20}")

Choices = list[tuple[str, Words]]


@dataclass(frozen=True, slots=True)
class CityCount:
    """How many firms of the city have one verdict; None where the count is too small to be shown."""

    verdict: Verdict
    firms: int | None


def firm_of_visitor(session: Session, actor: Actor | None) -> Firm | None:
    """The firm the visitor speaks for, if any."""
    return claims.firm_or_none(session, actor) if actor is not None else None


def match_for(
    session: Session,
    firm: Firm | None,
    product: PublishedProduct,
    amount_fen: int | None,
    term_months: int | None,
) -> Match | None:
    """How a visitor's own firm stands with a product; None for others and for products of natural persons."""
    if firm is None or not product.for_firms:
        return None
    beside = loan_facts(amount_fen, term_months, None, clock.today())
    return eligibility.match_of(session, firm.id, product, beside=beside)


def city_counts(
    session: Session, actor: Actor | None, product: PublishedProduct, salt: int
) -> list[CityCount]:
    """Counts over the city: exact for the platform, protected for the product's own lender, nothing for others."""
    if actor is None or not product.for_firms:
        return []
    is_own = actor.is_lender and actor.organisation_id == product.lender.organisation_id
    if not (is_own or actor.is_platform):
        return []
    shown = whatif.standing(session, product, exact=actor.is_platform, salt=salt)
    return [CityCount(verdict, firms) for verdict, firms in shown.items()]


@dataclass(frozen=True, slots=True)
class Standing:
    """What moves under a product: quota left in fen, median days to a decision; None where there is none to tell."""

    quota_left: int | None
    median_days: int | None


def standing_of(session: Session, product: PublishedProduct) -> Standing:
    """The quota left and the speed of a product now."""
    days = figures.median_days(session, [product.product_id])
    return Standing(products.quota_left(session, product.product_id), days.get(product.product_id))


def compared(session: Session, public_ids: Sequence[str]) -> tuple[list[PublishedProduct], int]:
    """The products to compare in the order asked for, each once, and how many of those asked for are not there."""
    found: list[PublishedProduct] = []
    absent = 0
    for public_id in dict.fromkeys(public_ids):
        try:
            found.append(products.published_product(session, public_id))
        except NotFound:
            absent += 1
    return found, absent


def readable_ids(texts: Sequence[str]) -> list[str]:
    """The first few of what may be public ids, where the whole list could not be taken."""
    return [text for text in dict.fromkeys(texts) if _PUBLIC_ID.fullmatch(text)][:MOST_COMPARED]


def lender_choices(shown: Sequence[PublishedProduct]) -> Choices:
    """The lenders that have products, by name."""
    named = {product.lender.public_id: product.lender.name for product in shown}
    return sorted(named.items(), key=lambda row: row[1].zh)


def region_choices(shown: Sequence[PublishedProduct]) -> Choices:
    """The regions products are offered in, and those inside a city that one is offered in."""
    codes = {code for product in shown for code in product.terms.regions}
    inner = {
        region.code
        for code in codes
        if code.endswith("00") and not code.endswith("0000")
        for region in regions.children(code)
    }
    demo = {code for code in codes if code == regions.DEMO_CITY}
    inner |= {region.code for code in demo for region in regions.children(code)}
    return [(code, regions.region_name(code)) for code in sorted(codes | inner)]


def product_choices(shown: Sequence[PublishedProduct], beside: Sequence[PublishedProduct]) -> Choices:
    """The products that can be added to a comparison, by name."""
    taken = {product.public_id for product in beside}
    named = Words("{product}（{lender}）", "{product} ({lender})")
    rows = [
        (product.public_id, named.fill(product=product.name, lender=product.lender.name))
        for product in shown
        if product.public_id not in taken
    ]
    return sorted(rows, key=lambda row: row[1].zh)


def products_by_lender(shown: Sequence[PublishedProduct]) -> dict[int, int]:
    """How many published products each lender has, by its key."""
    return Counter(product.lender.id for product in shown)
