"""What the product pages take in: the editor's form, a reason, a decision."""

from __future__ import annotations

from marshmallow import ValidationError, validates_schema

from creditbridge.kernel.money import PPM
from creditbridge.kernel.words import Words
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
from lenders.admission.tree import MAX_AGE_DAYS, MAX_CONDITIONS, MAX_NOTE, MISSING_WORDS, Missing, Mode
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
from lenders.products.amount_rows import FORMULA_KIND_WORDS, PART_KIND_WORDS, FormulaKind, PartKind
from lenders.products.criterion_rows import (
    GROUP_LABEL_WORDS,
    MAX_JSON,
    MAX_ROWS,
    MODE_WORDS,
    GroupLabel,
)
from lenders.products.rules import (
    APPLICANT_KIND_WORDS,
    GUARANTEE_TYPE_WORDS,
    ApplicantKind,
    GuaranteeType,
)

SUBSIDY_MEASURE_WORDS = {
    SubsidyMeasure.SHARE: Words("按费用的比例", "A share of the cost"),
    SubsidyMeasure.POINTS: Words("按利率点数（仅贴息）", "Points off the rate (interest only)"),
}
MAX_FEES = 10
MAX_MATERIALS = 30


class TestRow(Schema):
    """One comparison as typed; which values fit is decided by the fact."""

    __test__ = False

    fact = Text(max=64)
    operator = Text(max=32)
    value = ListOf(Text(max=4_000), max=200)
    high = Text(max=40)


class CriterionRow(TestRow):
    """One condition, or the JSON of a nested part."""

    id = Text(max=48)
    group = Choice(GroupLabel, GROUP_LABEL_WORDS, allow_none=True)
    missing = Choice(Missing, MISSING_WORDS, allow_none=True)
    max_age_days = Whole(min=1, max=MAX_AGE_DAYS, allow_none=True)
    note_zh = Text(max=MAX_NOTE)
    note_en = Text(max=MAX_NOTE)
    when = Nested(TestRow, many=True, max=MAX_CONDITIONS)
    json = Text(max=MAX_JSON, lines=True)


class FormulaPart(Schema):
    """One part of an amount formula; in tiers with its conditions."""

    kind = Choice(PartKind, PART_KIND_WORDS)
    fact = Text(max=64)
    amount = Amount(min=1, unit="wan")
    share = Rate(min=1, max=PPM)
    when = Nested(TestRow, many=True, max=MAX_CONDITIONS)


class FeeRow(Schema):
    kind = Choice(FeeKind, FEE_KIND_WORDS, required=True)
    payer = Choice(FeePayer, FEE_PAYER_WORDS, required=True)
    when = Choice(FeeTiming, FEE_TIMING_WORDS, required=True)
    rate = Rate()
    amount = Amount(unit="yuan")


class SubsidyRow(Schema):
    kind = Choice(SubsidyKind, SUBSIDY_KIND_WORDS, required=True)
    measure = Choice(SubsidyMeasure, SUBSIDY_MEASURE_WORDS, required=True)
    share = Rate(max=PPM, required=True)
    most = Amount(unit="wan")


class MaterialRow(Schema):
    code = Code(max=40)
    zh = Text(max=120, required=True)
    en = Text(max=200)
    optional = Flag(load_default=False)


class FormulaForm(Schema):
    """The amount formula: rows for the common forms, JSON for the rest."""

    formula = Choice(FormulaKind, FORMULA_KIND_WORDS, load_default=FormulaKind.NONE)
    parts = Nested(FormulaPart, many=True, max=50, load_default=list)
    amount_json = Text(max=MAX_JSON, lines=True, load_default="")


class RuleForm(Schema):
    """The admission rule: rows, or JSON for what is nested deeper."""

    criteria_mode = Choice(Mode, MODE_WORDS, load_default=Mode.ALL)
    criteria = Nested(CriterionRow, many=True, max=MAX_ROWS, load_default=list)
    use_json = Flag(load_default=False)
    admission_json = Text(max=MAX_JSON, lines=True, load_default="")


class ProductForm(FormulaForm, RuleForm):
    """The whole editor. Sections: product, amount and rate, term and guarantee, costs, documents, conditions, formula."""

    name_zh = Text(max=80, required=True)
    name_en = Text(max=160, load_default="")
    applicant_kind = Choice(ApplicantKind, APPLICANT_KIND_WORDS, load_default=ApplicantKind.FIRM)
    scheme = PublicId(load_default=None)
    description_zh = Text(max=2_000, lines=True, load_default="")
    description_en = Text(max=4_000, lines=True, load_default="")
    change_note = Text(max=500, load_default="")

    amount_min = Amount(min=1)
    amount_max = Amount(min=1)
    amount_note_zh = Text(max=300, load_default="")
    amount_note_en = Text(max=500, load_default="")
    quota = Amount(min=1)

    rate_kind = Choice(RateKind, RATE_KIND_WORDS, load_default=RateKind.UNPUBLISHED)
    rate_fixed = Rate()
    rate_min = Rate()
    rate_max = Rate()
    lpr_term = Choice(LprTerm, LPR_TERM_WORDS)
    spread_min = Whole(min=-MAX_SPREAD_BP, max=MAX_SPREAD_BP)
    spread_max = Whole(min=-MAX_SPREAD_BP, max=MAX_SPREAD_BP)
    rate_note_zh = Text(max=300, load_default="")
    rate_note_en = Text(max=500, load_default="")

    term_min = Whole(min=1, max=MAX_TERM_MONTHS)
    term_max = Whole(min=1, max=MAX_TERM_MONTHS)
    repayment_methods = ListOf(Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS), load_default=list)
    guarantee_types = ListOf(Choice(GuaranteeType, GUARANTEE_TYPE_WORDS), load_default=list)
    risk_share = Rate(max=PPM)

    fees = Nested(FeeRow, many=True, max=MAX_FEES, load_default=list)
    subsidies = Nested(SubsidyRow, many=True, max=MAX_FEES, load_default=list)
    materials = Nested(MaterialRow, many=True, max=MAX_MATERIALS, load_default=list)

    regions = Text(max=2_000, load_default="")
    valid_from = LegalDate()
    valid_to = LegalDate()
    contact_name = Text(max=80, load_default="")
    contact_phone = Phone(load_default="")
    contact_email = Email(load_default="")

    seen = Whole(load_default=0)

    @validates_schema
    def _ordered(self, data: dict[str, object], **_options: object) -> None:
        """Lower ends do not exceed upper ones."""
        problems: dict[str, list[Words]] = {}
        for low, high, words in _ORDERED:
            first, last = data.get(low), data.get(high)
            if first is not None and last is not None and first > last:  # type: ignore[operator]
                problems[low] = [words]
        if problems:
            raise ValidationError(problems)


_ORDERED = (
    (
        "amount_min",
        "amount_max",
        Words("最低额度不能高于最高额度。", "The lowest amount exceeds the highest."),
    ),
    ("term_min", "term_max", Words("最短期限不能长于最长期限。", "The shortest term exceeds the longest.")),
    ("valid_from", "valid_to", Words("开始日期不能晚于截止日期。", "The first day is after the last.")),
)


class DecisionForm(Schema):
    """Approve, publish: which state of the version was looked at."""

    seen = Whole(required=True)


class ReturnForm(DecisionForm):
    reason = Text(max=500, required=True)


class ReasonForm(Schema):
    reason = Text(max=500, required=True)
