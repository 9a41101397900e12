"""What the firm's side of the API takes and answers about applications."""

from __future__ import annotations

from typing import Any, Final

from creditbridge.disclosure.rules import Scope
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
    Ref,
    Said,
    Truth,
    WordsAnswer,
)
from creditbridge.pages.fields import Code, Nested, PublicId
from creditbridge.pages.schemas import Schema
from lenders.directory.schemas import LenderRefAnswer, MaterialAnswer
from matching.applications.api_answers import (
    DecisionAnswer,
    EventAnswer,
    OfferAnswer,
    SubmissionRefAnswer,
    SupplementAnswer,
)
from matching.applications.applicant.schemas import (
    ConflictForm,
    NeedForm,
    ReasonForm,
    SendForm,
    SupplementForm,
)
from matching.applications.rules import MAX_PRODUCTS, ApplicationState, Purpose
from matching.eligibility.rules import Verdict


class NeedBody(NeedForm):
    """What the firm needs, and whom the lender calls."""


class ChoiceBody(Schema):
    """A product to apply to, and the branch that should handle it (null: the lender decides)."""

    product_id = PublicId(required=True)
    branch_id = PublicId(load_default=None, allow_none=True)


class ProductsBody(Schema):
    """The products to apply to, in place of those chosen before."""

    products = Nested(ChoiceBody, many=True, min=1, max=MAX_PRODUCTS, required=True)


class AttachBody(Schema):
    """One of the firm's documents, under the material of the checklist it answers."""

    document_id = PublicId(required=True)
    material_code = Code(max=64, load_default="")


class SubmitBody(SendForm):
    """The consents: each lender applied to is named, with what data it may see and until when."""


class FirmReasonBody(ReasonForm):
    """Why; may be empty where no reason is needed."""


class SupplementBody(SupplementForm):
    """What the firm supplies: documents of its own, a text, or both."""


class NameConflictBody(ConflictForm):
    """Somebody at the lender with a tie to your firm."""


class RefittedAnswer(Answer):
    """A product that takes your application for the need that was rejected elsewhere."""

    place = Number("By fit, from 1.")
    product_id = Ref()
    product = Said()
    lender = Part(LenderRefAnswer)
    verdict = OneOf(Verdict)
    fit = Number("How well amount and term fit, 0 to 100.", allow_none=True)
    reasons = Parts(WordsAnswer, "Fit of amount and term, and the likelihood of terms, in words.")


class RematchAnswer(Answer):
    """Products by fit, then likelihood, then cost."""

    items = Parts(RefittedAnswer)


class OwnSubmissionAnswer(SubmissionRefAnswer):
    """A submission as your firm follows it."""

    product_id = Ref()
    product_version = Number("The version it was made under.")
    next = Said("Whose turn it is.")
    steps = Parts(Name(), "The steps you may take now.")
    offer = Part(OfferAnswer, "The newest offer sent to you.", allow_none=True)
    offer_total_fen = Fen("Interest and fees less subsidies over the whole loan.", allow_none=True)
    offer_first_payment_fen = Fen(allow_none=True)
    supplement = Part(SupplementAnswer, "What the lender waits for now.", allow_none=True)
    decision = Part(DecisionAnswer, "Why it was not accepted or rejected.", allow_none=True)
    events = Parts(EventAnswer, "The first step first.")


class AttachedAnswer(Answer):
    document_id = Ref()
    material_code = Name()


class ChosenAnswer(Answer):
    product_id = Ref()
    branch_id = Ref(allow_none=True)


class ApplicationRefAnswer(Answer):
    """An application: one form, one submission for each product."""

    id = Ref()
    state = OneOf(ApplicationState)
    amount_fen = Fen(allow_none=True)
    term_months = Number(allow_none=True)
    purpose = OneOf(Purpose, allow_none=True)
    saved_at = Moment()
    submitted_at = Moment(allow_none=True)
    submissions = Parts(SubmissionRefAnswer)


class ApplicationAnswer(ApplicationRefAnswer):
    """An application with everything in the form."""

    purpose_note = Name()
    contact_name = Name()
    contact_phone = Name()
    products = Parts(ChosenAnswer)
    documents = Parts(AttachedAnswer)


class ObstacleAnswer(Answer):
    code = Name()
    words = Said()


class ConsentTextAnswer(Answer):
    """The exact text of a consent to be signed."""

    version = Name()
    title = Said()
    paragraphs = Parts(Said())


class StandingAnswer(Answer):
    """How one product of the application stands before it is sent."""

    product_id = Ref()
    product = Said()
    lender = Part(LenderRefAnswer)
    verdict = OneOf(Verdict)
    can_be_sent = Truth()
    obstacles = Parts(ObstacleAnswer)
    missing_materials = Parts(MaterialAnswer, "Required ones without a document; they do not stop it.")
    consent = Part(ConsentTextAnswer)


class CheckAnswer(Answer):
    """Everything to know before sending."""

    items = Parts(StandingAnswer)
    scope = Parts(OneOf(Scope), "What data the lenders need; the least to sign.")
    consent_expires_on = Day("The usual last day of the consents.")


EXAMPLE_NEED: Final[dict[str, Any]] = {
    "amount_fen": 200_000_000,
    "term_months": 12,
    "purpose": "working_capital",
    "purpose_note": "采购原料",
    "contact_name": "王经理",
    "contact_phone": "0512-55550101",
}
EXAMPLE_PRODUCTS: Final[dict[str, Any]] = {
    "products": [{"product_id": "7rq2f0v8k3m5n1x9t4ba", "branch_id": None}]
}
EXAMPLE_ATTACH: Final = {"document_id": "7rq2f0v8k3m5n1x9t4ba", "material_code": "licence"}
EXAMPLE_SUBMIT: Final[dict[str, Any]] = {
    "signed_lenders": ["7rq2f0v8k3m5n1x9t4ba"],
    "scope": ["registration", "operations", "evaluation", "documents", "contacts"],
    "consent_expires_on": "2027-02-21",
}
