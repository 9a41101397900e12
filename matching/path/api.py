"""Paths as JSON: the smallest changes that make the firm eligible, what opens most, and the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from borrowers.claims import service as claims
from creditbridge.access.guard import current_actor
from creditbridge.facts.actions import ACTION_KIND_WORDS, Action, fact_actions
from creditbridge.kernel import clock
from creditbridge.pages.api import Blueprint
from creditbridge.store import unit
from lenders.admission.sentence import criterion_sentence
from lenders.admission.tree import Criterion
from lenders.browsing.rules import loan_facts
from lenders.directory.showing import lender_ref
from lenders.products import service as products
from lenders.products.rules import PublishedProduct
from matching.path import service
from matching.path.api_schemas import CalendarAnswer, PathQuery, PathsAnswer, ProductPathsAnswer

blueprint = Blueprint("api_paths", __name__, description="达标路径 What would make the firm eligible")


@blueprint.reading("/firm/paths", answers=PathsAnswer)
def paths() -> dict[str, Any]:
    """Show the shortest way to each product your firm does not qualify for, and what opens most of them."""
    session = unit.session()
    found = service.overview(session, claims.firm_of(session, current_actor()).id)
    return {
        "on": found.on,
        "open_already": found.open_already,
        "open_but_asked": found.open_but_asked,
        "bundles": [
            {"steps": _steps(row.actions), "on": row.on, "opens": _products(row.opens)}
            for row in found.bundles
        ],
        "nearest": [
            {
                "product": _product(row.product),
                "steps": _steps(row.found.paths[0].actions),
                "on": row.found.paths[0].on,
                "size": row.found.paths[0].size,
            }
            for row in found.reachable
        ],
        "unreachable": [
            {
                "product": _product(row.product),
                "blocked": _blocked(row.found.blocked),
                "short": _blocked(row.found.short),
            }
            for row in found.unreachable
        ],
    }


@blueprint.reading("/firm/paths/<public_id:product_id>", asks=PathQuery, answers=ProductPathsAnswer)
def path(asked: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Show the ways to one product, best first, each step with its earliest date and everything it opens."""
    session = unit.session()
    firm = claims.firm_of(session, current_actor())
    product = products.published_product(session, product_id)
    beside = loan_facts(asked.get("amount"), asked.get("term"), asked.get("purpose"), clock.today())
    told = service.paths_to(session, firm.id, product, beside=beside)
    return {
        "product": _product(product),
        "verdict": told.match.verdict,
        "on": told.match.on,
        "paths": [
            {
                "steps": _steps(row.path.actions),
                "on": row.path.on,
                "waits": row.path.waits,
                "verdict": row.path.verdict,
                "left": row.path.left,
                "opens": _products(row.opens),
            }
            for row in told.paths
        ],
        "complete": told.found.complete,
        "blocked": _blocked(told.found.blocked),
        "short": _blocked(told.found.short),
    }


@blueprint.reading("/firm/calendar", answers=CalendarAnswer)
def calendar() -> dict[str, Any]:
    """Show on which dates which products open to your firm, by themselves or after one thing."""
    session = unit.session()
    entries = service.calendar(session, claims.firm_of(session, current_actor()).id)
    return {
        "items": [
            {
                "on": entry.on,
                "by_itself": entry.by_itself,
                "steps": _steps(entry.actions),
                "opens": _products(entry.opens),
                "closes": _products(entry.closes),
            }
            for entry in entries
        ]
    }


def _steps(actions: Iterable[Action]) -> list[dict[str, Any]]:
    return [
        {
            "code": action.code,
            "kind": action.kind,
            "kind_words": ACTION_KIND_WORDS[action.kind],
            "words": action.words,
            "how": action.how,
            "target": action.target,
            "earliest_on": action.earliest_on,
        }
        for action in actions
    ]


def _products(found: Iterable[PublishedProduct]) -> list[dict[str, Any]]:
    return [_product(product) for product in found]


def _product(product: PublishedProduct) -> dict[str, Any]:
    return {"id": product.public_id, "name": product.name, "lender": lender_ref(product.lender)}


def _blocked(criteria: Iterable[Criterion]) -> list[dict[str, Any]]:
    return [
        {
            "criterion": criterion.id,
            "sentence": criterion_sentence(criterion),
            "why": row.why_not if (row := fact_actions().get(criterion.test.fact)) else None,
        }
        for criterion in criteria
    ]
