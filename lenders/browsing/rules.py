"""Looking through published products: what a visitor wishes for, which products fit, and in which order. Pure.

What a product leaves open never excludes it. A product whose conditions name the purpose, amount, term or kind of
guarantee of the loan is left out where the wish contradicts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from creditbridge.facts.firm_facts import FactSource, FactValue, FirmFacts
from creditbridge.kernel.words import Words
from creditbridge.registry import regions
from lenders.admission.tree import Criterion, Mode, Tree
from lenders.admission.truth import Known, conjunction, holds
from lenders.browsing.example import Example, example_loan
from lenders.pricing.rates import RateKind
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.rules import ApplicantKind, GuaranteeType, PublishedProduct


class Sort(StrEnum):
    COST = "cost"
    AMOUNT = "amount"
    TERM = "term"


SORT_WORDS: Mapping[Sort, Words] = {
    Sort.COST: Words("综合成本从低到高", "Lowest total cost first"),
    Sort.AMOUNT: Words("额度从高到低", "Largest amount first"),
    Sort.TERM: Words("期限从长到短", "Longest term first"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a visitor looks for; what is None or empty does not matter to them. ``lender`` is a public id."""

    amount_fen: int | None = None
    term_months: int | None = None
    purpose: str | None = None
    guarantees: tuple[GuaranteeType, ...] = ()
    methods: tuple[RepaymentMethod, ...] = ()
    lender: str | None = None
    region: str | None = None
    applicant_kind: ApplicantKind | None = None
    rate_kind: RateKind | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A product with the example its cost is shown by."""

    product: PublishedProduct
    example: Example


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the products that fit, how many there are in all, and the cursor of the next page."""

    listings: tuple[Listing, ...]
    total: int
    next_cursor: str | None


def browse(
    products: Iterable[PublishedProduct],
    wish: Wish,
    on: date,
    *,
    sort: Sort = Sort.COST,
    cursor: str | None = None,
    limit: int = 12,
) -> Page:
    """One page of the products that fit. A cursor of a product no longer there begins again."""
    found = [_listing(product, wish, on) for product in products if fits(product, wish, on)]
    found.sort(key=_ORDER[sort])
    ids = [listing.product.public_id for listing in found]
    start = ids.index(cursor) + 1 if cursor in ids else 0
    shown = tuple(found[start : start + limit])
    more = start + limit < len(found)
    return Page(shown, len(found), shown[-1].product.public_id if more else None)


def fits(product: PublishedProduct, wish: Wish, on: date) -> bool:
    """Whether a product is worth showing to somebody with this wish."""
    terms = product.terms
    return all(
        (
            _holds_within(wish.amount_fen, terms.amount_min_fen, terms.amount_max_fen),
            _holds_within(wish.term_months, terms.term_months_min, terms.term_months_max),
            _any_of(wish.guarantees, terms.guarantee_types),
            _any_of(wish.methods, terms.repayment_methods),
            wish.lender is None or product.lender.public_id == wish.lender,
            wish.region is None or _offered_in(terms.regions, wish.region),
            wish.applicant_kind is None or product.applicant_kind is wish.applicant_kind,
            wish.rate_kind is None or terms.rate.kind is wish.rate_kind,
            _says(product, wish.text),
            not contradicts(product.admission, wish, on),
        )
    )


def contradicts(tree: Tree, wish: Wish, on: date) -> bool:
    """Whether a condition every applicant must meet fails by the wish alone."""
    if tree.root.mode is not Mode.ALL:
        return False
    known = Known(FirmFacts(0), on, loan_facts(wish.amount_fen, wish.term_months, wish.purpose, on))
    return any(
        isinstance(node, Criterion)
        and holds(node.test, known) is False
        and conjunction(holds(test, known) for test in node.when) is True
        for node in tree.root.nodes
    )


def loan_facts(
    amount_fen: int | None, term_months: int | None, purpose: str | None, on: date
) -> dict[str, FactValue]:
    """What is asked for, as facts about the application."""
    asked = {"requested_amount": amount_fen, "requested_term_months": term_months, "loan_purpose": purpose}
    return {
        code: FactValue(value, FactSource.APPLICATION, on, confirmed=False)
        for code, value in asked.items()
        if value is not None
    }


def _listing(product: PublishedProduct, wish: Wish, on: date) -> Listing:
    method = wish.methods[0] if len(wish.methods) == 1 else None
    example = example_loan(
        product.terms, on, amount_fen=wish.amount_fen, term_months=wish.term_months, method=method
    )
    return Listing(product, example)


def _holds_within(wanted: int | None, least: int | None, most: int | None) -> bool:
    return wanted is None or ((least is None or least <= wanted) and (most is None or wanted <= most))


def _any_of(wanted: Sequence[StrEnum], offered: Sequence[StrEnum]) -> bool:
    return not wanted or not offered or not set(wanted).isdisjoint(offered)


def _offered_in(offered: Sequence[str], region: str) -> bool:
    """Offered in the region, in part of it, or everywhere."""
    return not offered or any(
        regions.is_within(region, code) or regions.is_within(code, region) for code in offered
    )


def _says(product: PublishedProduct, text: str) -> bool:
    """Every word of the text stands somewhere in what the product says of itself."""
    said: list[Words] = [product.name, product.lender.name, product.terms.description]
    if product.scheme is not None:
        said += [product.scheme.name, product.scheme.sponsor]
    whole = " ".join(part for words in said for part in (words.zh, words.en)).casefold()
    return all(word in whole for word in text.casefold().split())


def _by_cost(listing: Listing) -> tuple[bool, int, str]:
    apr = listing.example.apr_ppm
    return apr is None, apr or 0, listing.product.public_id


def _by_amount(listing: Listing) -> tuple[bool, int, str]:
    most = listing.product.terms.amount_max_fen
    return most is None, -(most or 0), listing.product.public_id


def _by_term(listing: Listing) -> tuple[bool, int, str]:
    most = listing.product.terms.term_months_max
    return most is None, -(most or 0), listing.product.public_id


_ORDER: Mapping[Sort, Callable[[Listing], tuple[bool, int, str]]] = {
    Sort.COST: _by_cost,
    Sort.AMOUNT: _by_amount,
    Sort.TERM: _by_term,
}
