"""What the API asks and answers about statistics of grants."""

from __future__ import annotations

from typing import Any

from creditbridge.pages.answers import Answer, Fen, Name, Number, OneOf, Part, Parts, Ppm, Said
from creditbridge.pages.fields import Choice, Code, LegalDate
from creditbridge.pages.schemas import Schema
from matching.lines.dimensions import DIMENSION_WORDS, MAX_KEY, Dimension, Selection


class StatisticsQuery(Schema):
    """Which grants to count, and by what. Each dimension may be held to one key, as the rows name it."""

    by = Choice(Dimension, DIMENSION_WORDS, load_default=Dimension.LENDER)
    granted_from = LegalDate(load_default=None)
    granted_to = LegalDate(load_default=None)
    lender = Code(max=MAX_KEY, load_default=None)
    branch = Code(max=MAX_KEY, load_default=None)
    product = Code(max=MAX_KEY, load_default=None)
    grade = Code(max=MAX_KEY, load_default=None)
    section = Code(max=MAX_KEY, load_default=None)
    division = Code(max=MAX_KEY, load_default=None)
    size = Code(max=MAX_KEY, load_default=None)
    town = Code(max=MAX_KEY, load_default=None)
    month = Code(max=MAX_KEY, load_default=None)
    kind = Code(max=MAX_KEY, load_default=None)


class FiguresAnswer(Answer):
    """The figures of a set of grants."""

    firms = Number("Firms granted; they do not add up over rows.")
    grants = Number()
    amount_fen = Fen("Granted.")
    disbursed_fen = Fen("Paid out.")
    balance_fen = Fen("Outstanding.")
    new = Number()
    increase = Number()
    renewal = Number()
    first_time = Number("Grants to first-time borrowers.")
    unsecured_fen = Fen("Granted unsecured.")
    inclusive_fen = Fen("Granted as inclusive lending.")
    weighted_rate_ppm = Ppm("Weighted by amount.", allow_none=True)
    average_fen = Fen("A firm.", allow_none=True)
    first_time_ppm = Ppm("Of grants.", allow_none=True)
    unsecured_ppm = Ppm("Of the amount.", allow_none=True)
    inclusive_ppm = Ppm("Of the amount.", allow_none=True)


class StatisticsRowAnswer(Answer):
    """The figures under one key of the dimension."""

    key = Name()
    words = Said()
    figures = Part(FiguresAnswer)


class FunnelAnswer(Answer):
    """How many applications submitted in the period ever reached each step."""

    applied = Number()
    accepted = Number()
    offered = Number()
    offer_accepted = Number()
    granted = Number()


class StatisticsAnswer(Answer):
    """A table of figures with those of all its rows together."""

    by = OneOf(Dimension)
    rows = Parts(StatisticsRowAnswer)
    total = Part(FiguresAnswer)
    funnel = Part(FunnelAnswer)


def selection_of(asked: dict[str, Any]) -> Selection:
    """The address's parameters as a selection."""
    picked = {dimension: asked[dimension.value] for dimension in Dimension if asked[dimension.value]}
    return Selection(granted_from=asked["granted_from"], granted_to=asked["granted_to"], picked=picked)
