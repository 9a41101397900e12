"""What the firm's application pages take."""

from __future__ import annotations

from datetime import date, timedelta

from creditbridge.disclosure.rules import LONGEST_DAYS, Scope
from creditbridge.disclosure.scopes import scope_catalogue
from creditbridge.kernel import clock
from creditbridge.pages.fields import Amount, Choice, Flag, LegalDate, ListOf, Nested, Whole
from creditbridge.pages.schemas import Schema
from creditbridge.pages.text_fields import Phone, PublicId, Text
from lenders.pricing.schedule import MAX_TERM_MONTHS
from matching.applications.drafting import MAX_DOCUMENTS
from matching.applications.offering import MAX_REASON
from matching.applications.rules import MAX_PRODUCTS, PURPOSE_WORDS, Purpose
from matching.applications.supplementing import MAX_ANSWER
from matching.conflicts.rules import DECLARABLE, MAX_NAME, MAX_NOTE, Relation

MOST_LISTED = 60
"""How many products the second step lists: eligible and tentative ones, best first."""


def _tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def _last_day() -> date:
    return clock.today() + timedelta(days=LONGEST_DAYS)


class NeedForm(Schema):
    amount_fen = Amount(min=1, required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    purpose = Choice(Purpose, PURPOSE_WORDS, required=True)
    purpose_note = Text(max=500, lines=True, load_default="")
    contact_name = Text(max=80, required=True)
    contact_phone = Phone(required=True)


class ChoiceRow(Schema):
    product_id = PublicId(required=True)
    chosen = Flag(load_default=False)
    branch_id = PublicId(load_default=None, allow_none=True)


class ProductsForm(Schema):
    choices = Nested(ChoiceRow, many=True, max=MOST_LISTED, load_default=list)


class DocumentForm(Schema):
    """One document for one material: a new file, or one the firm keeps already."""

    material_code = Text(max=64, load_default="")
    document_id = PublicId(load_default=None, allow_none=True)


class SendForm(Schema):
    signed_lenders = ListOf(PublicId(), max=MAX_PRODUCTS, load_default=list)
    scope = ListOf(
        Choice(Scope, {scope: entry.name for scope, entry in scope_catalogue().items()}),
        max=len(Scope),
        required=True,
    )
    consent_expires_on = LegalDate(not_before=_tomorrow, not_after=_last_day, required=True)


class ReasonForm(Schema):
    reason = Text(max=MAX_REASON, lines=True, load_default="")


class ConflictForm(Schema):
    """Somebody at the lender with a tie to the firm."""

    officer = Text(max=MAX_NAME, min=1, required=True)
    relation = Choice(Relation, DECLARABLE, required=True)
    note = Text(max=MAX_NOTE, lines=True, load_default="")


class SupplementForm(Schema):
    answer = Text(max=MAX_ANSWER, lines=True, load_default="")
    document_ids = ListOf(PublicId(), max=MAX_DOCUMENTS, load_default=list)
