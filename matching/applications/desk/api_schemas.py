"""What the lender's side of the API takes and answers about submissions."""

from __future__ import annotations

from typing import Any, Final

from creditbridge.disclosure.rules import Scope
from creditbridge.facts.firm_facts import FactSource
from creditbridge.pages.answers import (
    Answer,
    Day,
    Json,
    Moment,
    Name,
    Number,
    OneOf,
    Part,
    Parts,
    Ref,
    Said,
    Truth,
)
from creditbridge.pages.api_input import Paging
from creditbridge.pages.fields import (
    Amount,
    Choice,
    Flag,
    LegalDate,
    ListOf,
    Nested,
    PublicId,
    Rate,
    Text,
    Whole,
)
from creditbridge.pages.schemas import Schema
from lenders.pricing.schedule import MAX_TERM_MONTHS, REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.api_schemas import FeeBody
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from matching.applications.api_answers import (
    DecisionAnswer,
    EventAnswer,
    OfferAnswer,
    SubmissionRefAnswer,
    SupplementAnswer,
)
from matching.applications.clocks import ServiceStatus
from matching.applications.desk.schemas import (
    MAX_FEES,
    AssignForm,
    ConflictForm,
    ReasonForm,
    ReasonsForm,
    TransferForm,
    tomorrow,
)
from matching.applications.queue import WHOSE_WORDS, Whose
from matching.applications.rules import MAX_SUPPLEMENT_ITEMS, SUBMISSION_STATE_WORDS, SubmissionState
from matching.conflicts.rules import Relation


class QueueQuery(Paging):
    """Which submissions to list."""

    whose = Choice(Whose, WHOSE_WORDS, load_default=Whose.ALL)
    state = Choice(SubmissionState, SUBMISSION_STATE_WORDS, load_default=None)
    branch = PublicId(load_default=None)
    officer = PublicId(load_default=None)
    q = Text(max=80, load_default="", metadata={"description": "Firm's name, USCC or the submission's id."})
    ended = Flag(load_default=False, metadata={"description": "Ended ones too."})


class ReasonsBody(ReasonsForm):
    """A coded refusal: up to four reasons and a text."""


class LenderReasonBody(ReasonForm):
    """A step that needs a reason."""


class RequestBody(Schema):
    """What to ask the firm for, and until when."""

    items = ListOf(Text(max=200, min=1), min=1, max=MAX_SUPPLEMENT_ITEMS, required=True)
    deadline = LegalDate(not_before=tomorrow, required=True)
    note = Text(max=500, lines=True, load_default="")


class TermsBody(Schema):
    """Terms to put before a second officer."""

    amount_fen = Amount(min=1, required=True)
    annual_rate_ppm = Rate(min=1, required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    repayment_method = Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS, required=True)
    guarantee_type = Choice(GuaranteeType, GUARANTEE_TYPE_WORDS, required=True)
    fees = Nested(FeeBody, many=True, max=MAX_FEES, load_default=list)
    expires_on = LegalDate(not_before=tomorrow, required=True)
    conditions = Text(max=1_000, lines=True, load_default="")


class AssignBody(AssignForm):
    """The officer who is to handle it."""


class ConflictBody(ConflictForm):
    """What ties an officer to the firm."""


class ApprovalsAnswer(Answer):
    """How many approvals the terms that wait need, and how many earlier ones there are."""

    needed = Number()
    given = Number()


class TransferBody(TransferForm):
    """The branch that is to handle it."""


class ClockAnswer(Answer):
    """How the submission stands against its target."""

    status = OneOf(ServiceStatus)
    due_on = Day(allow_none=True)
    words = Said()


class QueueAnswer(SubmissionRefAnswer):
    """A submission in your lender's queue."""

    firm_name = Name()
    firm_uscc = Name()
    branch = Said(allow_none=True)
    officer = Name(allow_none=True)
    clock = Part(ClockAnswer, allow_none=True)


class DeskAnswer(QueueAnswer):
    """A submission with everything your lender knows of it without looking at the firm's data."""

    product_id = Ref()
    product_version = Number("The version it was made under.")
    purpose_note = Name()
    reopenings = Number()
    steps = Parts(Name(), "The steps you may take now.")
    interest = OneOf(Relation, "What ties you to the firm: with it you can take no step.", allow_none=True)
    approvals = Part(ApprovalsAnswer, allow_none=True)
    may_look = Truth("Whether a live consent lets you read the firm's data now.")
    offers = Parts(OfferAnswer, "Every version, the first one first.")
    supplements = Parts(SupplementAnswer)
    decisions = Parts(DecisionAnswer)
    events = Parts(EventAnswer, "The first step first.")


class DisclosedFactAnswer(Answer):
    """A fact that the consent opens."""

    fact = Name()
    name = Said()
    value = Json("As the catalogue holds it.")
    words = Said()
    source = OneOf(FactSource)
    as_of = Day()
    confirmed = Truth()


class DisclosedListAnswer(Answer):
    list = Name()
    name = Said()
    member = Truth()
    as_of = Day()


class JudgedAnswer(Answer):
    """A criterion as it was judged when the firm applied."""

    sentence = Said()
    finding = Said()
    verdict = Name("`eligible`, `tentative` or `not_eligible`.")
    source = Said(allow_none=True)
    as_of = Name("A legal date.", allow_none=True)
    self_reported = Truth()


class HandedInAnswer(Answer):
    """A document handed in with the submission."""

    id = Ref()
    material_code = Name()
    file_name = Name()
    media_type = Name()
    size = Number("In bytes.")


class ContactPersonAnswer(Answer):
    name = Name()
    phone = Name()


class DisclosedFirmAnswer(Answer):
    """What one look showed. The firm reads the entry in its access ledger."""

    entry_id = Ref("The entry in the access ledger.")
    consent_id = Ref()
    looked_at = Moment()
    name = Name()
    uscc = Name(allow_none=True)
    opened = Parts(OneOf(Scope))
    withheld = Parts(OneOf(Scope), "Asked for and not within the consent.")
    facts = Parts(DisclosedFactAnswer)
    lists = Parts(DisclosedListAnswer)
    criteria = Parts(JudgedAnswer)
    documents = Parts(HandedInAnswer)
    contact = Part(ContactPersonAnswer, allow_none=True)


EXAMPLE_REASONS: Final[dict[str, Any]] = {
    "reasons": ["debt_too_high", "litigation"],
    "text": "近一年新增被执行记录。",
}
EXAMPLE_REQUEST: Final[dict[str, Any]] = {"items": ["近三个月银行流水"], "deadline": "2026-11-30", "note": ""}
EXAMPLE_TERMS: Final[dict[str, Any]] = {
    "amount_fen": 150_000_000,
    "annual_rate_ppm": 38_500,
    "term_months": 12,
    "repayment_method": "equal_instalment",
    "guarantee_type": "unsecured",
    "expires_on": "2026-12-07",
}
