"""What the API takes and answers about drawdowns."""

from __future__ import annotations

from typing import Any, Final

from creditbridge.kernel import clock
from creditbridge.pages.answers import (
    Answer,
    Day,
    Fen,
    Moment,
    Name,
    Number,
    OneOf,
    Part,
    Parts,
    Ppm,
    Ref,
    Said,
)
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import Amount, Choice, LegalDate, Text
from creditbridge.pages.schemas import Schema
from lenders.pricing.running import Keep, RowKind
from lenders.pricing.schedule import DayCount, RepaymentMethod
from matching.drawdowns.rules import DRAWDOWN_STATE_WORDS, AmendmentKind, AmendmentState, DrawdownState
from matching.drawdowns.schemas import KEEP_WORDS, LimitSchema, RequestSchema
from matching.drawdowns.stepping import MAX_REASON


class DrawdownQuery(Paging):
    state = Choice(DrawdownState, DRAWDOWN_STATE_WORDS, load_default=None)


class DrawdownBody(RequestSchema):
    """A drawdown as the firm asks for it."""


class ReasonBody(Schema):
    reason = Text(max=MAX_REASON, required=True)


class LineLimitBody(LimitSchema):
    """Another limit, and why."""


class PayOutBody(Schema):
    on = LegalDate(not_after=clock.today, required=True)


class PaymentBody(Schema):
    """What was paid on a day: penalty interest, interest and principal due, and the rest as an early repayment."""

    amount_fen = Amount(min=1, required=True)
    on = LegalDate(not_after=clock.today, required=True)
    keep = Choice(Keep, KEEP_WORDS, load_default=Keep.TERM)


class ScheduleRowAnswer(Answer):
    number = Number()
    kind = OneOf(RowKind)
    due = Day()
    principal_fen = Fen()
    interest_fen = Fen()
    payment_fen = Fen()
    balance_fen = Fen("Principal outstanding after it.")


class OwedAnswer(Answer):
    penalty_fen = Fen()
    interest_fen = Fen()
    principal_fen = Fen()
    total_fen = Fen()


class DrawdownAnswer(Answer):
    """One use of a credit line."""

    id = Ref()
    line_id = Ref()
    contract_number = Name()
    firm_name = Name()
    lender = Said()
    state = OneOf(DrawdownState)
    state_words = Said()
    state_reason = Name()
    amount_fen = Fen()
    rate_ppm = Ppm("Yearly, as agreed.")
    term_months = Number()
    repayment_method = OneOf(RepaymentMethod)
    day_count = OneOf(DayCount)
    purpose = Name()
    requested_at = Moment()
    paid_out_on = Day(allow_none=True)


class DrawdownDetailAnswer(DrawdownAnswer):
    """A drawdown with its schedule and what is owed today; before it is paid out the schedule is from today."""

    outstanding_fen = Fen("Principal not repaid.")
    owed = Part(OwedAnswer)
    days_late = Number()
    schedule = Parts(ScheduleRowAnswer)


class LineUseAnswer(Answer):
    """A line's limit and its drawdowns, the newest first."""

    line_id = Ref()
    limit_fen = Fen()
    used_fen = Fen()
    held_fen = Fen("Held for drawdowns that are not paid out yet.")
    available_fen = Fen("Limit less used and held.")
    drawdowns = Parts(DrawdownAnswer)


class AmendmentAnswer(Answer):
    """A change of what was agreed."""

    id = Ref()
    kind = OneOf(AmendmentKind)
    state = OneOf(AmendmentState)
    before = Number("Fen of a limit, ppm of a rate, months of an extension.")
    after = Number()
    reason = Name()


EXAMPLE_REQUEST: Final[dict[str, Any]] = {
    "amount_fen": 150_000_000,
    "term_months": 6,
    "purpose": "采购原材料",
}
EXAMPLE_CARRY: Final = {"drawdown_id": "2k8hq3v9x4m7c1d5w6nt", "term_months": 12}
EXAMPLE_REASON: Final = {"reason": "用途不符"}
EXAMPLE_PAY_OUT: Final = {"on": "2026-11-23"}
EXAMPLE_PAYMENT: Final = {"amount_fen": 10_000_000, "on": "2026-11-23"}
