"""Matches as the API asks for and answers them."""

from __future__ import annotations

from creditbridge.facts.firm_facts import FactSource
from creditbridge.pages.answers import (
    Answer,
    Day,
    Fen,
    Json,
    Name,
    Number,
    OneOf,
    Part,
    Parts,
    Ppm,
    Ref,
    Said,
    Truth,
    WordsAnswer,
)
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import Choice
from lenders.directory.schemas import LenderRefAnswer, LoanQuery
from matching.eligibility.rules import VERDICT_WORDS, CriterionVerdict, Verdict
from matching.ranking.rules import Part as ScorePart


class MatchQuery(Paging, LoanQuery):
    """What your firm looks for, and which verdict to list."""

    verdict = Choice(Verdict, VERDICT_WORDS, load_default=None)


class MatchLoanQuery(LoanQuery):
    """What your firm looks for."""


class CriterionAnswer(Answer):
    """One criterion read for your firm."""

    id = Name()
    fact = Name("The code of the fact it is about.")
    sentence = Said("The criterion in words.")
    threshold = Said()
    verdict = OneOf(CriterionVerdict)
    value = Json("Your firm's value; null where nothing is known.", allow_none=True)
    value_words = Said(allow_none=True)
    finding = Said("What was found of your firm.")
    source = OneOf(FactSource, allow_none=True)
    as_of = Day(allow_none=True)
    confirmed = Truth()
    stale = Truth("The value is older than the product accepts.")
    open = Truth("It stands in the way: failed or missing, and no alternative makes up for it.")
    lacking = Parts(Name(), "Codes of the facts that would settle it.")
    notes = Parts(WordsAnswer, "What else to know, such as who can supply what is missing.")


class ScorePartAnswer(Answer):
    """One part of the score that orders the list, from 0 to 100."""

    part = OneOf(ScorePart)
    score = Number()
    weight = Number()
    reason = Said()


class MatchProductAnswer(Answer):
    id = Ref()
    version = Number()
    name = Said()
    lender = Part(LenderRefAnswer)


class MatchAnswer(Answer):
    """How your firm stands with one product."""

    product = Part(MatchProductAnswer)
    verdict = OneOf(Verdict)
    verdict_words = Said()
    may_apply = Truth()
    on = Day("The legal date it was judged on.")
    change_seq = Number("The state of facts and products it rests on.")
    place = Number("Its place in the whole list.")
    score = Number()
    parts = Parts(ScorePartAnswer)
    apr_ppm = Ppm("The true yearly cost at the upper end; null where it is not published.", allow_none=True)
    most_fen = Fen("The most your firm could get, as far as it is known.", allow_none=True)
    median_days = Number("Median days to a decision; null until enough were decided.", allow_none=True)
    likelihood_ppm = Ppm(
        "How likely terms are offered, estimated from past decisions; null until the city has enough.",
        allow_none=True,
    )
    criteria = Parts(CriterionAnswer)
