"""The whole document of a product's version as the API takes and answers it, and the steps of its life."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import fields

from creditbridge.kernel.money import PPM
from creditbridge.pages.answers import Answer, Fen, Json, Moment, Name, Number, OneOf, Part, Parts, Ref, Said
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import (
    Amount,
    Choice,
    Code,
    Email,
    Flag,
    LegalDate,
    ListOf,
    Nested,
    Phone,
    PublicId,
    Rate,
    Text,
    Whole,
)
from creditbridge.pages.schemas import Schema
from lenders.institutions.areas import MAX_AREAS
from lenders.pricing.fees import (
    FEE_KIND_WORDS,
    FEE_PAYER_WORDS,
    FEE_TIMING_WORDS,
    SUBSIDY_KIND_WORDS,
    FeeKind,
    FeePayer,
    FeeTiming,
    SubsidyKind,
    SubsidyMeasure,
)
from lenders.pricing.rates import LPR_TERM_WORDS, MAX_SPREAD_BP, RATE_KIND_WORDS, LprTerm, RateKind
from lenders.pricing.schedule import MAX_TERM_MONTHS, REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.lifecycle import ProductState, VersionState
from lenders.products.rules import APPLICANT_KIND_WORDS, GUARANTEE_TYPE_WORDS, ApplicantKind, GuaranteeType
from lenders.products.schemas import MAX_FEES, MAX_MATERIALS, SUBSIDY_MEASURE_WORDS

ADMISSION_TOLD: Final = {
    "type": "object",
    "description": "The admission rule, `{language: 1, all: [node, …]}`; docs/admission.md is its reference.",
}
FORMULA_TOLD: Final = {
    "type": "object",
    "description": "The formula of the highest amount, `{language: 1, amount: node}`.",
}


class ShortWords(Schema):
    """A short text; without English the Chinese stands for both."""

    zh = Text(max=300, load_default="")
    en = Text(max=500, load_default="")


class LongWords(Schema):
    """A longer text."""

    zh = Text(max=2_000, lines=True, load_default="")
    en = Text(max=4_000, lines=True, load_default="")


class RateBody(Schema):
    """A rate: fixed (both ends the same), a range with either end or both, LPR with either spread or both, or none."""

    kind = Choice(RateKind, RATE_KIND_WORDS, required=True)
    min_ppm = Rate(load_default=None, allow_none=True)
    max_ppm = Rate(load_default=None, allow_none=True)
    lpr_term = Choice(LprTerm, LPR_TERM_WORDS, load_default=None, allow_none=True)
    min_spread_bp = Whole(min=-MAX_SPREAD_BP, max=MAX_SPREAD_BP, load_default=None, allow_none=True)
    max_spread_bp = Whole(min=-MAX_SPREAD_BP, max=MAX_SPREAD_BP, load_default=None, allow_none=True)


class FeeBody(Schema):
    """A fee: either a yearly rate or a sum."""

    kind = Choice(FeeKind, FEE_KIND_WORDS, required=True)
    payer = Choice(FeePayer, FEE_PAYER_WORDS, required=True)
    when = Choice(FeeTiming, FEE_TIMING_WORDS, required=True)
    rate_ppm = Rate(load_default=None, allow_none=True)
    sum_fen = Amount(load_default=None, allow_none=True)


class SubsidyBody(Schema):
    kind = Choice(SubsidyKind, SUBSIDY_KIND_WORDS, required=True)
    measure = Choice(SubsidyMeasure, SUBSIDY_MEASURE_WORDS, required=True)
    ppm = Rate(max=PPM, required=True)
    most_fen = Amount(load_default=None, allow_none=True)


class MaterialWords(Schema):
    zh = Text(max=120, required=True)
    en = Text(max=200, load_default="")


class MaterialBody(Schema):
    code = Code(max=40, required=True)
    words = Nested(MaterialWords, required=True)
    required = Flag(load_default=True)


class ContactBody(Schema):
    name = Text(max=80, load_default="")
    phone = Phone(load_default="")
    email = Email(load_default="")


class RuleBody(Schema):
    """Which firms a product admits, and where it is offered."""

    regions = ListOf(Code(max=6), max=MAX_AREAS, load_default=list)
    admission = fields.Raw(required=True, metadata=ADMISSION_TOLD)


class DraftBody(RuleBody):
    """A version's whole document. What is left out or null is left open; nothing is guessed."""

    name_zh = Text(max=80, required=True)
    name_en = Text(max=160, load_default="")
    applicant_kind = Choice(ApplicantKind, APPLICANT_KIND_WORDS, load_default=ApplicantKind.FIRM)
    scheme_id = PublicId(load_default=None, allow_none=True)
    change_note = Text(max=500, load_default="")
    description = Nested(LongWords, load_default=dict)
    amount_min_fen = Amount(min=1, load_default=None, allow_none=True)
    amount_max_fen = Amount(min=1, load_default=None, allow_none=True)
    amount_note = Nested(ShortWords, load_default=dict)
    rate = Nested(RateBody, required=True)
    rate_note = Nested(ShortWords, load_default=dict)
    term_months_min = Whole(min=1, max=MAX_TERM_MONTHS, load_default=None, allow_none=True)
    term_months_max = Whole(min=1, max=MAX_TERM_MONTHS, load_default=None, allow_none=True)
    repayment_methods = ListOf(Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS), load_default=list)
    guarantee_types = ListOf(Choice(GuaranteeType, GUARANTEE_TYPE_WORDS), load_default=list)
    fees = Nested(FeeBody, many=True, max=MAX_FEES, load_default=list)
    subsidies = Nested(SubsidyBody, many=True, max=MAX_FEES, load_default=list)
    risk_share_ppm = Rate(max=PPM, load_default=None, allow_none=True)
    materials = Nested(MaterialBody, many=True, max=MAX_MATERIALS, load_default=list)
    valid_from = LegalDate(load_default=None, allow_none=True)
    valid_to = LegalDate(load_default=None, allow_none=True)
    quota_fen = Amount(min=1, load_default=None, allow_none=True)
    contact = Nested(ContactBody, load_default=dict)
    amount_formula = fields.Raw(load_default=None, allow_none=True, metadata=FORMULA_TOLD)


class SavedDraftBody(DraftBody):
    """The document that replaces a draft, with the `revision` its writer had before them."""

    revision = Whole(min=0, required=True)


class DecisionBody(Schema):
    """A decision on a version; `revision` makes sure that it is the one looked at."""

    revision = Whole(min=0, load_default=None, allow_none=True)


class ReturnBody(DecisionBody):
    reason = Text(max=500, required=True)


class ProductReasonBody(Schema):
    """A step that needs a reason."""

    reason = Text(max=500, required=True)


class OwnProductQuery(Paging):
    """A lender's own products."""

    state = Choice(ProductState, load_default=None)


class VersionAnswer(Answer):
    """A version as the list of versions shows it."""

    id = Ref()
    number = Number()
    state = OneOf(VersionState)
    revision = Number("Counts every change of the row; give it back when you save or decide.")
    name = Said()
    change_note = Name()
    returned_reason = Name("Why it was returned to draft; empty otherwise.")
    submitted_at = Moment(allow_none=True)
    approved_at = Moment(allow_none=True)
    published_at = Moment(allow_none=True)
    replaced_at = Moment(allow_none=True)


class ProductOwnerAnswer(Answer):
    id = Ref()
    name = Said()


class OwnProductAnswer(Answer):
    """A product as those see it who work on it."""

    id = Ref()
    lender = Part(ProductOwnerAnswer)
    state = OneOf(ProductState)
    state_reason = Name()
    quota_fen = Fen("The live version's quota.", allow_none=True)
    quota_used_fen = Fen()
    versions = Parts(VersionAnswer, "The oldest first.")


class OwnProductDetailAnswer(OwnProductAnswer):
    """The same with the newest version's document, which can be sent back as a draft."""

    document = Json("The newest version's document, as the draft's body takes it.")
    warnings = Parts(
        Said(), "What may be meant but is worth a second look: conditions no firm can ever meet."
    )


EXAMPLE_DRAFT: Final[dict[str, Any]] = {
    "name_zh": "纺织产业贷",
    "name_en": "Textile loan",
    "description": {
        "zh": "面向本市纺织企业的信用贷款。",
        "en": "Unsecured loans for the city's textile firms.",
    },
    "amount_max_fen": 300_000_000,
    "rate": {"kind": "range", "min_ppm": 36_500, "max_ppm": 48_000},
    "term_months_min": 6,
    "term_months_max": 36,
    "repayment_methods": ["equal_instalment", "interest_then_bullet"],
    "guarantee_types": ["unsecured"],
    "materials": [
        {"code": "licence", "words": {"zh": "营业执照", "en": "Business licence"}, "required": True}
    ],
    "quota_fen": 10_000_000_000,
    "admission": {
        "language": 1,
        "all": [
            {"id": "grade", "fact": "platform_grade", "operator": "at_least", "value": "B"},
            {"id": "industry", "fact": "industry", "operator": "within", "value": ["17"]},
        ],
    },
}
