"""What the API asks and answers about lenders and published products, for anyone."""

from __future__ import annotations

from typing import Any

from creditbridge.kernel.money import FEN_PER_WAN
from creditbridge.pages.answers import (
    Answer,
    CodeAnswer,
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
)
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import Amount, Choice, Whole
from lenders.browsing.rules import SORT_WORDS, Sort
from lenders.browsing.schemas import MOST_FEN, MOST_MONTHS, BrowseSchema, ExampleSchema, LoanSchema
from lenders.pricing.fees import FeeKind, FeePayer, FeeTiming, SubsidyKind, SubsidyMeasure
from lenders.pricing.rates import LprTerm, RateKind
from lenders.pricing.schedule import RepaymentMethod
from lenders.products.lifecycle import ProductState
from lenders.products.rules import ApplicantKind, GuaranteeType

ADMISSION = "The admission rule as a versioned tree: `{language, all|any: [criterion or group]}`."
FORMULA = "The formula of the highest amount for one firm; null where the product states none."


def loan_fields() -> dict[str, Any]:
    """The amount and term looked for, under the names the API has for them."""
    return {
        "amount": Amount(min=FEN_PER_WAN // 10, max=MOST_FEN, data_key="amount_fen", metadata=_AMOUNT),
        "term": Whole(min=1, max=MOST_MONTHS, data_key="term_months", metadata=_TERM),
    }


_AMOUNT = {"description": "The amount looked for, in fen."}
_TERM = {"description": "The term looked for, in months."}


class LoanQuery(LoanSchema):
    """How much, for how long, for what."""

    amount, term = loan_fields().values()


class ExampleQuery(ExampleSchema):
    """The loan whose cost is told."""

    amount, term = loan_fields().values()


class ProductQuery(Paging, BrowseSchema):
    """The filters of the product list."""

    amount, term = loan_fields().values()
    sort = Choice(Sort, SORT_WORDS, load_default=Sort.COST)


class LenderAnswer(Answer):
    """A lender on the platform."""

    id = Ref()
    name = Said()
    kind = Part(CodeAnswer)
    intro = Said()
    address = Name()
    phone = Name()
    website = Name()
    products = Number("How many products it has published.")


class BranchAnswer(Answer):
    """A branch that takes applications."""

    id = Ref()
    name = Said()
    kind = Part(CodeAnswer)
    address = Name()
    phone = Name()
    regions = Parts(Name(), "Codes of the regions it serves; empty: everywhere.")


class LenderDetailAnswer(LenderAnswer):
    """A lender with its branches."""

    branches = Parts(BranchAnswer)


class LenderRefAnswer(Answer):
    """The lender of a product."""

    id = Ref()
    name = Said()


class RateAnswer(Answer):
    """A product's published rate."""

    kind = OneOf(RateKind)
    min_ppm = Ppm("The lowest rate published.", allow_none=True)
    max_ppm = Ppm("The highest rate published.", allow_none=True)
    lpr_term = OneOf(LprTerm, allow_none=True)
    min_spread_bp = Number("Basis points over LPR at least.", allow_none=True)
    max_spread_bp = Number("Basis points over LPR at most.", allow_none=True)
    words = Said("As people read it today.")


class ProductAnswer(Answer):
    """A published product as the list shows it."""

    id = Ref()
    version = Number("The number of the live version.")
    name = Said()
    lender = Part(LenderRefAnswer)
    applicant_kind = OneOf(
        ApplicantKind, "Products for natural persons are shown and never matched to firms."
    )
    state = OneOf(ProductState)
    takes_applications = Truth("Whether it is open and within its period today.")
    amount_min_fen = Fen(allow_none=True)
    amount_max_fen = Fen(allow_none=True)
    rate = Part(RateAnswer)
    apr_ppm = Ppm(
        "The true yearly cost of the example loan at the upper end of the rate; null where it is not published.",
        allow_none=True,
    )
    example_amount_fen = Fen("The amount the cost is told for.")
    example_term_months = Number("The term the cost is told for, in months.")
    term_months_min = Number(allow_none=True)
    term_months_max = Number(allow_none=True)
    repayment_methods = Parts(OneOf(RepaymentMethod))
    guarantee_types = Parts(OneOf(GuaranteeType))


class FeeAnswer(Answer):
    """A fee: a yearly rate or a sum."""

    kind = OneOf(FeeKind)
    payer = OneOf(FeePayer)
    when = OneOf(FeeTiming)
    rate_ppm = Ppm(allow_none=True)
    sum_fen = Fen(allow_none=True)


class SubsidyAnswer(Answer):
    """Part of a cost that comes back."""

    kind = OneOf(SubsidyKind)
    measure = OneOf(SubsidyMeasure)
    ppm = Ppm("Of the cost, or a year off the rate.")
    most_fen = Fen(allow_none=True)


class MaterialAnswer(Answer):
    """A document an applicant hands in."""

    code = Name()
    words = Said()
    required = Truth()


class ContactAnswer(Answer):
    name = Name()
    phone = Name()
    email = Name()


class SchemeRefAnswer(Answer):
    """The policy scheme a product belongs to."""

    id = Ref()
    name = Said()
    sponsor = Said()


class SentenceAnswer(Answer):
    """One line of the conditions in words; `depth` says how far it is set in."""

    depth = Number()
    text = Said()


class ProductDetailAnswer(ProductAnswer):
    """A product with all its terms and conditions."""

    version_id = Ref("The public id of the live version.")
    description = Said()
    amount_note = Said()
    rate_note = Said()
    fees = Parts(FeeAnswer)
    subsidies = Parts(SubsidyAnswer)
    risk_share_ppm = Ppm("What part of a loss a government fund bears.", allow_none=True)
    materials = Parts(MaterialAnswer)
    regions = Parts(Name(), "Codes of where it is offered; empty: wherever the lender's branches serve.")
    valid_from = Day(allow_none=True)
    valid_to = Day(allow_none=True)
    quota_left_fen = Fen("What may still be granted under it; null without a quota.", allow_none=True)
    contact = Part(ContactAnswer)
    scheme = Part(SchemeRefAnswer, allow_none=True)
    admission = Json(ADMISSION)
    amount_formula = Json(FORMULA, allow_none=True)
    conditions = Parts(SentenceAnswer, "The admission rule in words.")
