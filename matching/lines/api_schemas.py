"""What the API takes and answers about credit lines."""

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
    Parts,
    Ppm,
    Ref,
    Said,
    Truth,
)
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import Amount, Choice, Flag, LegalDate, PublicId, Rate, Text, Whole
from creditbridge.pages.schemas import Schema
from lenders.pricing.schedule import MAX_TERM_MONTHS, REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from matching.lines.rules import (
    CONTRACT_LENGTH,
    LINE_KIND_WORDS,
    LINE_SOURCE_WORDS,
    LINE_STATE_WORDS,
    STEP_WORDS,
    LineKind,
    LineSource,
    LineState,
    LineStep,
)


class LineQuery(Paging):
    """Which credit lines to list."""

    state = Choice(LineState, LINE_STATE_WORDS, load_default=None)
    source = Choice(LineSource, LINE_SOURCE_WORDS, load_default=None)
    q = Text(max=80, load_default="", metadata={"description": "Contract number, firm's name or USCC."})
    granted_from = LegalDate(load_default=None)
    granted_to = LegalDate(load_default=None)


class GrantBody(Schema):
    """What is added to accepted terms when the contract is signed; the amount is the accepted one if left out."""

    contract_number = Text(max=CONTRACT_LENGTH, required=True)
    granted_on = LegalDate(not_after=clock.today, required=True)
    amount_fen = Amount(min=1, load_default=None, allow_none=True)
    first_time_borrower = Flag(load_default=False)
    kind = Choice(LineKind, LINE_KIND_WORDS, load_default=LineKind.NEW)
    renews = Text(max=CONTRACT_LENGTH, load_default="")
    maturity_on = LegalDate(load_default=None, allow_none=True)
    revolving = Flag(
        load_default=None,
        allow_none=True,
        metadata={"description": "Whether what is repaid can be drawn again; null: it can."},
    )
    sign_later = Flag(
        load_default=False,
        metadata={
            "description": "Record it now and let an approver sign it in a step of its own. Above your lender's limit for two-person approval it always is."
        },
    )


class OfflineGrantBody(Schema):
    """A grant made without the platform."""

    firm_uscc = Text(max=40, required=True)
    product_id = PublicId(load_default=None, allow_none=True)
    branch_id = PublicId(load_default=None, allow_none=True)
    contract_number = Text(max=CONTRACT_LENGTH, required=True)
    granted_on = LegalDate(not_after=clock.today, required=True)
    amount_fen = Amount(min=1, required=True)
    annual_rate_ppm = Rate(required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    repayment_method = Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS, required=True)
    guarantee_type = Choice(GuaranteeType, GUARANTEE_TYPE_WORDS, required=True)
    first_time_borrower = Flag(load_default=False)
    kind = Choice(LineKind, LINE_KIND_WORDS, load_default=LineKind.NEW)
    renews = Text(max=CONTRACT_LENGTH, load_default="")
    maturity_on = LegalDate(load_default=None, allow_none=True)
    revolving = Flag(
        load_default=None,
        allow_none=True,
        metadata={"description": "Null: as the repayment method says."},
    )


class StepBody(Schema):
    """A step of a line's life, and why."""

    step = Choice(LineStep, {step: STEP_WORDS[step.value] for step in LineStep}, required=True)
    reason = Text(max=500, min=1, required=True)


class BalanceBody(Schema):
    """What was paid out in all and what is outstanding, as of a legal date."""

    as_of = LegalDate(not_after=clock.today, required=True)
    disbursed_fen = Amount(required=True)
    balance_fen = Amount(required=True)
    overdue_fen = Amount(load_default=0)
    overdue_days = Whole(min=0, max=36_500, load_default=0)


class LineAnswer(Answer):
    """A credit line with what was true when it was granted."""

    id = Ref()
    state = OneOf(LineState)
    revolving = Truth("Whether what is repaid can be drawn again.")
    state_words = Said()
    source = OneOf(LineSource)
    lender = Said()
    branch = Said(allow_none=True)
    product = Said(allow_none=True)
    officer = Name()
    firm_name = Name()
    firm_uscc = Name()
    contract_number = Name()
    granted_on = Day()
    amount_fen = Fen("The limit granted.")
    annual_rate_ppm = Ppm("Yearly.")
    term_months = Number()
    maturity_on = Day()
    repayment_method = OneOf(RepaymentMethod)
    guarantee_type = OneOf(GuaranteeType)
    first_time_borrower = Truth()
    kind = OneOf(LineKind)
    inclusive_msme = Truth()
    grade = Name(
        "The firm's grade at the grant; null where it is not known or not yours to see.", allow_none=True
    )
    disbursed_fen = Fen("Paid out in all by the newest report.")
    balance_fen = Fen("Outstanding by the newest report.")
    balance_on = Day(allow_none=True)
    overdue_fen = Fen("Overdue by the newest report.")
    overdue_days = Number("Since when the oldest amount is overdue, in days.")


class BalanceAnswer(Answer):
    """One report; a later one of the same date replaces it."""

    as_of = Day()
    disbursed_fen = Fen()
    balance_fen = Fen()
    overdue_fen = Fen()
    overdue_days = Number()
    reported_at = Moment()


class LineDetailAnswer(LineAnswer):
    """A credit line with every balance report."""

    balances = Parts(BalanceAnswer)


EXAMPLE_GRANT: Final[dict[str, Any]] = {
    "contract_number": "HT-2026-001",
    "granted_on": "2026-11-23",
    "first_time_borrower": True,
    "kind": "new",
}
EXAMPLE_OFFLINE: Final[dict[str, Any]] = {
    "firm_uscc": "91320581MA1MJ8XQ5P",
    "contract_number": "HT-2026-002",
    "granted_on": "2026-11-20",
    "amount_fen": 100_000_000,
    "annual_rate_ppm": 39_000,
    "term_months": 12,
    "repayment_method": "interest_then_bullet",
    "guarantee_type": "unsecured",
}
EXAMPLE_BALANCE: Final = {"as_of": "2026-11-23", "disbursed_fen": 80_000_000, "balance_fen": 60_000_000}
