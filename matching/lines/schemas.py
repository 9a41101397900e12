"""What the pages of lines take in."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, validates_schema

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Amount, Choice, Flag, LegalDate, PublicId, Rate, Text, Whole
from creditbridge.pages.schemas import Schema
from lenders.pricing.schedule import MAX_TERM_MONTHS, REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from matching.lines.columns import CONTENT_WORDS, Content
from matching.lines.correcting import MAX_REASON
from matching.lines.rules import CONTRACT_LENGTH, LINE_KIND_WORDS, LineKind


class OnlineGrantSchema(Schema):
    """What an officer adds when a contract is signed; rate, term, repayment and guarantee are accepted already."""

    contract_number = Text(max=CONTRACT_LENGTH, required=True)
    granted_on = LegalDate(required=True, not_after=clock.today)
    amount_fen = Amount(min=1, required=True)
    maturity_on = LegalDate()
    kind = Choice(LineKind, LINE_KIND_WORDS, required=True)
    renews = Text(max=CONTRACT_LENGTH, load_default="")
    first_time_borrower = Flag(load_default=False)


class RecordGrantSchema(OnlineGrantSchema):
    """The same with what the contract says of drawing: revolving or not, signed now or in a step of its own."""

    revolving = Flag(load_default=False)
    sign_later = Flag(load_default=False)


class Revolving(StrEnum):
    """Whether repayment frees the limit again."""

    BY_METHOD = "by_method"
    YES = "yes"
    NO = "no"

    @property
    def stated(self) -> bool | None:
        return None if self is Revolving.BY_METHOD else self is Revolving.YES


REVOLVING_WORDS = {
    Revolving.BY_METHOD: Words("按还款方式确定（随借随还为循环额度）", "As the repayment method says"),
    Revolving.YES: Words("循环额度，还款后可再次提款", "Revolving: what is repaid can be drawn again"),
    Revolving.NO: Words("非循环额度，还款后不恢复", "Not revolving"),
}


class GrantSchema(OnlineGrantSchema):
    """All terms of a grant, as they are entered offline or corrected."""

    annual_rate_ppm = Rate(required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    repayment_method = Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS, required=True)
    guarantee_type = Choice(GuaranteeType, GUARANTEE_TYPE_WORDS, required=True)


class OfflineGrantSchema(GrantSchema):
    """A grant made elsewhere, with whom it was made and where."""

    firm_uscc = Text(max=24, required=True)
    product = PublicId(load_default=None, allow_none=True)
    branch = PublicId(load_default=None, allow_none=True)
    revolving = Choice(Revolving, REVOLVING_WORDS, load_default=Revolving.BY_METHOD)


class CorrectionSchema(GrantSchema):
    reason = Text(max=MAX_REASON, required=True)


class ReasonSchema(Schema):
    reason = Text(max=MAX_REASON, required=True)


class BalanceSchema(Schema):
    """What was paid out and is outstanding as of a date."""

    as_of = LegalDate(required=True, not_after=clock.today)
    disbursed_fen = Amount(required=True)
    balance_fen = Amount(required=True)
    overdue_fen = Amount(load_default=0)
    overdue_days = Whole(min=0, max=36_500, load_default=0)

    @validates_schema
    def _no_more_than_paid_out(self, data: dict[str, Any], **_: Any) -> None:
        if data["balance_fen"] > data["disbursed_fen"]:
            words = Words("贷款余额不能超过累计放款金额。", "The balance cannot exceed what was paid out.")
            raise ValidationError({"balance_fen": [words]})


class UploadSchema(Schema):
    """What a file is of; the file itself comes beside it."""

    content = Choice(Content, CONTENT_WORDS, required=True)
