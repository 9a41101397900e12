"""A firm's matches in their order, each with the example its cost is shown by and the parts of its score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from creditbridge.kernel import clock
from lenders.browsing.example import Example, example_loan
from matching.eligibility.rules import Verdict
from matching.eligibility.service import Match
from matching.ranking.likelihood import Likelihood
from matching.ranking.rules import Candidate, Need, Ranked, rank


@dataclass(frozen=True, slots=True)
class RankedMatch:
    """A match in its place."""

    match: Match
    example: Example
    ranked: Ranked


def rank_matches(
    matches: Iterable[Match],
    need: Need | None = None,
    *,
    median_days: Mapping[int, int | None] | None = None,
    likelihoods: Mapping[int, Likelihood | None] | None = None,
    on: date | None = None,
) -> list[RankedMatch]:
    """Order matches by verdict, then true cost, fit, speed and likelihood.

    Args:
        matches: of one firm.
        need: what the firm looks for.
        median_days: median days to a decision by product key, from the applications room.
        likelihoods: how likely terms are offered by product key, from the applications room.
        on: the legal date, today if left out.
    """
    day, wanted, days = on or clock.today(), need or Need(), median_days or {}
    examples = {match.product.public_id: (match, _example(match, wanted, day)) for match in matches}
    likely = likelihoods or {}
    ordered = rank([_candidate(match, example, days, likely) for match, example in examples.values()], wanted)
    return [RankedMatch(*examples[row.candidate.product_id], row) for row in ordered]


def by_verdict(ranked: Iterable[RankedMatch]) -> dict[Verdict, list[RankedMatch]]:
    """The three groups, in the order of the verdicts, each in its own order."""
    groups: dict[Verdict, list[RankedMatch]] = {verdict: [] for verdict in Verdict}
    for row in ranked:
        groups[row.match.verdict].append(row)
    return groups


def _example(match: Match, need: Need, on: date) -> Example:
    terms = match.product.terms
    return example_loan(terms, on, amount_fen=need.amount_fen, term_months=need.term_months)


def _candidate(
    match: Match,
    example: Example,
    days: Mapping[int, int | None],
    likely: Mapping[int, Likelihood | None],
) -> Candidate:
    terms = match.product.terms
    return Candidate(
        product_id=match.product.public_id,
        verdict=match.verdict.value,
        apr_ppm=example.apr_ppm,
        amount_min_fen=terms.amount_min_fen,
        amount_max_fen=match.most_fen,
        term_min_months=terms.term_months_min,
        term_max_months=terms.term_months_max,
        median_days=days.get(match.product.product_id),
        likelihood=likely.get(match.product.product_id),
    )
