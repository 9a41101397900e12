"""What a visitor may put in the address of the product list, and of an example loan."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates

from creditbridge.facts.catalogue import catalogue
from creditbridge.kernel.errors import InvalidInput
from creditbridge.kernel.money import FEN_PER_WAN
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Amount, Choice, Code, ListOf, PublicId, Text, Whole
from creditbridge.pages.schemas import Schema
from creditbridge.registry import regions
from lenders.browsing.rules import Wish
from lenders.pricing.rates import RATE_KIND_WORDS, RateKind
from lenders.pricing.schedule import REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import (
    APPLICANT_KIND_WORDS,
    GUARANTEE_TYPE_WORDS,
    ApplicantKind,
    GuaranteeType,
)

MOST_FEN = 10_000_000 * FEN_PER_WAN
MOST_MONTHS = 600


def purposes() -> list[tuple[str, Words]]:
    """What a loan may be for, as the fact catalogue has it."""
    return list(catalogue()["loan_purpose"].choices.items())


class LoanSchema(Schema):
    """How much, for how long, for what."""

    amount = Amount(min=FEN_PER_WAN // 10, max=MOST_FEN)
    term = Whole(min=1, max=MOST_MONTHS)
    purpose = Code(max=32)

    @validates("purpose")
    def _known_purpose(self, value: str, **_: Any) -> None:
        if value not in catalogue()["loan_purpose"].choices:
            raise ValidationError([Words("请从列出的用途中选择。", "Choose one of the purposes listed.")])


class ExampleSchema(Schema):
    """The example loan on a product's page."""

    amount = Amount(min=FEN_PER_WAN // 10, max=MOST_FEN)
    term = Whole(min=1, max=MOST_MONTHS)
    method = Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS)


class BrowseSchema(LoanSchema):
    """The filters of the product list."""

    guarantee = ListOf(Choice(GuaranteeType, GUARANTEE_TYPE_WORDS), max=len(GuaranteeType))
    method = ListOf(Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS), max=len(RepaymentMethod))
    lender = PublicId()
    region = Code(max=12)
    kind = Choice(ApplicantKind, APPLICANT_KIND_WORDS)
    rate = Choice(RateKind, RATE_KIND_WORDS)
    q = Text(max=60)

    @validates("region")
    def _known_region(self, value: str, **_: Any) -> None:
        try:
            regions.normalise(value)
        except InvalidInput as error:
            raise ValidationError([error.words]) from error


def wish_of(data: dict[str, Any]) -> Wish:
    """Filters that passed :class:`BrowseSchema`, as a wish."""
    region = data.get("region")
    return Wish(
        amount_fen=data.get("amount"),
        term_months=data.get("term"),
        purpose=data.get("purpose"),
        guarantees=tuple(data.get("guarantee", ())),
        methods=tuple(data.get("method", ())),
        lender=data.get("lender"),
        region=regions.normalise(region) if region else None,
        applicant_kind=data.get("kind"),
        rate_kind=data.get("rate"),
        text=data.get("q", ""),
    )
