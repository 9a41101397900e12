"""What pages and API of drawdowns take in."""

from __future__ import annotations

from creditbridge.kernel import clock
from creditbridge.kernel.words import Words
from creditbridge.pages.fields import Amount, Choice, LegalDate, PublicId, Rate, Text, Whole
from creditbridge.pages.schemas import Schema
from lenders.pricing.running import Keep
from lenders.pricing.schedule import MAX_TERM_MONTHS
from matching.drawdowns.rules import PURPOSE_LENGTH
from matching.drawdowns.stepping import MAX_REASON

KEEP_WORDS = {
    Keep.TERM: Words("期限不变，减少每期还款", "Keep the term, lower the payments"),
    Keep.PAYMENT: Words("每期还款不变，缩短期限", "Keep the payment, end sooner"),
}


class RequestSchema(Schema):
    """How much is drawn, for how many months, and for what."""

    amount_fen = Amount(min=1, required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    purpose = Text(max=PURPOSE_LENGTH, load_default="")


class CarrySchema(Schema):
    """Which loan of the renewed line goes on without being repaid, and for how many months."""

    drawdown_id = PublicId(required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)


class ReasonSchema(Schema):
    reason = Text(max=MAX_REASON, required=True)


class PayOutSchema(Schema):
    on = LegalDate(required=True, not_after=clock.today)


class PaymentSchema(Schema):
    """What was paid on a day; what exceeds what is due repays principal early."""

    amount_fen = Amount(min=1, required=True, unit="yuan")
    on = LegalDate(required=True, not_after=clock.today)
    keep = Choice(Keep, KEEP_WORDS, load_default=Keep.TERM)


class RateSchema(Schema):
    on = LegalDate(required=True, not_before=clock.today)
    rate_ppm = Rate(required=True)


class LimitSchema(Schema):
    amount_fen = Amount(min=1, required=True)
    reason = Text(max=MAX_REASON, required=True)


class ExtensionSchema(Schema):
    months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    reason = Text(max=MAX_REASON, required=True)


class NewRateSchema(Schema):
    rate_ppm = Rate(required=True)
    reason = Text(max=MAX_REASON, required=True)
