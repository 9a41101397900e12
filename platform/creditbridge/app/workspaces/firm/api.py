"""How a firm stands with every product, as JSON: verdict, each criterion, true cost and place."""

from __future__ import annotations

from typing import Any

from borrowers.claims.service import firm_of
from creditbridge.access.guard import current_actor
from creditbridge.app.workspaces.firm.api_schemas import MatchAnswer, MatchLoanQuery, MatchQuery
from creditbridge.app.workspaces.firm.one_screen import ranked_matches
from creditbridge.facts.values import value_to_json
from creditbridge.kernel.errors import NotFound
from creditbridge.kernel.words import Words
from creditbridge.pages.answers import page_schema
from creditbridge.pages.api import Blueprint, encode_cursor, number_after
from creditbridge.store import unit
from lenders.directory.showing import lender_ref
from matching.eligibility.rules import VERDICT_WORDS, CriterionResult
from matching.eligibility.wording import finding_words, notes_of
from matching.ranking.rules import Need
from matching.ranking.service import RankedMatch

blueprint = Blueprint("api_matches", __name__, description="匹配结果 Products matched to the firm")


@blueprint.reading("/matches", asks=MatchQuery, answers=page_schema(MatchAnswer))
def matches(asked: dict[str, Any]) -> dict[str, Any]:
    """List the products for firms with your firm's verdict on each, the best first.

    Eligible, then tentative (a fact is missing), then not eligible; inside a verdict by true cost, fit and speed.
    """
    found = [row for row in _ranked(asked) if asked["verdict"] in (None, row.match.verdict)]
    start, limit = number_after(asked["cursor"]) or 0, asked["limit"]
    return {
        "items": [_shown(row) for row in found[start : start + limit]],
        "next_cursor": encode_cursor(start + limit if start + limit < len(found) else None),
    }


@blueprint.reading("/matches/<public_id:product_id>", asks=MatchLoanQuery, answers=MatchAnswer)
def match(asked: dict[str, Any], product_id: str) -> dict[str, Any]:
    """Show how your firm stands with one product."""
    for row in _ranked(asked):
        if row.match.product.public_id == product_id:
            return _shown(row)
    raise NotFound(Words("面向企业的产品", "product for firms"))


def _ranked(asked: dict[str, Any]) -> list[RankedMatch]:
    session = unit.session()
    firm = firm_of(session, current_actor())
    need = Need(asked.get("amount"), asked.get("term"))
    return ranked_matches(session, firm, need, asked.get("purpose"))


def _shown(row: RankedMatch) -> dict[str, Any]:
    found, product = row.match, row.match.product
    return {
        "product": {
            "id": product.public_id,
            "version": product.version_number,
            "name": product.name,
            "lender": lender_ref(product.lender),
        },
        "verdict": found.verdict,
        "verdict_words": VERDICT_WORDS[found.verdict],
        "may_apply": found.may_apply,
        "on": found.on,
        "change_seq": found.change_seq,
        "place": row.ranked.place,
        "score": row.ranked.score,
        "parts": row.ranked.parts,
        "apr_ppm": row.example.apr_ppm,
        "most_fen": found.most_fen,
        "median_days": row.ranked.candidate.median_days,
        "likelihood_ppm": likelihood.ppm if (likelihood := row.ranked.candidate.likelihood) else None,
        "criteria": [_criterion(result) for result in found.explanation.criteria()],
    }


def _criterion(row: CriterionResult) -> dict[str, Any]:
    return {
        "id": row.criterion.id,
        "fact": row.criterion.test.fact,
        "sentence": row.sentence,
        "threshold": row.threshold,
        "verdict": row.verdict,
        "value": None if row.value is None else value_to_json(row.value),
        "value_words": row.value_words,
        "finding": finding_words(row),
        "source": row.source,
        "as_of": row.as_of,
        "confirmed": row.confirmed,
        "stale": row.stale,
        "open": row.open,
        "lacking": row.lacking,
        "notes": notes_of(row),
    }
