"""Public pages about lenders and policy schemes, with the products they offer."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from creditbridge.store import unit
from lenders.institutions import service as institutions
from lenders.institutions.rules import BRANCH_KIND_WORDS, LENDER_KIND_WORDS
from lenders.products import service as products
from lenders.products.lifecycle import PRODUCT_STATE_TONES, PRODUCT_STATE_WORDS
from lenders.products.rules import PublishedProduct
from lenders.schemes import service as schemes
from lenders.schemes.rules import SCHEME_STATE_WORDS

blueprint = Blueprint("lenders", __name__, template_folder="templates")


@blueprint.get("/lenders/<public_id>")
def institution(public_id: str) -> ResponseReturnValue:
    """One lender: what it says of itself, its products and its branches."""
    session = unit.session()
    lender = institutions.shown_lender(session, public_id)
    return render_template(
        "directory/lender.html",
        lender=lender,
        products=_shown(products.published_of_lender(session, lender.id)),
        states=PRODUCT_STATE_WORDS,
        tones=PRODUCT_STATE_TONES,
        branches=institutions.branches_of(session, lender.id, active_only=True),
        kinds=LENDER_KIND_WORDS,
        branch_kinds=BRANCH_KIND_WORDS,
    )


@blueprint.get("/schemes")
def scheme_list() -> ResponseReturnValue:
    """Running policy schemes."""
    return render_template(
        "directory/schemes.html", schemes=schemes.all_schemes(unit.session(), open_only=True)
    )


@blueprint.get("/schemes/<public_id>")
def scheme(public_id: str) -> ResponseReturnValue:
    """One policy scheme: what its sponsor offers, who takes part, and their products."""
    session = unit.session()
    found = schemes.scheme(session, public_id)
    return render_template(
        "directory/scheme.html",
        scheme=found,
        products=_shown(products.published_in_scheme(session, found.id)),
        scheme_states=SCHEME_STATE_WORDS,
        states=PRODUCT_STATE_WORDS,
        tones=PRODUCT_STATE_TONES,
    )


def _shown(found: list[PublishedProduct]) -> list[PublishedProduct]:
    """Products that take applications first."""
    return sorted(found, key=lambda product: not product.is_open)
