"""Loan products for anyone: looking through them, one product, several side by side, and the lenders."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from creditbridge.access.guard import actor_or_none
from creditbridge.app.workspaces.explaining import EXPLAINING
from creditbridge.app.workspaces.links import apply_link
from creditbridge.app.workspaces.market import service as market
from creditbridge.app.workspaces.market import showing
from creditbridge.app.workspaces.market.schemas import MOST_COMPARED, CompareSchema
from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.forms import Form
from creditbridge.pages.tables import query_url
from creditbridge.store import unit
from lenders.browsing.example import example_loan
from lenders.browsing.rules import SORT_WORDS, Listing, Sort, Wish, browse
from lenders.browsing.schemas import BrowseSchema, ExampleSchema, purposes, wish_of
from lenders.institutions import service as institutions
from lenders.institutions.rules import LENDER_KIND_WORDS, LenderKind, LenderState
from lenders.pricing.rates import RATE_KIND_WORDS
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS
from lenders.products import service as products
from lenders.products.rules import APPLICANT_KIND_WORDS, GUARANTEE_TYPE_WORDS
from matching.whatif.configured import protection

ORDER_PROBLEM = Words("没有这种排序方式，已按综合成本排列。", "There is no such order; sorted by total cost.")

blueprint = Blueprint("market", __name__, template_folder="templates")


@blueprint.get("/products")
def browse_products() -> ResponseReturnValue:
    """Every published product that fits the filters in the address."""
    shown = products.published(unit.session())
    form = Form.from_query(BrowseSchema)
    wish = wish_of(form.data) if form.validate() else Wish()
    sort = _sort(form)
    page = browse(shown, wish, clock.today(), sort=sort, cursor=request.args.get("cursor"))
    chosen = {
        "purpose": purposes(),
        "guarantee": list(GUARANTEE_TYPE_WORDS.items()),
        "method": list(REPAYMENT_METHOD_WORDS.items()),
        "kind": list(APPLICANT_KIND_WORDS.items()),
        "rate": list(RATE_KIND_WORDS.items()),
        "lender": market.lender_choices(shown),
        "region": market.region_choices(shown),
        "sort": list(SORT_WORDS.items()),
    }
    body = render_template(
        "market/products.html",
        form=form,
        page=page,
        wish=wish,
        sort=sort,
        choices=chosen,
        query_url=query_url,
        product_url=showing.product_url,
        guarantee_words=GUARANTEE_TYPE_WORDS,
        **showing.usual_loan(),
    )
    return body, form.status


@blueprint.get("/products/<public_id>")
def product(public_id: str) -> ResponseReturnValue:
    """One product: terms, true cost with an example, conditions, and how the visitor's own firm stands."""
    session, actor, on = unit.session(), actor_or_none(), clock.today()
    found = products.published_product(session, public_id)
    form = Form.from_query(ExampleSchema)
    asked = form.data if form.validate() else {}
    amount, term = asked.get("amount"), asked.get("term")
    firm = market.firm_of_visitor(session, actor)
    example = example_loan(found.terms, on, amount_fen=amount, term_months=term, method=asked.get("method"))
    body = render_template(
        "market/product.html",
        product=found,
        example=example,
        form=form,
        firm=firm,
        match=market.match_for(session, firm, found, amount, term),
        counts=market.city_counts(session, actor, found, protection().salt),
        outline=showing.conditions(found),
        cost_rows=showing.cost_rows(example),
        schedule=showing.schedule_table(example.schedule) if example.schedule else None,
        basics=showing.basics(found, market.standing_of(session, found), on),
        apply_url=apply_link(found.public_id) if actor is not None and actor.is_firm else None,
        explaining=EXPLAINING,
        guarantee_words=GUARANTEE_TYPE_WORDS,
        method_words=REPAYMENT_METHOD_WORDS,
        in_wan=showing.in_wan,
        on=on,
    )
    return body, form.status


@blueprint.get("/compare")
def compare() -> ResponseReturnValue:
    """Two to four products side by side, for the same amount and term."""
    session, on = unit.session(), clock.today()
    form = Form.from_query(CompareSchema)
    asked: dict[str, Any] = form.data if form.validate() else _readable()
    found, absent = market.compared(session, asked.get("p", ()))
    amount, term = asked.get("amount"), asked.get("term")
    firm = market.firm_of_visitor(session, actor_or_none())
    listings = [
        Listing(row, example_loan(row.terms, on, amount_fen=amount, term_months=term)) for row in found
    ]
    body = render_template(
        "market/compare.html",
        form=form,
        listings=listings,
        absent=absent,
        matches=[market.match_for(session, firm, row, amount, term) for row in found],
        firm=firm,
        others=market.product_choices(products.published(session), found),
        most=MOST_COMPARED,
        parts=showing.comparison(listings, on),
        outlines=[showing.conditions(row) for row in found],
        compare_without=showing.without(listings, _kept(form)),
        explaining=EXPLAINING,
    )
    return body, form.status


@blueprint.get("/lenders")
def lenders() -> ResponseReturnValue:
    """The lenders on the platform with the number of their products."""
    session = unit.session()
    return render_template(
        "market/lenders.html",
        lenders=institutions.all_lenders(session, state=LenderState.APPROVED),
        products=market.products_by_lender(products.published(session)),
        kinds={kind.value: LENDER_KIND_WORDS[kind] for kind in LenderKind},
    )


def _readable() -> dict[str, Any]:
    """What can still be compared of an address that could not be taken whole."""
    return {"p": market.readable_ids(request.args.getlist("p"))}


def _kept(form: Form) -> dict[str, str]:
    """The amount and term of a comparison as they were typed, for its links."""
    return {name: form.value(name) for name in ("amount", "term") if form.value(name)}


def _sort(form: Form) -> Sort:
    """The order asked for in the address; an unknown one is told and the usual one taken."""
    asked = request.args.get("sort") or Sort.COST.value
    try:
        return Sort(asked)
    except ValueError:
        form.errors.setdefault("sort", []).append(ORDER_PROBLEM)
        return Sort.COST
