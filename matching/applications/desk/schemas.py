"""What the review desk's forms take in; the API takes the same."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from borrowers.reported_facts.rules import MAX_REASON
from creditbridge.kernel import clock
from creditbridge.kernel.errors import InvalidInput
from creditbridge.pages.fields import Amount, Choice, LegalDate, ListOf, Nested, PublicId, Rate, Text, Whole
from creditbridge.pages.schemas import Schema
from lenders.pricing.fees import FeeLine
from lenders.pricing.schedule import MAX_TERM_MONTHS, REPAYMENT_METHOD_WORDS, RepaymentMethod
from lenders.products.rules import GUARANTEE_TYPE_WORDS, GuaranteeType
from lenders.products.schemas import FeeRow
from matching.applications.offering import LONGEST_VALID_DAYS, Terms
from matching.applications.reasons import MAX_REASONS, MAX_TEXT, REASON_WORDS, Reason
from matching.applications.rules import MAX_SUPPLEMENT_ITEMS
from matching.applications.supplementing import LONGEST_DAYS
from matching.conflicts.rules import DECLARABLE, MAX_NOTE, Relation

MAX_FEES = 6


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def _days_on(days: int) -> date:
    return clock.today() + timedelta(days=days)


class ReasonsForm(Schema):
    """A coded refusal."""

    reasons = ListOf(Choice(Reason, REASON_WORDS), min=1, max=MAX_REASONS, required=True)
    text = Text(max=MAX_TEXT, lines=True, load_default="")


class ReasonForm(Schema):
    """A step that needs a reason."""

    reason = Text(max=MAX_TEXT, min=1, lines=True, required=True)


class SupplementForm(Schema):
    """What to ask the firm for; on a page one thing a line."""

    items = Text(max=2_000, min=1, lines=True, required=True)
    deadline = LegalDate(not_before=tomorrow, not_after=lambda: _days_on(LONGEST_DAYS), required=True)
    note = Text(max=500, lines=True, load_default="")


class TermsForm(Schema):
    """Terms to propose."""

    amount_fen = Amount(min=1, required=True)
    annual_rate_ppm = Rate(min=1, required=True)
    term_months = Whole(min=1, max=MAX_TERM_MONTHS, required=True)
    repayment_method = Choice(RepaymentMethod, REPAYMENT_METHOD_WORDS, required=True)
    guarantee_type = Choice(GuaranteeType, GUARANTEE_TYPE_WORDS, required=True)
    fees = Nested(FeeRow, many=True, max=MAX_FEES, load_default=list)
    expires_on = LegalDate(not_before=tomorrow, not_after=lambda: _days_on(LONGEST_VALID_DAYS), required=True)
    conditions = Text(max=1_000, lines=True, load_default="")


class AssignForm(Schema):
    officer = PublicId(required=True)


class TransferForm(Schema):
    branch = PublicId(required=True)
    reason = Text(max=MAX_TEXT, load_default="")


class FactRefusalForm(Schema):
    """Why a fact the firm reported does not agree with its evidence."""

    reason = Text(max=MAX_REASON, min=1, required=True)


class ConflictForm(Schema):
    """What ties an officer to the firm; without ``officer`` it is whoever sends it."""

    relation = Choice(Relation, DECLARABLE, required=True)
    note = Text(max=MAX_NOTE, lines=True, load_default="")
    officer = PublicId(load_default=None, allow_none=True)


class NoteForm(Schema):
    note = Text(max=2_000, min=1, lines=True, required=True)


def items_of(text: str) -> list[str]:
    """The lines of what is asked for, without empty ones."""
    return [line.strip() for line in text.splitlines() if line.strip()][: MAX_SUPPLEMENT_ITEMS + 1]


def terms_from(data: dict[str, Any]) -> Terms:
    """Terms as typed.

    Raises:
        InvalidInput: a fee with both or neither of rate and amount, at its row.
    """
    return Terms(
        amount_fen=data["amount_fen"],
        annual_rate_ppm=data["annual_rate_ppm"],
        term_months=data["term_months"],
        repayment_method=data["repayment_method"],
        guarantee_type=data["guarantee_type"],
        expires_on=data["expires_on"],
        fees=tuple(_fee(place, row) for place, row in enumerate(data["fees"])),
        conditions=data["conditions"],
    )


def terms_shown(terms: Terms) -> dict[str, Any]:
    """The same back into the form."""
    return {
        "amount_fen": terms.amount_fen,
        "annual_rate_ppm": terms.annual_rate_ppm,
        "term_months": terms.term_months,
        "repayment_method": terms.repayment_method,
        "guarantee_type": terms.guarantee_type,
        "expires_on": terms.expires_on,
        "fees": fees_shown(terms.fees),
        "conditions": terms.conditions,
    }


def fees_shown(fees: tuple[FeeLine, ...]) -> list[dict[str, Any]]:
    return [
        {
            "kind": line.kind,
            "payer": line.payer,
            "when": line.when,
            "rate": line.rate_ppm,
            "amount": line.sum_fen,
        }
        for line in fees[:MAX_FEES]
    ]


def _fee(place: int, row: dict[str, Any]) -> FeeLine:
    try:
        return FeeLine(row["kind"], row["payer"], row["when"], row.get("rate"), row.get("amount"))
    except InvalidInput as error:
        words = [message for messages in error.fields.values() for message in messages]
        raise InvalidInput({f"fees.{place}.rate": words}) from error
