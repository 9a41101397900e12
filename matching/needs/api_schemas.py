"""What the API takes and answers about financing needs."""

from __future__ import annotations

from typing import Any, Final

from creditbridge.disclosure.rules import Scope
from creditbridge.facts.firm_facts import FactSource
from creditbridge.pages.answers import (
    Answer,
    CodeAnswer,
    Day,
    Fen,
    Json,
    Moment,
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
from creditbridge.pages.fields import Flag
from matching.eligibility.rules import Verdict
from matching.needs.rules import NeedState, PartState
from matching.needs.schemas import AnswerForm, DeclineForm, MatchForm, NeedForm, RevealForm


class FinancingNeedBody(NeedForm):
    """What the firm needs; the contact is told only to lenders it reveals itself to."""


class AnswerBody(AnswerForm):
    """What the lender could imagine; it binds nobody."""


class DeclineBody(DeclineForm):
    """A word to the firm; may be empty."""


class RevealBody(RevealForm):
    """The parts (``parts[].id`` of the need) of the lenders the firm reveals itself to: one consent each."""


class MatchBody(MatchForm):
    """The part of the lender the firm settles on."""


class NeedsOfLenderQuery(Paging):
    """Which needs to list."""

    open = Flag(load_default=True, metadata={"description": "Only needs still open to you."})


class IndicationAnswer(Answer):
    """What a lender said it could imagine."""

    amount_fen = Fen()
    rate_ppm = Ppm("Yearly.", allow_none=True)
    term_months = Number()


class NeedPartAnswer(Answer):
    """One lender's part in a need of your firm."""

    id = Ref()
    lender = Said()
    product_id = Ref()
    product = Said("The product that suits the need best.")
    verdict = OneOf(Verdict)
    score = Number("How well the two suit, from both sides, 0 to 100.")
    suggested = Truth("The lender suggested when all open needs are looked at together.")
    state = OneOf(PartState)
    state_words = Said()
    answered_at = Moment(allow_none=True)
    indication = Part(IndicationAnswer, allow_none=True)
    message = Name()


class UnnamedAnswer(Answer):
    """What is told of a firm that has not revealed itself, as it was when the need was posted.

    A code is empty where it is not known, or would fit too few firms to be told.
    """

    grade = Part(CodeAnswer)
    size = Part(CodeAnswer)
    section = Part(CodeAnswer)
    town = Part(CodeAnswer)


class NeedRefAnswer(Answer):
    """What a firm looks for."""

    id = Ref()
    state = OneOf(NeedState)
    state_words = Said()
    amount_fen = Fen()
    term_months = Number()
    purpose = Part(CodeAnswer)
    note = Name()
    posted_at = Moment(allow_none=True)
    respond_by = Day("The last day on which lenders may answer.", allow_none=True)
    expires_on = Day("The last day on which it is open.", allow_none=True)


class NeedAnswer(NeedRefAnswer):
    """A need of your firm with every lender's part."""

    contact_name = Name()
    contact_phone = Name()
    parts = Parts(NeedPartAnswer)


class NeedForLenderAnswer(Answer):
    """A need as a lender sees it, without the firm's name, with its own part in it."""

    need = Part(NeedRefAnswer)
    firm = Part(UnnamedAnswer, "Null once the need has ended for your lender.", allow_none=True)
    part = Part(NeedPartAnswer)


class NeedContactAnswer(Answer):
    name = Name()
    phone = Name()


class RevealedFactAnswer(Answer):
    fact = Name("The code of the fact.")
    name = Said()
    value = Json("As the admission language writes it.")
    value_words = Said()
    source = OneOf(FactSource)
    as_of = Day()


class RevealedFirmAnswer(Answer):
    """What one look showed of a firm that revealed itself. The firm reads the entry in its access ledger."""

    entry_id = Ref("The entry in the access ledger.")
    consent_id = Ref()
    looked_at = Moment()
    name = Name()
    uscc = Name(allow_none=True)
    contact = Part(NeedContactAnswer)
    opened = Parts(OneOf(Scope))
    withheld = Parts(OneOf(Scope), "Asked for and not within the consent.")
    facts = Parts(RevealedFactAnswer)


EXAMPLE_NEED: Final[dict[str, Any]] = {
    "amount_fen": 150_000_000,
    "term_months": 12,
    "purpose": "working_capital",
    "note": "旺季备料",
    "contact_name": "王经理",
    "contact_phone": "0512-55550101",
}
EXAMPLE_ANSWER: Final[dict[str, Any]] = {
    "offer_amount_fen": 120_000_000,
    "offer_rate_ppm": 38_500,
    "offer_term_months": 12,
    "message": "可以先电话沟通。",
}
EXAMPLE_DECLINE: Final = {"message": "暂不办理该行业的新增业务。"}
EXAMPLE_REVEAL: Final = {"lenders": ["7rq2f0v8k3m5n1x9t4ba"]}
EXAMPLE_MATCH: Final = {"lender": "7rq2f0v8k3m5n1x9t4ba"}
