"""What the pages of needs take."""

from __future__ import annotations

from typing import Any

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Amount, ListOf, Rate, Whole
from creditbridge.pages.schemas import Schema
from creditbridge.pages.text_fields import Code, Phone, PublicId, Text
from lenders.browsing.schemas import MOST_FEN
from lenders.pricing.schedule import MAX_TERM_MONTHS
from matching.needs.answering import Indication
from matching.needs.posting import NeedDetails
from matching.needs.rules import MAX_MESSAGE, MAX_NOTE

MOST_LENDERS = 50


class NeedForm(Schema):
    amount_fen = Amount(min=1_000_000, max=MOST_FEN, required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    purpose = Code(max=24, required=True)
    note = Text(max=MAX_NOTE, lines=True, load_default="")
    contact_name = Text(max=80, required=True)
    contact_phone = Phone(required=True)


class AnswerForm(Schema):
    offer_amount_fen = Amount(min=1_000_000, max=MOST_FEN, required=True)
    offer_rate_ppm = Rate(load_default=None, allow_none=True)
    offer_term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    message = Text(max=MAX_MESSAGE, lines=True, load_default="")


class DeclineForm(Schema):
    message = Text(max=MAX_MESSAGE, lines=True, load_default="")


class RevealForm(Schema):
    lenders = ListOf(PublicId(), max=MOST_LENDERS, load_default=list)


class MatchForm(Schema):
    lender = PublicId(required=True)


def details_of(data: dict[str, Any]) -> NeedDetails:
    """What a firm filled in.

    Raises:
        InvalidInput: a purpose that the catalogue does not have.
    """
    if data["purpose"] not in catalogue()["loan_purpose"].choices:
        problem = Words("请从列出的用途中选择。", "Choose one of the purposes listed.")
        raise InvalidInput({"purpose": [problem]})
    return NeedDetails(**data)


def indication_of(data: dict[str, Any]) -> Indication:
    return Indication(
        data["offer_amount_fen"], data["offer_rate_ppm"], data["offer_term_months"], data["message"]
    )
